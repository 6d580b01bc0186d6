import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { safeFileName, type SaveTarget } from '../service'
import { webPaths } from '../shared/web-host'

const KEPT_MILLISECONDS = 24 * 60 * 60 * 1000

/** Where the service writes what the person saves, for the page to fetch under an address of its own. */
export class Downloads {
  private readonly session: string
  private readonly paths = new Map<string, string>()

  /** @param folder for all downloads; each run of the program has one of its own inside */
  constructor(private readonly folder: string) {
    this.session = join(folder, randomUUID())
  }

  /** A place for one file that nothing else will be written to. */
  async reserve(suggestedName: string): Promise<SaveTarget> {
    const id = randomBytes(16).toString('base64url')
    const folder = join(this.session, id)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = join(folder, safeFileName(suggestedName))
    this.paths.set(id, path)
    return { path, download: `${webPaths.download}${id}` }
  }

  /** The file behind the last part of a download's address; null for an unknown one. */
  find(id: string): string | null {
    return this.paths.get(id) ?? null
  }

  /** Downloads of this run end with it; of earlier ones, those that a crash left behind are removed. */
  async removeStale(now: number): Promise<void> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const folder = join(this.folder, entry.name)
      if (!entry.isDirectory() || folder === this.session) continue
      const { mtimeMs } = await stat(folder)
      if (now - mtimeMs > KEPT_MILLISECONDS) await rm(folder, { recursive: true, force: true })
    }
  }

  async close(): Promise<void> {
    this.paths.clear()
    await rm(this.session, { recursive: true, force: true })
  }
}

/**
 * `Content-Disposition` of a file to keep: a plain name for old programs, the real one in UTF-8 (RFC 6266, RFC 8187).
 */
export function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const exact = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`
}
