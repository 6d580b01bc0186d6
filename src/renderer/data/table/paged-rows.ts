import { isPlain, plainView, type TablePage, type TableView, type TableWindow } from '../../../shared/table/view'

export type PageRow = TablePage['rows'][number]
export interface Range {
  readonly from: number
  /** Not included. */
  readonly to: number
}

export interface PagedRowsOptions {
  readonly columns: number
  /** Rows of the table, all of which a plain view shows. */
  readonly rows: number
  fetch(view: TableView, window: TableWindow, signal: AbortSignal): Promise<TablePage>
  /** Rows came, or a view did. */
  changed(): void
  /** A page or a view could not be had. */
  failed(error: unknown, view: TableView): void
}

export const PAGE_ROWS = 100
export const PAGE_COLUMNS = 64
/** Pages that are kept: at most 410,000 cells. */
const MOST_PAGES = 64

/**
 * The rows of a view, fetched in pages as they come into sight. One page is under way at a time, and the next one is
 * chosen when it comes: what was scrolled past meanwhile is never asked for. The old view stays until the first page of a
 * new one is there.
 */
export class PagedRows {
  /** The view whose rows these are. */
  view: TableView = plainView
  /** Rows of that view. */
  shown: number
  /** The view that was asked for and is not here yet. */
  pending: TableView | null = null
  private readonly pages = new Map<number, TablePage['rows']>()
  private readonly refused = new Set<number>()
  private rowsInSight: Range = { from: 0, to: 0 }
  private columnsInSight: Range = { from: 0, to: 0 }
  private busy = false
  /** Gives up what is being fetched. */
  private controller = new AbortController()
  private closed = false

  constructor(private readonly options: PagedRowsOptions) {
    this.shown = options.rows
  }

  /** Show another view, from its start. */
  show(view: TableView): void {
    this.pending = view
    // Sorting or searching a large table takes a while, and nobody waits for the old view any more.
    this.controller.abort()
    void this.fetchMore()
  }

  /** What is in sight: its pages are fetched, the first rows first. One that failed is tried again when it comes back. */
  see(rows: Range, columns: Range): void {
    this.rowsInSight = rows
    this.columnsInSight = columns
    const inSight = new Set(this.inSight().map(({ page, columns: at }) => keyOf(page, at)))
    for (const key of this.refused) if (!inSight.has(key)) this.refused.delete(key)
    void this.fetchMore()
  }

  close(): void {
    this.closed = true
    this.controller.abort()
  }

  /** Row of the table (from 1) at a place of the view; null while unknown. */
  rowAt(position: number): number | null {
    if (isPlain(this.view)) return position + 1
    const page = Math.floor(position / PAGE_ROWS)
    for (let columns = 0; columns * PAGE_COLUMNS < this.options.columns; columns++) {
      const row = this.pages.get(keyOf(page, columns))?.[position % PAGE_ROWS]
      if (row !== undefined) return row.row
    }
    return null
  }

  /** A cell's text, null for a missing value, undefined while unknown. */
  cellAt(position: number, column: number): string | null | undefined {
    const page = this.pages.get(keyOf(Math.floor(position / PAGE_ROWS), Math.floor(column / PAGE_COLUMNS)))
    return page?.[position % PAGE_ROWS]?.cells[column % PAGE_COLUMNS]
  }

  private async fetchMore(): Promise<void> {
    if (this.busy) return
    this.busy = true
    while (!this.closed) {
      const wanted = this.next()
      if (wanted === null) break
      const { view, page, columns } = wanted
      const { signal } = (this.controller = new AbortController())
      try {
        const got = await this.options.fetch(view, windowOf(page, columns, this.options.columns), signal)
        this.take(view, page, columns, got)
      } catch (error) {
        if (signal.aborted) continue
        this.refuse(view, page, columns, error)
      }
    }
    this.busy = false
  }

  private take(view: TableView, page: number, columns: number, got: TablePage): void {
    if (this.closed) return
    if (this.pending !== null) {
      // A page of a view that was replaced meanwhile says nothing about the one that is waited for.
      if (this.pending !== view) return
      this.pending = null
      this.pages.clear()
      this.refused.clear()
      this.view = view
      this.rowsInSight = { from: 0, to: this.rowsInSight.to - this.rowsInSight.from }
    }
    this.shown = got.shown
    this.keep(keyOf(page, columns), got.rows)
    this.options.changed()
  }

  private refuse(view: TableView, page: number, columns: number, error: unknown): void {
    if (this.closed) return
    if (this.pending === view) this.pending = null
    else if (this.pending !== null) return
    else this.refused.add(keyOf(page, columns))
    this.options.failed(error, view)
  }

  /** What to fetch now: a new view's first page, or the first page in sight that is not here. */
  private next(): { view: TableView; page: number; columns: number } | null {
    if (this.pending !== null) {
      return { view: this.pending, page: 0, columns: Math.floor(this.columnsInSight.from / PAGE_COLUMNS) }
    }
    for (const { page, columns } of this.inSight()) {
      const key = keyOf(page, columns)
      if (!this.pages.has(key) && !this.refused.has(key)) return { view: this.view, page, columns }
    }
    return null
  }

  private inSight(): { page: number; columns: number }[] {
    const { from, to } = this.rowsInSight
    const columnPages = pagesOf(this.columnsInSight, PAGE_COLUMNS)
    return pagesOf({ from, to: Math.min(this.shown, to) }, PAGE_ROWS).flatMap((page) =>
      columnPages.map((columns) => ({ page, columns }))
    )
  }

  /** The page that came first goes first; those in sight are far fewer than what is kept. */
  private keep(key: number, rows: TablePage['rows']): void {
    this.pages.delete(key)
    this.pages.set(key, rows)
    for (const oldest of this.pages.keys()) {
      if (this.pages.size <= MOST_PAGES) break
      this.pages.delete(oldest)
    }
  }
}

/** One number for a page of rows and one of columns; a table has at most 20,000 columns. */
const keyOf = (page: number, columns: number): number => page * 1024 + columns

function windowOf(page: number, columns: number, count: number): TableWindow {
  const from = columns * PAGE_COLUMNS
  return {
    offset: page * PAGE_ROWS,
    limit: PAGE_ROWS,
    columns: { from, to: Math.min(count, from + PAGE_COLUMNS) }
  }
}

function pagesOf({ from, to }: Range, size: number): number[] {
  const pages: number[] = []
  for (let page = Math.floor(from / size); page * size < to; page++) pages.push(page)
  return pages
}
