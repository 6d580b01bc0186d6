/** Browsers cut elements off at about 16 million pixels (Firefox) or 33 million (Chromium, less when zoomed). */
export const MOST_PIXELS = 8_000_000

/**
 * Scrolling over more rows than an element can be high. Places are pixels in a list of full height; the scroll bar moves
 * over an element of bounded height, on which places are spread evenly. Any place can be shown exactly: the scroll bar
 * only mirrors it.
 */
export class ScrollScale {
  /** Height of all rows in pixels. */
  readonly content: number
  /** Height of the element that stands for them. */
  readonly height: number
  /** Whether the scroll bar moves less than the rows do. */
  readonly scaled: boolean

  /** @param viewport height in which rows are seen, in pixels */
  constructor(
    readonly rows: number,
    readonly rowHeight: number,
    readonly viewport: number,
    mostPixels = MOST_PIXELS
  ) {
    this.content = rows * rowHeight
    this.height = Math.min(this.content, Math.max(viewport, mostPixels))
    this.scaled = this.content > this.height
  }

  /** The last place that can be at the top. */
  get lastTop(): number {
    return Math.max(0, this.content - this.viewport)
  }

  /** The place at the top for a position of the scroll bar. */
  topAt(scrollTop: number): number {
    const way = this.height - this.viewport
    return way <= 0 ? 0 : this.clamped(this.scaled ? (scrollTop / way) * this.lastTop : scrollTop)
  }

  /** Where the scroll bar belongs for a place at the top. */
  scrollTopFor(top: number): number {
    return this.lastTop === 0 ? 0 : (this.clamped(top) / this.lastTop) * (this.height - this.viewport)
  }

  clamped(top: number): number {
    return Math.min(this.lastTop, Math.max(0, top))
  }

  /** The place at the top that is nearest to `top` and shows a row whole. */
  revealing(row: number, top: number): number {
    const start = row * this.rowHeight
    return this.clamped(Math.max(start + this.rowHeight - this.viewport, Math.min(top, start)))
  }

  /** Rows that are seen, at least in part, and `spare` more on either side. */
  visible(top: number, spare = 0): { from: number; to: number } {
    return {
      from: Math.max(0, Math.floor(top / this.rowHeight) - spare),
      to: Math.min(this.rows, Math.ceil((top + this.viewport) / this.rowHeight) + spare)
    }
  }
}
