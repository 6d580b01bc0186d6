import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../shared/errors'
import { systemCode } from '../../files/system-error'

const LARGEST_BYTES = 4 * 2 ** 30
const LONGEST_UNUSED_MS = 30 * 24 * 3_600_000
/** Another Lamina may be loading what was touched this recently. */
const FRESH_MS = 3_600_000

/**
 * Keep the cache of prepared datasets within bounds: what was not used for a month goes, then the least recently used
 * until the rest fits. Everything in it can be made again, so trouble is only a note in the log.
 */
export async function pruneCache(
  folder: string,
  warn: (message: string) => void,
  limits: { bytes: number; now: number } = { bytes: LARGEST_BYTES, now: Date.now() }
): Promise<void> {
  try {
    const entries = await Promise.all((await readdir(folder)).map((name) => measure(join(folder, name))))
    const newestFirst = entries.filter((entry) => entry !== null).sort((a, b) => b.used - a.used)
    let kept = 0
    for (const { path, used, bytes } of newestFirst) {
      const age = limits.now - used
      const unused = age > LONGEST_UNUSED_MS
      if (age > FRESH_MS && (unused || kept + bytes > limits.bytes)) await rm(path, { recursive: true, force: true })
      else kept += bytes
    }
  } catch (error) {
    warn(`The cache ${folder} was not tidied: ${messageOf(error)}`)
  }
}

async function measure(path: string): Promise<{ path: string; used: number; bytes: number } | null> {
  try {
    const found = await stat(path)
    if (!found.isDirectory()) return { path, used: found.mtimeMs, bytes: found.size }
    const files = await readdir(path)
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(path, name))).size))
    return { path, used: found.mtimeMs, bytes: sizes.reduce((sum, size) => sum + size, 0) }
  } catch (error) {
    // Another Lamina tidied it away meanwhile.
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}
