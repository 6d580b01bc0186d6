import { mkdir } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'
import type { FilePurpose } from '../../shared/contract'
import { LaminaError, messageOf } from '../../shared/errors'
import { recentFilesSchema, type RecentFile } from '../../shared/program-documents'
import { parse } from '../../shared/validate'
import { writeFileAtomically } from '../../files/atomic-write'
import { readText } from './read-text'

/** As many as a menu shows. */
export const MOST_RECENT = 20

/**
 * Files the person used last, newest first; they stay in the list when they are gone, because they may come back. A list
 * that cannot be read or written costs a note in the log, never the work at hand.
 */
export class RecentFiles {
  private files: readonly RecentFile[] = []
  private loading: Promise<void> | null = null
  private writing: Promise<void> = Promise.resolve()

  constructor(
    private readonly path: string,
    private readonly warn: (message: string) => void
  ) {}

  async list(): Promise<readonly RecentFile[]> {
    this.loading ??= this.read().then((files) => {
      this.files = files
    })
    await this.loading
    return this.files
  }

  async add(path: string, purpose: FilePurpose): Promise<void> {
    await this.list()
    const others = this.files.filter((file) => file.path !== path)
    await this.replace([{ path, purpose }, ...others].slice(0, MOST_RECENT))
  }

  async forget(): Promise<void> {
    await this.list()
    await this.replace([])
  }

  /** When everything is on disk. */
  async settled(): Promise<void> {
    await this.writing
  }

  private async replace(files: readonly RecentFile[]): Promise<void> {
    this.files = files
    // One write at a time, so that the last list wins.
    this.writing = this.writing.then(() => this.write(files))
    await this.writing
  }

  private async write(files: readonly RecentFile[]): Promise<void> {
    try {
      await mkdir(dirname(this.path), { recursive: true })
      await writeFileAtomically(
        this.path,
        `${JSON.stringify({ format: 'lamina-recent', version: 1, files }, null, 2)}\n`
      )
    } catch (error) {
      this.warn(`The list of recent files was not saved: ${messageOf(error)}`)
    }
  }

  private async read(): Promise<readonly RecentFile[]> {
    try {
      const text = await readText(this.path)
      const value: unknown = JSON.parse(text)
      const { files } = parse(recentFilesSchema, value, { what: this.path, code: 'invalidArgument' })
      return files.filter(({ path }) => isAbsolute(path)).slice(0, MOST_RECENT)
    } catch (error) {
      if (!(error instanceof LaminaError) || error.code !== 'notFound') {
        this.warn(`The list of recent files starts anew: ${messageOf(error)}`)
      }
      return []
    }
  }
}
