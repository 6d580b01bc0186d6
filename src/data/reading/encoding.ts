import { isAscii, isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { LaminaError } from '../../shared/errors'
import type { Dialect } from '../../shared/table/dialect'
import { RowEnder, type RowEnd } from './detect/row-ends'

export type Encoding = Dialect['encoding']

export interface DetectedEncoding {
  readonly encoding: Encoding
  /** Bytes of the byte order mark, to be skipped. */
  readonly mark: number
  /** 0 … 1 */
  readonly confidence: number
}

const marks: readonly { readonly bytes: readonly number[]; readonly encoding: Encoding }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' }
]

/** Files people take for tables, by their first bytes. */
const signatures: readonly { readonly start: readonly number[]; readonly what: string }[] = [
  {
    start: [0x50, 0x4b, 0x03, 0x04],
    what: 'an Excel workbook or a ZIP archive. Open it and save or export the table as CSV'
  },
  { start: [0xd0, 0xcf, 0x11, 0xe0], what: 'an old Excel workbook. Open it and save the table as CSV' },
  { start: [0x50, 0x41, 0x52, 0x31], what: 'a Parquet file. Export the table as CSV' },
  { start: [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66], what: 'an SQLite database. Export the table as CSV' },
  { start: [0x25, 0x50, 0x44, 0x46], what: 'a PDF document. A table is needed as CSV' },
  { start: [0x89, 0x50, 0x4e, 0x47], what: 'a picture. A table is needed as CSV' },
  { start: [0xff, 0xd8, 0xff], what: 'a picture. A table is needed as CSV' },
  { start: [0xff, 0xfe, 0x00, 0x00], what: 'UTF-32 text. Save it as UTF-8' },
  { start: [0x00, 0x00, 0xfe, 0xff], what: 'UTF-32 text. Save it as UTF-8' }
]

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte)

/**
 * The encoding of a file from its first bytes: a byte order mark decides; zero bytes in every other place are UTF-16;
 * anything else is taken as UTF-8 until a byte of it is not (see `Utf8Check`).
 * @param chosen what a person decided, or undefined
 * @throws LaminaError `invalidData` for a file that is not text
 */
export function detectEncoding(start: Uint8Array, fileName: string, chosen: Encoding | undefined): DetectedEncoding {
  const signature = signatures.find((candidate) => startsWith(start, candidate.start))
  if (signature !== undefined) {
    throw new LaminaError('invalidData', `"${fileName}" is not a CSV file: it is ${signature.what}.`, {
      file: fileName
    })
  }
  const mark = marks.find((candidate) => startsWith(start, candidate.bytes))
  if (chosen !== undefined)
    return { encoding: chosen, mark: mark?.encoding === chosen ? mark.bytes.length : 0, confidence: 1 }
  if (mark !== undefined) return { encoding: mark.encoding, mark: mark.bytes.length, confidence: 1 }
  if (start.includes(0)) {
    const byZeros = encodingByZeros(start)
    if (byZeros !== null) return { encoding: byZeros, mark: 0, confidence: 0.9 }
    if (isBinary(start)) throw binaryError(fileName)
  }
  return { encoding: 'utf-8', mark: 0, confidence: isAscii(start) ? 0.99 : 0.95 }
}

/** A zero byte here and there is damage; many are something else than text. */
function isBinary(start: Uint8Array): boolean {
  let zeros = 0
  for (const byte of start) if (byte === 0) zeros += 1
  return zeros > 8 && zeros > 0.02 * start.length
}

/** UTF-16 text without a mark: ASCII in it leaves a zero in every other byte, and always on the same side. */
function encodingByZeros(start: Uint8Array): Encoding | null {
  const zeros = [0, 0]
  for (let i = 0; i < start.length; i++) {
    if (start[i] === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1
  }
  const [even = 0, odd = 0] = zeros
  const units = start.length / 2
  if (odd > units * 0.4 && even < units * 0.01) return 'utf-16le'
  if (even > units * 0.4 && odd < units * 0.01) return 'utf-16be'
  return null
}

function binaryError(fileName: string): LaminaError {
  return new LaminaError(
    'invalidData',
    `"${fileName}" is not a text file: it is full of zero bytes. A table is needed as CSV; if this is one, save it as UTF-8.`,
    { file: fileName }
  )
}

export type Utf8Verdict =
  { readonly valid: true } | { readonly valid: false; readonly byte: number; readonly afterMultibyte: boolean }

/** Checks a stream for UTF-8, chunk by chunk; a character may be cut by the end of a chunk. */
export class Utf8Check {
  private carry: Uint8Array = new Uint8Array(0)
  private position = 0
  /** Whether a character beyond ASCII has been seen, correctly encoded. */
  private multibyte = false
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
      this.multibyte ||= !isAscii(bytes)
      this.position += bytes.length
      return
    }
    // The longest valid start, by halving.
    let valid = 0
    let invalid = bytes.length
    while (invalid - valid > 1) {
      const middle = (valid + invalid) >> 1
      const start = bytes.subarray(0, middle)
      if (isUtf8(start.subarray(0, middle - unfinished(start)))) valid = middle
      else invalid = middle
    }
    const start = bytes.subarray(0, valid)
    const whole = start.subarray(0, valid - unfinished(start))
    this.multibyte ||= !isAscii(whole)
    this.fail(whole.length)
  }

  private fail(offset: number): void {
    this.verdict = { valid: false, byte: this.position + offset, afterMultibyte: this.multibyte }
  }
}

/** How many bytes at the end start a character that goes on in the next chunk. */
function unfinished(bytes: Uint8Array): number {
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

/** Turns chunks of any supported encoding into UTF-8, and the ends of their rows into line ends. */
export class Transcoder {
  private readonly decoder: TextDecoder | null
  private readonly rowEnder: RowEnder | null

  constructor(
    private readonly encoding: Encoding,
    private readonly fileName: string,
    rowEnd: RowEnd | null
  ) {
    this.rowEnder = rowEnd === null ? null : new RowEnder(rowEnd)
    this.decoder = encoding === 'windows-1252' ? null : new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
  }

  push(chunk: Uint8Array): Buffer {
    return this.decode((decoder) => decoder?.decode(chunk, { stream: true }) ?? decodeWindows1252(chunk))
  }

  end(): Buffer {
    return this.decode((decoder) => decoder?.decode() ?? '')
  }

  private decode(step: (decoder: TextDecoder | null) => string): Buffer {
    try {
      const text = step(this.decoder)
      return Buffer.from(this.rowEnder?.push(text) ?? text, 'utf8')
    } catch (error) {
      throw new LaminaError(
        'invalidData',
        `"${this.fileName}" is not valid ${this.encoding.toUpperCase()} text. Choose another encoding, or save the file as UTF-8.`,
        { file: this.fileName, encoding: this.encoding },
        error
      )
    }
  }
}
