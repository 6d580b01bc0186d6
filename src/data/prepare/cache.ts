import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { preparedSummarySchema, type PreparedSummary } from '../../shared/dataset'
import { isRunning } from '../../files/process-alive'
import { LaminaError, messageOf } from '../../shared/errors'
import { MANIFEST_FILE, manifestSchema, type PreparedManifest } from '../../shared/prepared'

const SUMMARY_FILE = 'summary.json'
const BUILDING = '.building-'
const REMOVING = '.removing-'
/** Folders of builds that were killed are only removed when they are this old: process ids are used again. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000

export interface PreparedDataset {
  readonly manifestPath: string
  readonly manifest: PreparedManifest
  readonly summary: PreparedSummary
}

export interface CacheLimits {
  readonly datasets: number
  readonly bytes: number
}
export const defaultLimits: CacheLimits = { datasets: 20, bytes: 4 * 2 ** 30 }

/**
 * Prepared datasets on disk, one folder each, named by what it was made of. A folder appears complete or not at all,
 * is checked before it is used again, and the least recently used ones go when there are too many.
 */
export class PreparedCache {
  constructor(
    private readonly folder: string,
    private readonly limits: CacheLimits = defaultLimits
  ) {}

  /** A dataset that is there and whole, or null; a damaged one is removed. */
  async find(id: string): Promise<PreparedDataset | null> {
    const folder = join(this.folder, id)
    const manifestPath = join(folder, MANIFEST_FILE)
    const read = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(join(folder, name), 'utf8')) as unknown
    try {
      const manifest = manifestSchema.parse(await read(MANIFEST_FILE))
      const summary = preparedSummarySchema.parse(await read(SUMMARY_FILE))
      if (manifest.id !== id || !(await isComplete(folder, manifest))) throw new Error('a file has the wrong size')
      const now = new Date()
      await utimes(manifestPath, now, now)
      return { manifestPath, manifest, summary }
    } catch {
      // Not there, half there or not ours to touch: it is made anew in every case.
      await this.discard(id)
      return null
    }
  }

  /**
   * Build a dataset aside and move it into place.
   * @param build leaves its files in the folder it is given
   * @throws LaminaError `writeFailed` when the disk refuses; whatever `build` throws
   */
  async store(
    id: string,
    build: (folder: string) => Promise<{ manifest: PreparedManifest; summary: PreparedSummary }>
  ): Promise<PreparedDataset> {
    return buildAside(this.folder, async (building) => {
      await this.removeAbandoned()
      const { manifest, summary } = await build(building)
      await writeDurably(join(building, SUMMARY_FILE), summary)
      await writeDurably(join(building, MANIFEST_FILE), manifest)
      await this.moveIntoPlace(building, id)
      await this.prune(id)
      return { manifestPath: join(this.folder, id, MANIFEST_FILE), manifest, summary }
    })
  }

  private async moveIntoPlace(building: string, id: string): Promise<void> {
    try {
      await rename(building, join(this.folder, id))
    } catch (error) {
      // Another process may have finished the same dataset first; then its one is as good.
      const other = await this.find(id)
      if (other === null) await rename(building, join(this.folder, id))
      else if (!isCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES')) throw error
    }
    await syncFolder(this.folder)
  }

  private async prune(keep: string): Promise<void> {
    const entries: { id: string; bytes: number; used: number }[] = []
    for (const id of await readdir(this.folder)) {
      if (!/^[0-9a-f]{64}$/.test(id)) continue
      const used = id === keep ? Infinity : await modified(join(this.folder, id, MANIFEST_FILE))
      entries.push({ id, bytes: await bytesOf(join(this.folder, id)), used })
    }
    entries.sort((a, b) => b.used - a.used)
    let bytes = 0
    for (const [index, entry] of entries.entries()) {
      bytes += entry.bytes
      if (index > 0 && (index >= this.limits.datasets || bytes > this.limits.bytes)) await this.discard(entry.id)
    }
  }

  /** Moved aside first, so that a folder with a dataset's name is never half removed. */
  private async discard(id: string): Promise<void> {
    const aside = join(this.folder, `${REMOVING}${process.pid}-${randomBytes(6).toString('hex')}`)
    try {
      await rename(join(this.folder, id), aside)
      await rm(aside, { recursive: true, force: true })
    } catch {
      // It does not exist, or another program reads it right now; the next round will find it.
    }
  }

  private async removeAbandoned(): Promise<void> {
    for (const name of await readdir(this.folder)) {
      const owner = new RegExp(`^\\.(?:building|removing)-(\\d+)-`).exec(name)?.[1]
      if (owner === undefined || isRunning(Number(owner))) continue
      const folder = join(this.folder, name)
      if (Date.now() - (await modified(folder)) > ABANDONED_AFTER_MS) await rm(folder, { recursive: true, force: true })
    }
  }
}

async function isComplete(folder: string, manifest: PreparedManifest): Promise<boolean> {
  const rows = manifest.rows.train + manifest.rows.validation + manifest.rows.test
  const bytes = async (name: string): Promise<number> => (await stat(join(folder, name))).size
  return (
    (await bytes(manifest.files.features)) === rows * manifest.inputs * Float32Array.BYTES_PER_ELEMENT &&
    (await bytes(manifest.files.targets)) === rows * manifest.outputs * Float32Array.BYTES_PER_ELEMENT
  )
}

/**
 * Build something in a folder of its own, which is gone afterwards unless it was moved.
 * @param parent where that folder is made
 * @throws LaminaError `writeFailed` when the disk refuses; whatever `build` throws
 */
export async function buildAside<T>(parent: string, build: (folder: string) => Promise<T>): Promise<T> {
  const building = join(parent, `${BUILDING}${process.pid}-${randomBytes(6).toString('hex')}`)
  try {
    await mkdir(building, { recursive: true })
    try {
      return await build(building)
    } finally {
      await rm(building, { recursive: true, force: true })
    }
  } catch (error) {
    throw writeError(parent, error)
  }
}

/** JSON that is on the disk when this returns. */
export async function writeDurably(path: string, value: unknown): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(JSON.stringify(value))
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** Make renames in a folder outlast a power cut, where the system knows how. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders and writes its journal by itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A system error about writing below a folder as one a person understands; anything else as it is. */
function writeError(folder: string, error: unknown): unknown {
  if (
    error instanceof LaminaError ||
    !isCode(error, 'ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EIO', 'EFBIG')
  )
    return error
  const advice = isCode(error, 'ENOSPC', 'EDQUOT')
    ? 'Free some space on this disk.'
    : 'Check that this folder may be written to.'
  return new LaminaError(
    'writeFailed',
    `The prepared data could not be written to "${folder}": ${messageOf(error)}. ${advice}`,
    { folder },
    error
  )
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}

/** Milliseconds; 0 for what is not there. */
async function modified(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return 0
    throw error
  }
}

async function bytesOf(folder: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size
  return bytes
}
