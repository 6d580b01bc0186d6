import { createHash } from 'node:crypto'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { LaminaError, messageOf } from '../../shared/errors'

/** Bytes read at a time. */
export const CHUNK_BYTES = 1 << 20

/** What tells whether a file is still the same one. */
export interface FileStamp {
  readonly path: string
  readonly bytes: number
  /** Device, inode, size and times in one string. */
  readonly stamp: string
}

/**
 * @throws LaminaError `notFound`, `permissionDenied`, or `invalidData` for what is not a regular file
 */
export async function stampOf(path: string): Promise<FileStamp> {
  const name = basename(path)
  try {
    const found = await stat(path, { bigint: true })
    if (found.isDirectory()) {
      throw new LaminaError('invalidData', `"${name}" is a folder, not a table. Choose a CSV file.`, { file: path })
    }
    if (!found.isFile()) {
      throw new LaminaError('invalidData', `"${name}" is not a regular file. Choose a CSV file.`, { file: path })
    }
    const stamp = [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':')
    return { path, bytes: Number(found.size), stamp }
  } catch (error) {
    throw fileError(path, error)
  }
}

/** Open a file for reading, use it, close it. */
export async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    throw fileError(path, error)
  }
  try {
    return await use(file)
  } catch (error) {
    throw fileError(path, error)
  } finally {
    await file.close()
  }
}

/**
 * The bytes of a file from `from` on, chunk by chunk. A chunk is only valid until the next one.
 * @returns how many bytes there were
 */
export async function eachChunk(
  path: string,
  from: number,
  use: (chunk: Buffer) => void | Promise<void>
): Promise<number> {
  return withFile(path, async (file) => {
    const buffer = Buffer.alloc(CHUNK_BYTES)
    let position = from
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
      if (bytesRead === 0) return position - from
      position += bytesRead
      await use(buffer.subarray(0, bytesRead))
    }
  })
}

/** Chunks that are read, or begun with, before the one in use. */
const CHUNKS_AHEAD = 4

/**
 * The bytes of a file chunk by chunk, so that other threads can begin with chunks before their turn.
 * @param begin gets each chunk as soon as it is read, and where it is in the file
 * @param use gets each chunk in its turn, with what was begun; it may throw. The chunk is only valid until it returns.
 */
export async function eachChunkAhead<T>(
  path: string,
  begin: (chunk: Buffer, byte: number) => Promise<T>,
  use: (chunk: Buffer, byte: number, begun: T) => void
): Promise<void> {
  await withFile(path, async (file) => {
    const free = Array.from({ length: CHUNKS_AHEAD + 1 }, () => Buffer.allocUnsafe(CHUNK_BYTES))
    const waiting: { buffer: (typeof free)[number]; length: number; byte: number; begun: Promise<T> }[] = []
    let position = 0
    let ended = false
    const readNext = async (): Promise<void> => {
      const buffer = ended ? undefined : free.pop()
      if (buffer === undefined) return
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
      ended = bytesRead === 0
      if (ended) return
      const begun = begin(buffer.subarray(0, bytesRead), position)
      // Waited for in its turn, unless something else ends this before.
      begun.catch(() => undefined)
      waiting.push({ buffer, length: bytesRead, byte: position, begun })
      position += bytesRead
    }
    for (;;) {
      while (!ended && waiting.length < CHUNKS_AHEAD) await readNext()
      const next = waiting.shift()
      if (next === undefined) return
      const begun = await next.begun
      const reading = readNext()
      try {
        use(next.buffer.subarray(0, next.length), next.byte, begun)
      } finally {
        await reading
      }
      free.push(next.buffer)
    }
  })
}

/**
 * SHA-256 of a file's bytes, in hexadecimal.
 * @param check is called with every chunk; it throws to end it
 */
export async function hashFile(path: string, check?: () => void): Promise<string> {
  const hash = createHash('sha256')
  await eachChunkAhead(
    path,
    () => Promise.resolve(),
    (chunk) => {
      check?.()
      hash.update(chunk)
    }
  )
  return hash.digest('hex')
}

/** Bytes `from` … `from + length`, fewer at the end of the file. */
export function readRange(path: string, from: number, length: number): Promise<Buffer> {
  return withFile(path, async (file) => {
    const buffer = Buffer.alloc(length)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await file.read(buffer, filled, length - filled, from + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return buffer.subarray(0, filled)
  })
}

/** A system error about a file as one a person understands; anything else as it is. */
export function fileError(path: string, error: unknown): unknown {
  if (error instanceof LaminaError || !(error instanceof Error) || !('code' in error)) return error
  const name = basename(path)
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new LaminaError(
        'notFound',
        `There is no file "${path}". It may have been moved, renamed or deleted; choose it again.`,
        { file: path },
        error
      )
    case 'EACCES':
    case 'EPERM':
      return new LaminaError(
        'permissionDenied',
        `"${name}" may not be read: the system denies access to "${path}". Change its permissions or copy it elsewhere.`,
        { file: path },
        error
      )
    case 'EISDIR':
      return new LaminaError(
        'invalidData',
        `"${name}" is a folder, not a table. Choose a CSV file.`,
        { file: path },
        error
      )
    case 'ENAMETOOLONG':
    case 'ELOOP':
      return new LaminaError(
        'notFound',
        `The path "${path}" cannot be followed: ${messageOf(error)}.`,
        { file: path },
        error
      )
    case 'EIO':
    case 'EBUSY':
      return new LaminaError('invalidData', `"${name}" could not be read: ${messageOf(error)}.`, { file: path }, error)
    default:
      return error
  }
}

/** @throws LaminaError `invalidData` when the file was written to meanwhile */
export async function checkUnchanged(stamp: FileStamp): Promise<void> {
  const now = await stampOf(stamp.path)
  if (now.stamp !== stamp.stamp) {
    throw new LaminaError(
      'invalidData',
      `"${basename(stamp.path)}" changed while it was being read. Try again when it is complete.`,
      { file: stamp.path }
    )
  }
}
