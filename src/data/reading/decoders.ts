import { isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import type { Encoding } from './encoding'
import { unfinished, validStart } from './utf8'

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

/** How much is looked at for one byte that is not valid. */
const STEP = 1 << 14

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
    return this.decode(Buffer.concat([this.carry, chunk]), false)
  }

  end(): string {
    return this.decode(this.carry, true)
  }

  private decode(bytes: Uint8Array, final: boolean): string {
    let text = ''
    let at = 0
    while (at < bytes.length) {
      const step = bytes.subarray(at, at + STEP)
      const isLast = at + step.length === bytes.length
      const cut = isLast && final ? 0 : unfinished(step)
      const whole = step.subarray(0, step.length - cut)
      const valid = isUtf8(whole) ? whole : validStart(whole)
      text += this.counted(Buffer.from(valid).toString())
      at += valid.length
      if (valid.length < whole.length) {
        text += this.stray(bytes.subarray(at, at + 1))
        at += 1
      } else if (isLast) break
    }
    this.carry = Uint8Array.from(bytes.subarray(at))
    return text
  }

  private counted(text: string): string {
    if (this.strays === 0) this.lines += text.split('\n').length - 1
    this.multibyte += text.match(/[\u0080-\u{10ffff}]/gu)?.length ?? 0
    return text
  }

  private stray(byte: Uint8Array): string {
    if (this.strays === 0) this.firstLine = this.lines
    this.strays += 1
    return decodeWindows1252(byte)
  }
}
