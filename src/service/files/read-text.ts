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
      return await handle.readFile('utf8')
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw error instanceof LaminaError ? error : readError(path, error)
  }
}
