import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isRunning } from '../files/process-alive'
import { SCRATCH_NAME, scratchPrefix } from '../files/scratch-folders'
import { LaminaError } from '../shared/errors'

/**
 * Folders of processes that are gone are only removed when they are this old: where several systems share a temporary
 * folder, containers for example, their processes do not see each other.
 */
const ABANDONED_AFTER_MS = 60 * 60 * 1000

/** A private temporary folder of this process: re-encoded files and what DuckDB spills. */
export class Scratch {
  readonly folder: string
  private counter = 0

  constructor(root = tmpdir()) {
    mkdirSync(root, { recursive: true })
    removeAbandoned(root)
    this.folder = mkdtempSync(join(root, scratchPrefix(process.pid)))
    process.on('exit', this.remove)
  }

  /** A path that is not in use. */
  path(extension: string): string {
    this.counter += 1
    return join(this.folder, `${this.counter}${extension}`)
  }

  dispose(): void {
    process.off('exit', this.remove)
    this.remove()
  }

  private readonly remove = (): void => rmSync(this.folder, { recursive: true, force: true })
}

/** The copies of one file that are made on the way to reading it. */
export class ScratchCopies {
  private readonly paths: string[] = []

  constructor(private readonly scratch: Scratch) {}

  /** A path for another copy. */
  path(): string {
    const path = this.scratch.path('.csv')
    this.paths.push(path)
    return path
  }

  async removeAll(): Promise<void> {
    for (const path of this.paths) await rm(path, { force: true })
  }
}

/**
 * Write a new file that only this process's user may read.
 * @throws LaminaError `writeFailed` when there is no room for it
 */
export async function writeScratchFile<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      return await write(file)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')))
      throw error
    throw new LaminaError(
      'writeFailed',
      `There is no room for a temporary copy of the table in "${dirname(path)}". Free some space on this disk.`,
      { folder: dirname(path) },
      error
    )
  }
}

/** Folders of processes that were killed and could not tidy up. */
function removeAbandoned(root: string): void {
  for (const name of readdirSync(root)) {
    const owner = SCRATCH_NAME.exec(name)?.[1]
    if (owner === undefined || isRunning(Number(owner))) continue
    const folder = join(root, name)
    try {
      if (Date.now() - statSync(folder).mtimeMs > ABANDONED_AFTER_MS) rmSync(folder, { recursive: true, force: true })
    } catch {
      // Somebody else's, or being removed right now: nothing is lost by leaving it.
    }
  }
}
