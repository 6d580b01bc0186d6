import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { Conflict } from '../../shared/contract'
import { LaminaError } from '../../shared/errors'
import { sameFile } from './same-file'
import { writeError, systemCode } from '../../files/system-error'

/** What a client has open, and the file as it last saw it. */
interface OpenFile {
  readonly path: string
  /** SHA-256 of the file's bytes as it was opened or last saved; null when that is not known. */
  readonly sha256: string | null
}

/**
 * Which design files clients have open. A file may change under a window's feet, by another window or another program:
 * that is noticed before it is overwritten.
 */
export class OpenFiles {
  private readonly byClient = new Map<string, OpenFile>()
  /** What this service wrote last, by path, for telling its own writes from those of others. */
  private readonly written = new Map<string, string>()

  /** A client opened a file, or saved to it. */
  note(client: string, path: string, sha256: string | null): void {
    this.byClient.set(client, { path, sha256 })
  }

  /** The client's document is one without a file, or another one that has none of the person's own. */
  forget(client: string): void {
    this.byClient.delete(client)
  }

  /** The file a client has open; null for none. */
  pathOf(client: string): string | null {
    return this.byClient.get(client)?.path ?? null
  }

  has(client: string): boolean {
    return this.byClient.has(client)
  }

  /** What the client knows of a file; null when it never opened it. */
  known(client: string, path: string): string | null {
    const open = this.byClient.get(client)
    return open?.path === path ? open.sha256 : null
  }

  noteWritten(client: string, path: string, sha256: string): void {
    this.note(client, path, sha256)
    this.written.delete(path)
    this.written.set(path, sha256)
    const [oldest] = this.written.keys()
    if (this.written.size > 1000 && oldest !== undefined) this.written.delete(oldest)
  }

  /** Other clients that have the same file open. */
  async others(client: string, path: string): Promise<string[]> {
    const found: string[] = []
    for (const [id, open] of this.byClient) {
      if (id !== client && (await sameFile(open.path, path))) found.push(id)
    }
    return found
  }

  /**
   * That a file is as the client last saw it.
   * @param described the file as clients know it
   * @throws LaminaError `conflict` with a `Conflict` as its details; `permissionDenied`, `writeFailed` when nobody can tell
   */
  async check(client: string, path: string, described: { name: string; location: string }): Promise<void> {
    const known = this.known(client, path)
    if (known === null) return
    let found: { sha256: string; at: number }
    try {
      const [bytes, { mtimeMs }] = await Promise.all([readFile(path), stat(path)])
      found = { sha256: sha256Of(bytes), at: Math.round(mtimeMs) }
    } catch (error) {
      const code = systemCode(error)
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw writeError(path, error)
      throw conflict({ kind: 'removed', by: 'outside', at: null, ...described }, path)
    }
    if (found.sha256 === known) return
    const by = this.written.get(path) === found.sha256 ? 'window' : 'outside'
    throw conflict({ kind: 'changed', by, at: found.at, ...described }, path)
  }
}

export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

function conflict(details: Conflict, path: string): LaminaError {
  const message =
    details.kind === 'removed'
      ? `${path} is not there any more: it was moved, renamed or deleted, or its disk is gone. Nothing was written. Save the design again, or under another name.`
      : `${path} was changed by ${details.by === 'window' ? 'another window' : 'another program'} since it was opened or last saved here, so it was not overwritten. Save under another name, or overwrite it.`
  return new LaminaError('conflict', message, { ...details })
}
