import { eachChunk } from './file'
import type { TableSource } from './source'

/** Where a row of the table starts in the file as it stands, but unpacked. */
export interface RowPlace {
  /** From 1; null where the file is not text with lines. */
  readonly line: number | null
  /** Null where it cannot be told. */
  readonly byte: number | null
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const FIRST_BYTES = 1 << 12
/** A place takes at most so many: three numbers of up to 8 bytes. */
const LONGEST_ENTRY = 24

/** Where each row of a table starts, kept in about two bytes a row: how far it is from the one before. */
export class RowPlaces {
  private entries = Buffer.alloc(FIRST_BYTES)
  private length = 0
  private last = { line: 0, byte: 0 }

  /** Of the next row, which starts behind the others. @param byte null where none is known */
  add(line: number, byte: number | null): void {
    if (this.entries.length - this.length < LONGEST_ENTRY)
      this.entries = Buffer.concat([this.entries], 2 * this.entries.length)
    const lines = line - this.last.line
    const next = byte ?? this.last.byte
    this.write(2 * (next - this.last.byte) + (lines === 1 ? 0 : 1))
    if (lines !== 1) this.write(lines)
    this.last = { line, byte: next }
  }

  /** @param rows from 1 */
  at(rows: ReadonlySet<number>): Map<number, { readonly line: number; readonly byte: number }> {
    const places = new Map<number, { readonly line: number; readonly byte: number }>()
    let position = 0
    const read = (): number => {
      let value = 0
      for (let scale = 1; ; scale *= 128) {
        const byte = this.entries[position++] ?? 0
        value += (byte & 127) * scale
        if (byte < 128) return value
      }
    }
    let [line, byte] = [0, 0]
    for (let row = 1; position < this.length; row++) {
      const bytes = read()
      byte += Math.floor(bytes / 2)
      line += bytes % 2 === 0 ? 1 : read()
      if (rows.has(row)) places.set(row, { line, byte })
    }
    return places
  }

  /** Seven bits a byte, the lowest first, and a high bit on all but the last. */
  private write(value: number): void {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.entries[this.length++] = (rest % 128) | 128
    this.entries[this.length++] = rest
  }
}

/**
 * Where rows start: as it was noted when the file was rewritten, or in one pass over it up to the last of them. A file
 * that is read as it stands has no lone carriage returns, nothing between quotes and delimiters, and no blank lines that
 * are not empty.
 * @param rows from 1
 */
export async function placesOf(source: TableSource, rows: readonly number[]): Promise<Map<number, RowPlace>> {
  const { file } = source
  const wanted = new Set(rows)
  if (file.format !== 'text') return new Map()
  const places = source.places?.at(wanted) ?? (await findPlaces(source, wanted))
  if (file.original !== null) return places
  return new Map([...places].map(([row, { line }]) => [row, { line, byte: null }]))
}

async function findPlaces(
  { file, format, names, header }: TableSource,
  wanted: ReadonlySet<number>
): Promise<Map<number, { readonly line: number; readonly byte: number }>> {
  const last = Math.max(0, ...wanted)
  const places = new Map<number, { readonly line: number; readonly byte: number }>()
  const widths = file.original?.widths
  const delimiter = format.delimiter.charCodeAt(0)
  const quote = format.quote === '' ? -1 : format.quote.charCodeAt(0)
  // A blank line of a table of one column is a row with a missing value.
  const blankIsRow = names.length === 1
  let row = header ? -1 : 0
  let line = 1
  let position = file.original?.from ?? 0
  let start = { line, byte: position }
  let quoted = false
  let previous = LINE_FEED
  let empty = true
  await eachChunk(file.path, file.from, (chunk) => {
    for (let i = 0; i < chunk.length && row < last; i++) {
      const byte = chunk[i] ?? 0
      position += widths?.[byte] ?? 1
      if (byte === quote) {
        // Closing and opening again is a doubled quote; elsewhere in a cell it is a character like any other.
        if (quoted) quoted = false
        else if (previous === delimiter || previous === quote || empty) quoted = true
      }
      if (byte === LINE_FEED) line += 1
      if (byte === LINE_FEED && !quoted) {
        if (!empty || (blankIsRow && row >= 0)) {
          row += 1
          if (wanted.has(row)) places.set(row, start)
        }
        start = { line, byte: position }
        empty = true
      } else if (byte !== CARRIAGE_RETURN || quoted) empty = false
      previous = byte
    }
  })
  if (row < last && !empty && wanted.has(row + 1)) places.set(row + 1, start)
  return places
}
