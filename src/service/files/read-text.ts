import { open } from 'node:fs/promises'
import { LaminaError } from '../../shared/errors'
import { readError } from '../../files/system-error'

/** V8 cannot hold a string much longer than this. */
const LARGEST_BYTES = 500 * 2 ** 20

/**
 * A document's text.
 * @throws LaminaError `notFound`, `permissionDenied` or `invalidArgument`, naming the path
 */
export async function readText(path: string): Promise<string> {
  return (await readBytes(path)).toString('utf8')
}

/**
 * A document as it lies on disk.
 * @throws LaminaError as `readText`
 */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    const handle = await open(path, 'r')
    try {
      const { size } = await handle.stat()
      if (size > LARGEST_BYTES) {
        const megabytes = Math.round(size / 2 ** 20)
        throw new LaminaError('invalidArgument', `${path} is ${megabytes} MB: too large for a document.`, {
          path,
          size
        })
      }
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw error instanceof LaminaError ? error : readError(path, error)
  }
}
