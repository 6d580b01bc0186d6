import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isRunning } from '../../files/process-alive'
import { TEMPORARY_NAME, type TemporaryFiles } from '../../files/atomic-write'

/** A temporary file on a disk that is not there is waited for this long. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000

/**
 * Where temporary files of saves under way lie, noted in the data folder: a process that is killed in the middle cannot
 * remove its own, and nobody would know of it in a folder of the person's. The next start removes it.
 */
export class UnfinishedWrites implements TemporaryFiles {
  private readonly mine = new Set<string>()

  /** @param folder holds a note for each */
  constructor(private readonly folder: string) {}

  async note(path: string): Promise<() => Promise<void>> {
    const name = `${process.pid}-${basename(path)}`
    const note = join(this.folder, name)
    this.mine.add(name)
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 })
      await writeFile(note, path)
    } catch {
      // Saving matters more than tidiness: without a note a kill at the wrong moment leaves a hidden file behind.
    }
    return async () => {
      this.mine.delete(name)
      await rm(note, { force: true }).catch(() => undefined)
    }
  }

  /** Remove what processes that are gone left behind. */
  async sweep(now: number = Date.now()): Promise<void> {
    const names = await readdir(this.folder).catch(() => [])
    for (const name of names) {
      const pid = Number.parseInt(name, 10)
      const over = pid === process.pid ? !this.mine.has(name) : !isRunning(pid)
      if (over) await this.remove(join(this.folder, name), now)
    }
  }

  private async remove(note: string, now: number): Promise<void> {
    const path = await readFile(note, 'utf8').catch(() => '')
    // A note says what to delete, so it is believed only about what this program makes.
    if (TEMPORARY_NAME.test(basename(path))) {
      const found = await stat(dirname(path)).catch(() => null)
      const { mtimeMs } = await stat(note)
      if (found === null && now - mtimeMs < KEPT_MS) return
      await rm(path, { force: true })
    }
    await rm(note, { force: true })
  }
}
