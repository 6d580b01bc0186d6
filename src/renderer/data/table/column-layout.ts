/** Width of a character of the table's font, at its size, in pixels. */
const CHARACTER = 7
/** Room beside the text: padding on both sides. */
const PADDING = 20
/** Room in a heading for the marks of a sort and a filter. */
const MARKS = 40
const NARROWEST = 64
const WIDEST = 260

/** How wide the columns of a table are drawn, from what its first rows hold: rows that come later move nothing. */
export class ColumnLayout {
  /** Where each column starts, in pixels; one more than there are columns. */
  private readonly starts: Float64Array

  constructor(names: readonly string[], preview: readonly (readonly (string | null)[])[]) {
    this.starts = new Float64Array(names.length + 1)
    names.forEach((name, index) => {
      const longest = preview.reduce((most, cells) => Math.max(most, (cells[index] ?? '').length), 0)
      const wanted = Math.max(name.length * CHARACTER + MARKS, longest * CHARACTER) + PADDING
      this.starts[index + 1] = this.start(index) + Math.min(WIDEST, Math.max(NARROWEST, wanted))
    })
  }

  get count(): number {
    return this.starts.length - 1
  }

  get width(): number {
    return this.start(this.count)
  }

  start(column: number): number {
    return this.starts[column] ?? 0
  }

  widthOf(column: number): number {
    return this.start(column + 1) - this.start(column)
  }

  /** How many characters fit into a cell. */
  charactersOf(column: number): number {
    return Math.floor((this.widthOf(column) - PADDING) / CHARACTER)
  }

  /** Columns that are seen, at least in part, between two places, and `spare` more on either side. */
  visible(left: number, right: number, spare = 0): { from: number; to: number } {
    const first = this.at(left)
    const last = this.at(Math.max(left, right - 1))
    return { from: Math.max(0, first - spare), to: Math.min(this.count, last + 1 + spare) }
  }

  /** The place at the left that is nearest to `left` and shows a column whole, or its start when it is too wide. */
  revealing(column: number, left: number, viewport: number): number {
    return Math.max(0, Math.min(Math.max(left, this.start(column + 1) - viewport), this.start(column)))
  }

  /** The column at a place. */
  private at(x: number): number {
    let low = 0
    let high = this.count
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.start(middle) <= x) low = middle
      else high = middle
    }
    return low
  }
}
