import { mkdir } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { dirname } from 'node:path'
import { LaminaError, messageOf } from '../../shared/errors'
import { settingsSchema } from '../../shared/program-documents'
import { LEAST_TABLE_MEMORY, type TableMemory } from '../../shared/table/memory'
import { parse } from '../../shared/validate'
import { writeFileAtomically } from '../files/atomic-write'
import { readText } from '../files/read-text'
import { writeError } from '../files/system-error'

/** How much memory tables may take: what a person chose, kept in a file, or a quarter of what there is. */
export class MemoryForTables {
  private chosen: Promise<number | null> | null = null

  /** @param fixed bytes for this session, whatever the file says */
  constructor(
    private readonly path: string,
    private readonly fixed: number | null,
    private readonly warn: (message: string) => void
  ) {}

  async now(): Promise<TableMemory> {
    this.chosen ??= this.fixed === null ? this.read() : Promise.resolve(this.fixed)
    const chosen = await this.chosen
    const total = totalMemory()
    return { limit: chosen ?? Math.max(LEAST_TABLE_MEMORY, Math.round(total / 4)), chosen, total }
  }

  /** @throws LaminaError `writeFailed`, `permissionDenied` */
  async choose(bytes: number | null): Promise<TableMemory> {
    try {
      await mkdir(dirname(this.path), { recursive: true })
      const settings = { format: 'lamina-settings', version: 1, tableMemory: bytes }
      await writeFileAtomically(this.path, `${JSON.stringify(settings, null, 2)}\n`)
    } catch (error) {
      throw error instanceof LaminaError ? error : writeError(this.path, error)
    }
    this.chosen = Promise.resolve(bytes)
    return this.now()
  }

  private async read(): Promise<number | null> {
    try {
      const value: unknown = JSON.parse(await readText(this.path))
      return parse(settingsSchema, value, { what: this.path, code: 'invalidArgument' }).tableMemory
    } catch (error) {
      if (!(error instanceof LaminaError) || error.code !== 'notFound')
        this.warn(`The settings are as they were in the beginning: ${messageOf(error)}`)
      return null
    }
  }
}

/** What this process may use at most, in a container too. */
function totalMemory(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}
