import { createHash } from 'node:crypto'
import { createGunzip } from 'node:zlib'
import { basename } from 'node:path'
import { LaminaError } from '../../shared/errors'
import { writeScratchFile } from '../scratch'
import { eachChunk } from './file'

const SIGNATURE = [0x1f, 0x8b] as const
/** A file that grows more than this when unpacked was made to fill a disk. */
const LARGEST_RATIO = 1100
const SMALLEST_SUSPECT = 1 << 30

export const isGzip = (start: Uint8Array): boolean => SIGNATURE.every((byte, index) => start[index] === byte)

/**
 * Unpack a file that was compressed with gzip, of one member or several.
 * @param check is called again and again; it throws to end it
 * @returns SHA-256 of the packed file, in hexadecimal
 * @throws LaminaError `invalidData` when it is damaged or cut off, `writeFailed` when there is no room
 */
export async function unpack(source: string, target: string, check: () => void): Promise<string> {
  const hash = createHash('sha256')
  const name = basename(source)
  await writeScratchFile(target, async (output) => {
    const gunzip = createGunzip()
    let read = 0
    let written = 0
    const feed = async (): Promise<void> => {
      await eachChunk(source, 0, async (chunk) => {
        hash.update(chunk)
        read += chunk.length
        // The chunk's memory is used again as soon as this returns.
        if (!gunzip.write(Uint8Array.from(chunk))) await new Promise<void>((resolve) => gunzip.once('drain', resolve))
      })
      gunzip.end()
    }
    const failed = new Promise<never>((_, reject) => gunzip.once('error', reject))
    const feeding = feed()
    try {
      await Promise.race([
        failed,
        (async () => {
          for await (const part of gunzip) {
            const bytes: unknown = part
            if (!(bytes instanceof Uint8Array)) throw new Error('gunzip gave something that is not bytes')
            check()
            written += bytes.length
            if (written > SMALLEST_SUSPECT && written > LARGEST_RATIO * read) throw tooMuch(source)
            await output.appendFile(bytes)
          }
          await feeding
        })()
      ])
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error
      throw new LaminaError(
        'invalidData',
        `"${name}" is compressed with gzip, but damaged or cut off: it cannot be unpacked. Copy or download it again.`,
        { file: source },
        error
      )
    }
  })
  return hash.digest('hex')
}

function tooMuch(path: string): LaminaError {
  return new LaminaError(
    'invalidData',
    `"${basename(path)}" would take more than ${LARGEST_RATIO} times its size when unpacked, which no table does. Unpack it yourself if it is one.`,
    { file: path }
  )
}
