import { mkdir, readFile, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { LaminaError, messageOf } from '../../shared/errors'
import type { NetworkPlan } from '../../shared/network/plan'
import { parseRunRecord, type RunRecord } from '../../shared/run-history'
import type { MetricsFrame } from '../../shared/training-run'
import { writeFileAtomically } from '../../files/atomic-write'
import { isRunning } from '../../files/process-alive'
import { readText } from '../files/read-text'
import { systemCode, writeError } from '../../files/system-error'
import { decodeCurves, encodeCurves } from './curves-file'
import { decodeWeights, encodeWeights } from './weights-file'

const RECORD = 'run.json'
const CURVES = 'curves.bin'
const WEIGHTS = 'weights.bin'
const CHECKPOINT = 'checkpoint.bin'
const REMOVING = '.removing-'
/** A process that has a run under way touches its record more often than this; ids of processes are used again. */
const OWNED_MS = 60_000

export interface StoredRun {
  readonly record: RunRecord
  readonly bytes: number
  /** When anything was last written. */
  readonly changedAt: number
  /** Another living process has it. */
  readonly elsewhere: boolean
}
export interface StoredRuns {
  readonly runs: readonly StoredRun[]
  readonly damaged: readonly { readonly id: string; readonly problem: string; readonly bytes: number }[]
}

/** Runs on disk, a folder each. What is damaged is said of that one and harms no other. */
export class RunStore {
  /** @param folder made when it is needed */
  constructor(private readonly folder: string) {}

  /** Where the training worker writes and reads the run's state. */
  checkpointPath(id: string): string {
    return join(this.folder, id, CHECKPOINT)
  }

  /** @throws LaminaError `writeFailed`, `permissionDenied` */
  async create(id: string): Promise<void> {
    const folder = join(this.folder, id)
    try {
      await mkdir(folder, { recursive: true })
    } catch (error) {
      throw writeError(folder, error)
    }
  }

  /** @throws LaminaError `writeFailed`, `permissionDenied` */
  async save(record: RunRecord): Promise<void> {
    await writeFileAtomically(join(this.folder, record.id, RECORD), `${JSON.stringify(record)}\n`)
  }
  async saveCurves(id: string, frame: MetricsFrame): Promise<void> {
    await writeFileAtomically(join(this.folder, id, CURVES), encodeCurves(frame))
  }
  async saveWeights(id: string, weights: readonly Float32Array[]): Promise<void> {
    await writeFileAtomically(join(this.folder, id, WEIGHTS), encodeWeights(weights))
  }

  /** Say that this process still has the run. */
  async touch(id: string): Promise<void> {
    const now = new Date()
    await utimes(join(this.folder, id, RECORD), now, now)
  }

  /** @throws LaminaError `notFound`; `invalidArgument` or `unsupportedVersion` for a record that cannot be read */
  async read(id: string): Promise<StoredRun> {
    const folder = join(this.folder, id)
    const path = join(folder, RECORD)
    const record = parseRunRecord(await readText(path), path)
    if (record.id !== id) throw new LaminaError('invalidArgument', `${path} is the record of another run.`)
    // It may be removed in another window meanwhile.
    const { bytes, changedAt } = await orNotFound(path, measure(folder))
    const { mtimeMs } = await orNotFound(path, stat(path))
    const elsewhere =
      record.owner !== null && record.owner !== process.pid && isRunning(record.owner) && isFresh(mtimeMs)
    return { record, bytes, changedAt, elsewhere }
  }

  async list(): Promise<StoredRuns> {
    const runs: StoredRun[] = []
    const damaged: { id: string; problem: string; bytes: number }[] = []
    for (const id of await this.ids()) {
      try {
        runs.push(await this.read(id))
      } catch (error) {
        const found = await measure(join(this.folder, id)).catch(() => null)
        // Removed meanwhile; or just being made, its record about to follow.
        const isNew = error instanceof LaminaError && error.code === 'notFound' && isFresh(found?.changedAt ?? 0)
        if (found !== null && !isNew) damaged.push({ id, problem: messageOf(error), bytes: found.bytes })
      }
    }
    runs.sort((a, b) => b.record.startedAt - a.record.startedAt)
    return { runs, damaged }
  }

  /** @throws LaminaError `notFound`, `invalidArgument` */
  async curves(id: string): Promise<MetricsFrame> {
    const path = join(this.folder, id, CURVES)
    return decodeCurves(await readBytes(path), path)
  }
  /** @throws LaminaError `notFound`, `invalidWeights` */
  async weights(id: string, network: NetworkPlan): Promise<Float32Array[]> {
    const path = join(this.folder, id, WEIGHTS)
    return decodeWeights(await readBytes(path), network, path)
  }

  /** Moved aside first, so that an entry is there whole or not at all. */
  async remove(id: string): Promise<void> {
    const folder = join(this.folder, id)
    const aside = join(this.folder, `${REMOVING}${id}`)
    try {
      await rename(folder, aside)
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return
      throw writeError(folder, error)
    }
    await rm(aside, { recursive: true, force: true })
  }

  private async ids(): Promise<string[]> {
    let names: string[]
    try {
      names = await readdir(this.folder)
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return []
      throw error
    }
    for (const name of names) {
      if (name.startsWith(REMOVING)) await rm(join(this.folder, name), { recursive: true, force: true })
    }
    return names.filter((name) => /^[\w-]{1,64}$/.test(name))
  }
}

function isFresh(time: number): boolean {
  return Date.now() - time < OWNED_MS
}

function readBytes(path: string): Promise<Buffer> {
  return orNotFound(path, readFile(path))
}

async function orNotFound<T>(path: string, found: Promise<T>): Promise<T> {
  try {
    return await found
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw new LaminaError('notFound', `${path} is not there (any more).`, { path })
    throw error
  }
}

async function measure(folder: string): Promise<{ bytes: number; changedAt: number }> {
  let bytes = 0
  let changedAt = (await stat(folder)).mtimeMs
  for (const name of await readdir(folder)) {
    const { size, mtimeMs } = await stat(join(folder, name)).catch(() => ({ size: 0, mtimeMs: 0 }))
    bytes += size
    changedAt = Math.max(changedAt, mtimeMs)
  }
  return { bytes, changedAt }
}
