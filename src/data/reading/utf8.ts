import { isUtf8 } from 'node:buffer'

export type Utf8Verdict = { readonly valid: true } | { readonly valid: false; readonly byte: number }

/** Checks a stream for UTF-8, chunk by chunk; a character may be cut by the end of a chunk. */
export class Utf8Check {
  private carry: Uint8Array = new Uint8Array(0)
  private position = 0
  verdict: Utf8Verdict = { valid: true }

  push(chunk: Uint8Array): void {
    if (!this.verdict.valid) return
    const bytes = this.carry.length === 0 ? chunk : Buffer.concat([this.carry, chunk])
    const whole = bytes.subarray(0, bytes.length - unfinished(bytes))
    this.check(whole)
    this.carry = Uint8Array.from(bytes.subarray(whole.length))
  }

  end(): Utf8Verdict {
    if (this.verdict.valid && this.carry.length > 0) this.fail(0)
    return this.verdict
  }

  private check(bytes: Uint8Array): void {
    if (isUtf8(bytes)) {
      this.position += bytes.length
      return
    }
    let at = 0
    while (at < bytes.length) {
      const width = (bytes[at] ?? 0) < 0x80 ? 1 : characterAt(bytes, at)
      if (width === 0) break
      at += width
    }
    this.fail(at)
  }

  private fail(offset: number): void {
    this.verdict = { valid: false, byte: this.position + offset }
  }
}

/** How many bytes the character beyond ASCII takes that begins there; 0 where none does (RFC 3629, section 4). */
export function characterAt(bytes: Uint8Array, at: number): 0 | 2 | 3 | 4 {
  const first = bytes[at] ?? 0
  if (first < 0xc2 || first > 0xf4) return 0
  const width = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  const second = bytes[at + 1] ?? 0
  // Neither longer than it need be, nor half of a surrogate pair, nor beyond U+10FFFF.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < least || second > most) return 0
  for (let next = at + 2; next < at + width; next++) if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0
  return width
}

/** How many bytes at the end start a character that goes on in the next chunk. */
export function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return length > back ? back : 0
    }
    if (byte < 0x80) return 0
  }
  return 0
}
