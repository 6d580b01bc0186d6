import type { Encoding } from './encoding'

const CONTINUATION = 0x80
const LEAD = 0xc0
const LEAD_OF_FOUR = 0xf0

/** A count of bytes of an original from those of its copy in UTF-8. */
export interface OriginalBytes {
  /** Bytes before the text: a byte order mark. */
  readonly from: number
  /** How many bytes of the original the byte of the copy stands for; a character counts with its first byte. */
  readonly widths: Uint8Array
}

/** @param from bytes of the original before the text */
export function originalBytes(encoding: Encoding, from: number): OriginalBytes {
  return { from, widths: Uint8Array.from({ length: 256 }, (_, byte) => widthOf(encoding, byte)) }
}

/** @param text bytes of UTF-8 as characters of Latin-1 */
export function countOriginalBytes({ widths }: OriginalBytes, text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) count += widths[text.charCodeAt(i)] ?? 0
  return count
}

function widthOf(encoding: Encoding, byte: number): number {
  if (encoding === 'utf-8') return 1
  if (byte >= CONTINUATION && byte < LEAD) return 0
  if (encoding === 'windows-1252') return 1
  return byte >= LEAD_OF_FOUR ? 4 : 2
}
