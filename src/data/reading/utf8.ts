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
    const whole = validStart(bytes)
    this.fail(whole.length)
  }

  private fail(offset: number): void {
    this.verdict = { valid: false, byte: this.position + offset }
  }
}

/** The longest valid start of bytes that are not valid UTF-8 as a whole, found by halving. */
export function validStart(bytes: Uint8Array): Uint8Array {
  let valid = 0
  let invalid = bytes.length
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1
    const start = bytes.subarray(0, middle)
    if (isUtf8(start.subarray(0, middle - unfinished(start)))) valid = middle
    else invalid = middle
  }
  const start = bytes.subarray(0, valid)
  return start.subarray(0, valid - unfinished(start))
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
