import { extname } from 'node:path'

const LONGEST_NAME_BYTES = 180
const RESERVED_ON_WINDOWS = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/**
 * A name that is a plain file in its folder on every system: no path, no control characters, nothing reserved, not
 * hidden, and short enough. The extension survives, for it says what the file is.
 */
export function safeFileName(suggested: string): string {
  const cleaned = suggested
    .normalize('NFC')
    // Unpaired surrogates cannot be written as UTF-8.
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '')
    .replace(/[/\\:*?"<>|]/g, '_')
    .replace(/^[.\s]+/, '')
    .replace(/[.\s]+$/, '')
  if (cleaned === '') return 'file'
  const plain = RESERVED_ON_WINDOWS.test(cleaned) ? `_${cleaned}` : cleaned
  if (Buffer.byteLength(plain) <= LONGEST_NAME_BYTES) return plain
  const extension = extname(plain).slice(0, 16)
  return (
    shortenedTo(
      plain.slice(0, plain.length - extname(plain).length),
      LONGEST_NAME_BYTES - Buffer.byteLength(extension)
    ) + extension
  )
}

/** As many whole characters as fit into a number of UTF-8 bytes. */
function shortenedTo(text: string, bytes: number): string {
  let kept = ''
  let used = 0
  for (const character of text) {
    used += Buffer.byteLength(character)
    if (used > bytes) break
    kept += character
  }
  return kept
}

/** A size for people, in binary units. */
export function readableBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${Number(value.toPrecision(3))} ${units[unit] ?? 'B'}`
}
