/** Drawn where a cell's text goes on in a line of its own. */
const LINE_MARK = '↵'

/**
 * A cell's text as a row of the grid shows it: no line of it goes unseen without a mark.
 * @param characters how many fit; of what is far longer only the beginning is handed to the browser
 */
export function inOneLine(cell: string, characters: number): string {
  const shown = cell.length > 4 * characters ? cell.slice(0, 4 * characters) : cell
  return /[\r\n]/.test(shown) ? shown.replace(/\r\n|[\r\n]/g, LINE_MARK) : shown
}
