import type { DialectOverrides } from '../../../shared/table/dialect'
import { detectLayout, type Layout } from './layout'
import type { TextRecord } from './records'

/** A carriage return with a line feed behind it, and either alone. */
const kinds = { '\r\n': /\r\n/g, '\n': /(?<!\r)\n/g, '\r': /\r(?!\n)/g } as const
type LineEnd = keyof typeof kinds
const isLineEnd = (text: string): text is LineEnd => text in kinds

/**
 * Line ends of another kind than those of the rows may stand in cells that nobody put in quotes: where rows only fit when
 * they end with the most frequent kind, and every row that becomes whole by it stands between others.
 * @param layout when any line end ends a row
 * @returns the layout when one kind ends rows; null where that explains nothing
 */
export function withEndsInCells(
  text: string,
  whole: boolean,
  { layout, lead }: { readonly layout: Layout; readonly lead: number },
  overrides: DialectOverrides
): { layout: Layout; lead: number } | null {
  const { format, columns, records } = layout
  const fits = ({ cells, problem }: TextRecord): boolean => cells.length === columns && problem === null
  if (overrides.lineEnd !== undefined || format.wrapped === true || columns === 1 || records.every(fits)) return null
  const counted = Object.keys(kinds)
    .filter(isLineEnd)
    .map((end) => ({ end, count: text.match(kinds[end])?.length ?? 0 }))
  const [most, next] = counted.sort((a, b) => b.count - a.count)
  if (most === undefined || next === undefined || next.count === 0) return null
  const { delimiter, quote, escape } = format
  const found = detectLayout(text, whole, { delimiter, quote, escape, lineEnd: most.end })
  if (found?.layout.columns !== columns) return null
  const ends = new Map(records.map((record) => [record.start, record.end]))
  const starts = found.layout.records.map(({ start }) => start)
  const joined = found.layout.records.filter(({ start, end }) => ends.get(start) !== end)
  const isWhole = (record: TextRecord): boolean =>
    fits(record) &&
    record.start !== starts[0] &&
    record.start !== starts.at(-1) &&
    records.some((part) => part.start >= record.start && part.end <= record.end && !fits(part))
  return joined.length > 0 && joined.every(isWhole) ? { layout: found.layout, lead } : null
}
