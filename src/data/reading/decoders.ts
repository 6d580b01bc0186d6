import { TextDecoder } from 'node:util'
import type { Encoding } from './encoding'
import { characterAt, unfinished } from './utf8'

/** Turns bytes into text, chunk by chunk; a character may be cut by the end of a chunk. */
export interface Decoder {
  push(chunk: Uint8Array): string
  end(): string
}

/** @throws TypeError where bytes are not valid */
export function decoderOf(encoding: Encoding): Decoder {
  if (encoding === 'windows-1252') return { push: decodeWindows1252, end: () => '' }
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
  return { push: (chunk) => decoder.decode(chunk, { stream: true }), end: () => decoder.decode() }
}

/** Windows-1252 differs from Latin-1 in 0x80 … 0x9f; 0 where it has nothing and Latin-1's control code stays. */
const windows1252 = [
  0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0,
  0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178
]

/** Some versions of Node take `TextDecoder('windows-1252')` for Latin-1, so the table is our own. */
function decodeWindows1252(bytes: Uint8Array): string {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return latin1.replace(/[\u0080-\u009f]/g, (character) => {
    const code = windows1252[character.charCodeAt(0) - 0x80] ?? 0
    return code === 0 ? character : String.fromCharCode(code)
  })
}

const LINE_FEED = 0x0a
/** The widest character of windows-1252 takes three bytes of UTF-8. */
const WIDEST = 3
const strayBytes = Array.from({ length: 128 }, (_, index) => Buffer.from(decodeWindows1252(Uint8Array.of(128 + index))))

/** UTF-8 with bytes in it that are none: each of those is read as windows-1252. */
export class MixedDecoder implements Decoder {
  private carry: Uint8Array = new Uint8Array(0)
  private lines = 1
  /** Bytes that are not valid. */
  strays = 0
  /** Line of the first of them. */
  firstLine = 0
  /** Characters beyond ASCII that are valid. */
  multibyte = 0

  push(chunk: Uint8Array): string {
    return this.decode(this.carry.length === 0 ? chunk : Buffer.concat([this.carry, chunk]), false)
  }

  end(): string {
    return this.decode(this.carry, true)
  }

  private decode(bytes: Uint8Array, final: boolean): string {
    const { length } = bytes
    const stop = final ? length : length - unfinished(bytes)
    const out = Buffer.allocUnsafe(WIDEST * stop)
    let written = 0
    let at = 0
    while (at < stop) {
      const byte = bytes[at] ?? 0
      const width = byte < 0x80 ? 1 : characterAt(bytes, at)
      if (width === 0) {
        written += this.stray(byte, out, written)
        at += 1
        continue
      }
      if (byte === LINE_FEED) this.lines += 1
      if (width > 1) this.multibyte += 1
      for (const end = at + width; at < end; at++) out[written++] = bytes[at] ?? 0
    }
    this.carry = Uint8Array.from(bytes.subarray(at))
    return out.toString('utf8', 0, written)
  }

  /** @returns bytes written */
  private stray(byte: number, out: Buffer, at: number): number {
    if (this.strays === 0) this.firstLine = this.lines
    this.strays += 1
    return strayBytes[byte - 128]?.copy(out, at) ?? 0
  }
}
