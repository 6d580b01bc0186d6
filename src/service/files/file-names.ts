import { extname } from 'node:path'

const LONGEST_NAME_BYTES = 180
const RESERVED_ON_WINDOWS = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/**
 * A name that is a plain file in its folder on every system: no path, no control characters, nothing reserved, not
 * hidden, and short enough. The extension survives, for it says what the file is.
 */
export function safeFileName(suggested: string): string {
  const plain = plainName(suggested)
  if (plain === '') return 'file'
  if (Buffer.byteLength(plain) <= LONGEST_NAME_BYTES) return plain
  const extension = extname(plain).slice(0, 16)
  return joined(plain.slice(0, plain.length - extname(plain).length), extension)
}

/** The name of a document as a safe file name with an extension, whatever dots the name has. */
export function fileNameFor(name: string, extension: string): string {
  const plain = plainName(name)
  return joined(plain === '' ? 'untitled' : plain, extension)
}

/** A safe name but for its length; nothing where nothing is left. */
function plainName(text: string): string {
  const cleaned = text
    .normalize('NFC')
    // Unpaired surrogates cannot be written as UTF-8.
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '')
    .replace(/[/\\:*?"<>|]/g, '_')
    .replace(/^[.\s]+/, '')
    .replace(/[.\s]+$/, '')
  return RESERVED_ON_WINDOWS.test(cleaned) ? `_${cleaned}` : cleaned
}

/** As many whole characters of the stem as leave room for the extension. */
function joined(stem: string, extension: string): string {
  let kept = ''
  let bytes = Buffer.byteLength(extension)
  for (const character of stem) {
    bytes += Buffer.byteLength(character)
    if (bytes > LONGEST_NAME_BYTES) break
    kept += character
  }
  return kept + extension
}
