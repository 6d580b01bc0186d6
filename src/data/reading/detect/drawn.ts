import type { TextFormat } from './records'

/** What is looked at. */
const LINES = 100
/** The line below the names is among the first ones; so many of the others hold as many bars. */
const FIRST_LINES = 3
const LEAST_SHARE = 0.8

/** A line of a drawing rather than of a table: dashes, with bars or crosses where columns meet. */
export const isRule = (line: string): boolean => /^[-=+|: \t]*$/.test(line) && /[-=]{2}/.test(line) && /[+|]/.test(line)

/** A table that is drawn with bars and dashes, by a database's command line or in Markdown: not what stands between its cells, but how it is read. */
const drawn: TextFormat = { delimiter: '|', quote: '', escape: 'doubled', runs: false, spaced: false, drawn: true }

/** @returns how it is read, or null for any other text */
export function drawnFormat(text: string): TextFormat | null {
  const lines = text.split(/\r\n|\n|\r/, LINES).filter((line) => line.trim() !== '')
  if (!lines.slice(0, FIRST_LINES).some(isRule)) return null
  const rows = lines.filter((line) => !isRule(line))
  const bars = rows.map((line) => line.split('|').length - 1)
  const usual = bars[0] ?? 0
  const alike = bars.filter((count) => count === usual).length
  return usual > 0 && rows.length > 1 && alike >= LEAST_SHARE * rows.length ? drawn : null
}

/** The cells of a line, without what is drawn around them. */
export function drawnCells(cells: readonly string[]): string[] {
  const isFramed = cells.length > 2 && cells[0]?.trim() === '' && cells.at(-1)?.trim() === ''
  return (isFramed ? cells.slice(1, -1) : cells).map((cell) => cell.trim())
}
