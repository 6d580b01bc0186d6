import { kindOf } from './cell-kinds'
import { readRange } from './file'
import { readRecords } from './records'
import type { Landmark } from './scan'
import type { TableSource } from './source'

/**
 * Rows as they stand in the file.
 * @param offset the first row, from 0
 * @returns at most `limit` rows; cells without their quotes, otherwise untouched
 */
export async function readPage(source: TableSource, offset: number, limit: number): Promise<(readonly string[])[]> {
  const { landmarks, rows, end: fileEnd } = source.scan
  const end = Math.min(rows, offset + limit)
  const page: (readonly string[])[] = []
  for (let at = lastBefore(landmarks, offset); at < landmarks.length; at++) {
    const from = landmarks[at]
    if (from === undefined || from.row >= end) break
    const bytes = await readRange(source.file.path, from.byte, (landmarks[at + 1]?.byte ?? fileEnd) - from.byte)
    let row = from.row
    for (const record of readRecords(bytes.toString('utf8'), source)) {
      if (record.blank && source.names.length > 1) continue
      if (row >= end) break
      if (row >= offset) page.push(record.cells)
      row += 1
    }
  }
  return page
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

/** The first rows, with null for a missing value. */
export async function previewRows(source: TableSource, limit: number): Promise<(string | null)[][]> {
  const rows = await readPage(source, 0, limit)
  return rows.map((cells) => cells.map((cell) => (kindOf(cell) === 'missing' ? null : cell)))
}
