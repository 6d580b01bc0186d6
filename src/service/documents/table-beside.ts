import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isInside } from '../files/grants'

/** A path as a design stores it: relative to the design's folder, with forward slashes on every system. */
export function storedPath(designPath: string, tablePath: string): string {
  const way = relative(dirname(designPath), tablePath)
  // Another drive has no relative path.
  return isAbsolute(way) ? way : way.replaceAll('\\', '/')
}

/** Where a stored path leads. */
export function locate(designPath: string, stored: string): string {
  const native = process.platform === 'win32' ? stored : stored.replaceAll('\\', '/')
  return resolve(dirname(designPath), native)
}

/** Whether a stored path stays in the design's folder, whoever wrote it. */
export function staysBeside(designPath: string, stored: string): boolean {
  return isInside(dirname(designPath), locate(designPath, stored))
}

/**
 * Put a copy of a table next to a design, for tables that are not the person's own. A file with the same content is
 * taken as it is, one with another content is never replaced.
 * @param create makes a whole file or none; false when something has the name already
 * @returns the copy's path
 */
export async function copyBeside(
  designPath: string,
  tablePath: string,
  create: (path: string, content: AsyncIterable<Uint8Array>) => Promise<boolean>
): Promise<string> {
  const extension = extname(tablePath)
  const name = basename(tablePath, extension)
  const hash = await hashOf(tablePath)
  for (let number = 1; ; number++) {
    const copy = join(dirname(designPath), number === 1 ? `${name}${extension}` : `${name}-${number}${extension}`)
    const there = await stat(copy).catch(() => null)
    if (there === null ? await create(copy, bytesOf(tablePath)) : there.isFile() && (await hashOf(copy)) === hash) {
      return copy
    }
  }
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path)) if (chunk instanceof Uint8Array) yield chunk
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
