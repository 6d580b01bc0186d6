import { isMissingWord } from '../../shared/table/missing-words'
import { kindOf } from './cell-kinds'
import { readRange } from './file'
import { readRecords } from './detect/records'
import type { Landmark } from './scan'
import type { TableSource } from './source'

const LINE_FEED = 0x0a

/** The cells of a row as they stand in the file, without their quotes, otherwise untouched. */
export type RowCells = readonly string[]

/**
 * Consecutive rows as they stand in the file.
 * @param offset the first row, from 0
 * @returns at most `limit` rows, fewer at the end of the table
 */
export async function readPage(source: TableSource, offset: number, limit: number): Promise<RowCells[]> {
  const length = Math.max(0, Math.min(source.scan.rows - offset, limit))
  return readRows(
    source,
    Array.from({ length }, (_, index) => offset + index)
  )
}

/**
 * Rows anywhere in the file.
 * @param rows from 0, all of them in the table, in any order
 * @returns one row for each, in the same order
 */
export async function readRows(source: TableSource, rows: readonly number[]): Promise<RowCells[]> {
  const { landmarks, end } = source.scan
  const found = new Map<number, RowCells>()
  const wanted = [...new Set(rows)].sort((a, b) => a - b)
  for (let at = 0; at < wanted.length;) {
    const index = lastBefore(landmarks, wanted[at] ?? 0)
    const from = landmarks[index]
    if (from === undefined) break
    const next = landmarks[index + 1]
    const first = at
    while (at < wanted.length && (wanted[at] ?? 0) < (next?.row ?? Number.POSITIVE_INFINITY)) at += 1
    const bytes = await readRange(source.file.path, from.byte, (next?.byte ?? end) - from.byte)
    readStretch(source, bytes, from.row, wanted.slice(first, at), found)
  }
  return rows.map((row) => {
    const cells = found.get(row)
    if (cells === undefined) throw new Error(`Row ${row + 1} of "${source.name}" was not found where it was scanned.`)
    return cells
  })
}

/**
 * Rows of the bytes between two landmarks.
 * @param start the row the bytes begin with
 * @param wanted ascending
 */
function readStretch(
  source: TableSource,
  bytes: Buffer,
  start: number,
  wanted: readonly number[],
  found: Map<number, RowCells>
): void {
  const { scan, names, format } = source
  const last = wanted.at(-1) ?? -1
  // Where every line is a row, the lines before a row need not be taken apart.
  const lineIsRow = !scan.quotedLineEnds && scan.blankLines === 0 && scan.lineEnds.carriageReturn === 0
  let row = start
  let from = 0
  if (lineIsRow) {
    for (; row < (wanted[0] ?? 0); row++) from = bytes.indexOf(LINE_FEED, from) + 1
  }
  let to = bytes.length
  if (lineIsRow && last - row < wanted.length) {
    // One run of rows: nothing behind it is looked at.
    to = from
    for (let line = row; line <= last && to < bytes.length; line++) {
      const end = bytes.indexOf(LINE_FEED, to)
      to = end < 0 ? bytes.length : end + 1
    }
  }
  const asked = new Set(wanted)
  for (const record of readRecords(bytes.toString('utf8', from, to), format)) {
    if (record.blank && names.length > 1) continue
    if (row > last) return
    if (asked.has(row)) found.set(row, record.cells)
    row += 1
  }
}

/** The index of the last landmark at or before a row. */
function lastBefore(landmarks: readonly Landmark[], row: number): number {
  let low = 0
  let high = landmarks.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((landmarks[middle]?.row ?? 0) <= row) low = middle
    else high = middle
  }
  return low
}

/** Whether a cell stands for a missing value. @param words besides the usual ones */
export function isMissing(cell: string, words: readonly string[]): boolean {
  return kindOf(cell) === 'missing' || isMissingWord(cell, words)
}

/** The first rows, with null for a missing value. */
export async function previewRows(
  source: TableSource,
  words: readonly string[],
  limit: number
): Promise<(string | null)[][]> {
  const rows = await readPage(source, 0, limit)
  return rows.map((cells) => cells.map((cell) => (isMissing(cell, words) ? null : cell)))
}
