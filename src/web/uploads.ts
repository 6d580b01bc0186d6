import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { safeFileName } from '../service'
import { LaminaError, messageOf } from '../shared/errors'
import { readableBytes } from './readable-bytes'

const DAY = 24 * 60 * 60 * 1000
/** Recent files point at uploads, so they outlive the program; what nobody touched for this long does not. */
const KEPT_MILLISECONDS = 30 * DAY

/** Files that were sent together, or at least fit together: each name once, and at most one design. */
interface Shelf {
  readonly folder: string
  /** By lower-case name, for file systems that do not tell case apart. */
  readonly files: Map<string, StoredFile>
  design: string | null
}
interface StoredFile {
  readonly digest: string
  /** As stored; another one means that a design was saved over its upload. */
  readonly modified: number
}

export class UploadTooLarge extends LaminaError {
  constructor(name: string, mostBytes: number) {
    super(
      'invalidArgument',
      `${name} is larger than this host accepts (${readableBytes(mostBytes)}). Start Lamina with the file’s path, or with a larger --max-upload.`,
      { file: name, mostBytes }
    )
  }
}

export interface UploadsOptions {
  /** Folder for all uploads; each run of the program has one of its own inside. */
  readonly folder: string
  readonly mostBytes: number
}

/**
 * The files people send to the browser host, kept so that a design finds its table by the relative path written
 * in it: an upload joins the newest shelf of this run. A new shelf is begun when
 * - a file of that name but other content is there: nothing uploaded earlier is ever replaced under somebody's feet; or
 * - a second design comes: a design must not pick up the table of another one by accident.
 */
export class Uploads {
  private readonly session: string
  private readonly shelves: Shelf[] = []
  /** One file is put away at a time: choosing a shelf and moving there belong together. */
  private turn: Promise<unknown> = Promise.resolve()

  constructor(private readonly options: UploadsOptions) {
    this.session = join(options.folder, `${new Date().toISOString().slice(0, 10)}-${randomUUID().slice(0, 8)}`)
  }

  /**
   * Store one file.
   * @param suggestedName as the browser sent it; made safe first
   * @returns the absolute path of the stored file
   * @throws UploadTooLarge
   * @throws LaminaError `writeFailed`, or `cancelled` when the sender gave up
   */
  async store(suggestedName: string, body: Readable): Promise<string> {
    const name = safeFileName(suggestedName)
    // Reading reports it; before reading begins, an error nobody listens to would end the process.
    body.on('error', () => undefined)
    await mkdir(this.session, { recursive: true, mode: 0o700 })
    const part = join(this.session, `${randomUUID()}.part`)
    try {
      const digest = await this.receive(name, body, part)
      return await this.inTurn(() => this.putAway(name, digest, part))
    } catch (error) {
      await rm(part, { force: true })
      throw uploadError(name, error)
    }
  }

  /** Refuse by the announced length, before anything is read. @throws UploadTooLarge */
  checkSize(name: string, bytes: number): void {
    if (bytes > this.options.mostBytes) throw new UploadTooLarge(safeFileName(name), this.options.mostBytes)
  }

  /** Remove what earlier runs left behind and nobody used since. */
  async removeStale(now: number): Promise<void> {
    const entries = await readdir(this.options.folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const folder = join(this.options.folder, entry.name)
      if (!entry.isDirectory() || folder === this.session) continue
      if (now - (await lastUse(folder)) > KEPT_MILLISECONDS) await rm(folder, { recursive: true, force: true })
    }
  }

  /** The body is left open when this fails, so that the sender can still be told why. */
  private async receive(name: string, body: Readable, part: string): Promise<string> {
    const hash = createHash('sha256')
    let bytes = 0
    const file = await open(part, 'wx', 0o600)
    try {
      for await (const chunk of body.iterator({ destroyOnReturn: false })) {
        if (!(chunk instanceof Uint8Array)) throw new LaminaError('internal', 'An upload is read as bytes.')
        bytes += chunk.byteLength
        this.checkSize(name, bytes)
        hash.update(chunk)
        await file.writeFile(chunk)
      }
    } finally {
      await file.close()
    }
    return hash.digest('hex')
  }

  private async putAway(name: string, digest: string, part: string): Promise<string> {
    const key = name.toLowerCase()
    const isDesign = key.endsWith('.lamina')
    const newest = this.shelves.at(-1)
    if (newest !== undefined) {
      const path = join(newest.folder, name)
      const present = await modifiedAt(path)
      const known = newest.files.get(key)
      if (known?.digest === digest && known.modified === present) {
        await rm(part)
        return path
      }
      if (present === null && !(isDesign && newest.design !== null)) return this.place(newest, name, digest, part)
    }
    return this.place(await this.addShelf(), name, digest, part)
  }

  private async place(shelf: Shelf, name: string, digest: string, part: string): Promise<string> {
    const path = join(shelf.folder, name)
    await rename(part, path)
    const key = name.toLowerCase()
    shelf.files.set(key, { digest, modified: (await modifiedAt(path)) ?? 0 })
    if (key.endsWith('.lamina')) shelf.design = name
    return path
  }

  private async addShelf(): Promise<Shelf> {
    const folder = join(this.session, String(this.shelves.length + 1))
    await mkdir(folder, { mode: 0o700 })
    const shelf: Shelf = { folder, files: new Map(), design: null }
    this.shelves.push(shelf)
    return shelf
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work)
    this.turn = result.catch(() => undefined)
    return result
  }
}

/** When anything in a folder was last written or read (systems note reading once a day), or the folder itself made. */
async function lastUse(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const times = await Promise.all(
    [folder, ...files].map((path) =>
      stat(path).then(
        ({ mtimeMs, atimeMs }) => (path === folder ? mtimeMs : Math.max(mtimeMs, atimeMs)),
        () => 0
      )
    )
  )
  return Math.max(...times)
}

/** Milliseconds since 1970, or null for what is not there. */
async function modifiedAt(path: string): Promise<number | null> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null
  )
}

function uploadError(name: string, error: unknown): LaminaError {
  if (error instanceof LaminaError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'ABORT_ERR') {
    return new LaminaError('cancelled', `Sending ${name} broke off; nothing was kept.`, { file: name }, error)
  }
  const reason =
    code === 'ENOSPC' ? 'the disk is full' : code === 'EDQUOT' ? 'the disk quota is used up' : messageOf(error)
  return new LaminaError('writeFailed', `${name} could not be stored: ${reason}.`, { file: name }, error)
}
