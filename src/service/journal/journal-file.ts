import { mkdir, open, readFile, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { foldDelta } from '../../shared/journal/content'
import { LaminaError } from '../../shared/errors'
import type { StoredContent, StoredDelta } from '../../shared/journal/stored'
import { writeFileAtomically } from '../../files/atomic-write'
import { readError, writeError } from '../../files/system-error'
import { deltaRecord, leftRecord, readRecords, wholeRecord, type ReadJournal } from './records'

const MIB = 2 ** 20
/** A journal that grew by this much since it was written whole is written whole again. */
const LEAST_GROWTH = MIB
/** More than any journal of ours can grow to. */
const LARGEST_BYTES = 256 * MIB

/** @throws LaminaError `notFound`, `permissionDenied`, `invalidArgument` for one that cannot be used, `unsupportedVersion` */
export async function readJournal(path: string): Promise<ReadJournal> {
  let bytes: Buffer
  try {
    const { size } = await stat(path)
    if (size > LARGEST_BYTES)
      throw new LaminaError('invalidArgument', `${path} is too large for a journal (${Math.round(size / MIB)} MB).`)
    bytes = await readFile(path)
  } catch (error) {
    throw error instanceof LaminaError ? error : readError(path, error)
  }
  return readRecords(bytes, `The journal ${basename(path)}`)
}

/**
 * The journal of one open document. `content` is what is on disk: a write that fails leaves both as they were. Calls must
 * not overlap.
 */
export class JournalFile {
  private handle: FileHandle | null = null
  /** Bytes of intact records. */
  private size = 0
  /** Bytes of the first record. */
  private whole = 0
  private inode = 0n

  constructor(
    readonly path: string,
    /** What is on disk; null before the first write. */
    public content: StoredContent | null = null
  ) {}

  /**
   * Write the document whole, in place of all earlier records.
   * @throws LaminaError `permissionDenied`, `writeFailed`
   */
  async rewrite(content: StoredContent, at: number): Promise<void> {
    const record = wholeRecord(at, content)
    await this.close()
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
    } catch (error) {
      throw writeError(this.path, error)
    }
    await writeFileAtomically(this.path, record)
    this.content = content
    this.size = record.byteLength
    this.whole = record.byteLength
  }

  /**
   * Add what changed. On disk when this resolves.
   * @throws LaminaError `invalidArgument` for a delta of another content; `permissionDenied`, `writeFailed`
   */
  async append(delta: StoredDelta, at: number): Promise<void> {
    if (this.content === null) throw new LaminaError('internal', 'A journal begins with a whole document.')
    const next = foldDelta(this.content, delta)
    const grown = this.size - this.whole > Math.max(LEAST_GROWTH, 2 * this.whole)
    if (grown || !(await this.isInPlace())) await this.rewrite(next, at)
    else await this.add(deltaRecord(at, delta))
    this.content = next
  }

  /** Note that the page went in good order. @throws LaminaError as `append` */
  async leave(at: number): Promise<void> {
    if (this.content !== null && (await this.isInPlace())) await this.add(leftRecord(at))
  }

  async close(): Promise<void> {
    const handle = this.handle
    this.handle = null
    await handle?.close()
  }

  async remove(): Promise<void> {
    await this.close()
    await rm(this.path, { force: true })
  }

  private async add(record: Buffer): Promise<void> {
    const handle = this.handle
    if (handle === null) throw new LaminaError('internal', 'The journal is not open.')
    try {
      // At the end of what is intact: over what a write that failed half-way has left.
      let written = 0
      while (written < record.byteLength) {
        const { bytesWritten } = await handle.write(record, written, record.byteLength - written, this.size + written)
        written += bytesWritten
      }
      await handle.datasync()
    } catch (error) {
      await handle.truncate(this.size).catch(() => undefined)
      // Opened anew next time: the disk may be another one by then.
      await this.close().catch(() => undefined)
      throw writeError(this.path, error)
    }
    this.size += record.byteLength
  }

  /** Whether the file is still the one written last: not moved, not removed, not another's. Opens it when it is not open. */
  private async isInPlace(): Promise<boolean> {
    try {
      if (this.size === 0) return false
      const { ino, size } = await stat(this.path, { bigint: true })
      if (this.handle !== null) return ino === this.inode
      if (size < BigInt(this.size)) return false
      this.handle = await open(this.path, 'r+')
      this.inode = (await this.handle.stat({ bigint: true })).ino
      return true
    } catch {
      // Whatever is wrong with it: it is written whole again, and that tells what is wrong with the disk.
      return false
    }
  }
}
