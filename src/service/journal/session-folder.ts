import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../shared/errors'
import { isRunning } from '../../files/process-alive'

const MARK = 'alive'
const BEAT_MS = 5000
/** A session that did not beat for this long is over, even if its process number is somebody's again. */
const SILENT_MS = 20_000

/**
 * The folder of one running service among those of others that share the data folder. Whether a service still runs is
 * told by its process and a mark whose time it renews: a number alone may belong to another program after a restart.
 */
export class SessionFolder {
  readonly path: string
  private beating: NodeJS.Timeout | null = null

  /** @param root holds the folders of all sessions */
  constructor(
    private readonly root: string,
    private readonly warn: (message: string) => void
  ) {
    this.path = join(root, randomUUID())
  }

  /** Make the folder, once there is something to put into it. */
  async use(): Promise<void> {
    if (this.beating !== null) return
    await mkdir(this.path, { recursive: true, mode: 0o700 })
    await writeFile(join(this.path, MARK), String(process.pid))
    this.beating = setInterval(() => void this.beat(), BEAT_MS)
    this.beating.unref()
  }

  /** Folders of sessions that are over. */
  async abandoned(): Promise<string[]> {
    const entries = await readdir(this.root, { withFileTypes: true }).catch(() => [])
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(this.root, entry.name))
    const over = await Promise.all(folders.map(async (folder) => folder !== this.path && !(await isAlive(folder))))
    return folders.filter((_, index) => over[index])
  }

  /** @param empty whether nothing is left in it that anybody needs */
  async close(empty: boolean): Promise<void> {
    if (this.beating === null) return
    clearInterval(this.beating)
    this.beating = null
    await (empty ? rm(this.path, { recursive: true, force: true }) : rm(join(this.path, MARK), { force: true }))
  }

  private async beat(): Promise<void> {
    try {
      const now = new Date()
      await utimes(join(this.path, MARK), now, now)
    } catch (error) {
      this.warn(`Backups of unsaved work may be taken for another's: ${messageOf(error)}`)
    }
  }
}

async function isAlive(folder: string): Promise<boolean> {
  try {
    const mark = join(folder, MARK)
    const [pid, { mtimeMs }] = await Promise.all([readFile(mark, 'utf8').then(Number), stat(mark)])
    // In a container a program that was started again may well have the number it had before.
    return pid !== process.pid && Date.now() - mtimeMs < SILENT_MS && isRunning(pid)
  } catch {
    return false
  }
}
