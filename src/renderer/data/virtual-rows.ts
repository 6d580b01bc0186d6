/** Rows of one height, one of which may be opened to show more below it. All lengths in pixels. */
export interface VirtualRows {
  readonly count: number
  readonly rowHeight: number
  /** The row that is opened, and how much higher it is. */
  readonly open: { readonly index: number; readonly height: number } | null
}

/** Where a row begins; the end of all rows for `index` = count. */
export function topOf({ rowHeight, open }: VirtualRows, index: number): number {
  return index * rowHeight + (open !== null && index > open.index ? open.height : 0)
}

/** The row at a height; beyond the last one, as if there were more. */
export function rowAt({ rowHeight, open }: VirtualRows, y: number): number {
  if (open === null || y < (open.index + 1) * rowHeight) return Math.floor(y / rowHeight)
  return Math.max(open.index, Math.floor((y - open.height) / rowHeight))
}
