import { isAscii } from 'node:buffer'
import { LaminaError } from '../../shared/errors'
import type { Dialect } from '../../shared/table/dialect'

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

/** Programs that add a mark to a file that has one leave two. */
function lengthOf(mark: readonly number[], start: Uint8Array): number {
  let length = 0
  while (startsWith(start.subarray(length), mark)) length += mark.length
  return length
}

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
    return { encoding: chosen, mark: mark?.encoding === chosen ? lengthOf(mark.bytes, start) : 0, confidence: 1 }
  if (mark !== undefined) return { encoding: mark.encoding, mark: lengthOf(mark.bytes, start), confidence: 1 }
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

/** Bytes beyond ASCII in a row of so many are hardly Western text … */
const LEAST_RUN = 3
/** … where at least so many, and this share of all, stand so. */
const LEAST_IN_RUNS = 4
const SHARE_IN_RUNS = 0.5

/** Whether bytes that are no UTF-8 look like Cyrillic, Greek or East Asian text, whose letters are all beyond ASCII. */
export function isHardlyWestern(bytes: Uint8Array): boolean {
  const runs =
    Buffer.from(bytes)
      .toString('latin1')
      .match(/[\u0080-\u00ff]+/g) ?? []
  const count = (some: readonly string[]): number => some.reduce((sum, run) => sum + run.length, 0)
  const inRuns = count(runs.filter((run) => run.length >= LEAST_RUN))
  return inRuns >= LEAST_IN_RUNS && inRuns >= SHARE_IN_RUNS * count(runs)
}
