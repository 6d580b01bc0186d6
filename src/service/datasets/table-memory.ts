import { totalmem } from 'node:os'
import { LEAST_TABLE_MEMORY, type TableMemory } from '../../shared/table/memory'
import type { SettingsFile } from '../settings'

/** How much memory tables may take: what a person chose, or a quarter of what there is. */
export class MemoryForTables {
  /** @param fixed bytes for this session, whatever was chosen */
  constructor(
    private readonly settings: SettingsFile,
    private fixed: number | null
  ) {}

  async now(): Promise<TableMemory> {
    const chosen = this.fixed ?? (await this.settings.now()).tableMemory
    const total = totalMemory()
    return { limit: chosen ?? Math.max(LEAST_TABLE_MEMORY, Math.round(total / 4)), chosen, total }
  }

  /** @throws LaminaError `writeFailed`, `permissionDenied` */
  async choose(bytes: number | null): Promise<TableMemory> {
    await this.settings.change({ tableMemory: bytes })
    this.fixed = null
    return this.now()
  }
}

/** What this process may use at most, in a container too. */
function totalMemory(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}
