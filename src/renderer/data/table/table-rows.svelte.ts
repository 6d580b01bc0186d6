import type { OpenDataset } from '../../../shared/contract'
import { messageOf } from '../../../shared/errors'
import { isPlain, plainView, type ColumnFilter, type TableView } from '../../../shared/table/view'
import { session } from '../../state/session.svelte'
import { formatCount } from '../../training/format'
import { ColumnLayout } from './column-layout'
import { PagedRows, type Range } from './paged-rows'

/** A place in the grid; row −1 is the heading. */
export interface Place {
  readonly row: number
  readonly column: number
}

/** What the table view shows of one open table: rows as they come, the view asked for, the cell that has the focus. */
export class TableRows {
  layout = $state.raw<ColumnLayout>(ColumnLayout.of([], []))
  readonly #paged: PagedRows
  /** Counts what came: whatever reads rows reads this first. */
  #version = $state(0)
  /** The view asked for; the rows of an earlier one are shown until its own are here. */
  wanted = $state.raw<TableView>(plainView)
  /** Why a view, a row or some rows could not be had, in words. */
  problem = $state<string | null>(null)
  active = $state.raw<Place>({ row: 0, column: 0 })
  /** Counts how often the active cell was to be brought into sight and given the focus. */
  calls = $state(0)

  constructor(private readonly opened: () => OpenDataset) {
    const { rows, preview } = this.table
    this.layout = ColumnLayout.of(this.columns, preview)
    this.#paged = new PagedRows({
      columns: this.columns.length,
      rows,
      fetch: (view, window, signal) =>
        session.request('dataset.view', { dataset: this.opened().id, view, window }, { signal }),
      changed: () => {
        this.#version += 1
      },
      failed: (error) => {
        this.problem = messageOf(error)
        this.wanted = this.#paged.pending ?? this.#paged.view
        this.#version += 1
      }
    })
  }

  get table(): OpenDataset['table'] {
    return this.opened().table
  }
  get columns(): OpenDataset['table']['columns'] {
    return this.table.columns
  }
  /** The view whose rows are shown. */
  get view(): TableView {
    return this.#seen().view
  }
  /** How many rows it has. */
  get shown(): number {
    return this.#seen().shown
  }
  /** What is being done to show another view, in words; null when nothing is. */
  get work(): string | null {
    const { pending, view } = this.#seen()
    if (pending === null || this.wanted === view) return null
    return pending.sort !== null && pending.sort !== view.sort ? 'Sorting…' : 'Filtering…'
  }

  rowAt(position: number): number | null {
    return this.#seen().rowAt(position)
  }

  /** A cell's text, null for a missing value, undefined while unknown. */
  cellAt(position: number, column: number): string | null | undefined {
    const cell = this.#seen().cellAt(position, column)
    // The first rows came with the table.
    return cell === undefined && isPlain(this.view) ? this.table.preview[position]?.[column] : cell
  }

  see(rows: Range, columns: Range): void {
    this.#paged.see(rows, columns)
  }

  /** Sort by a column: upwards, then downwards, then not at all. */
  cycleSort(column: number): void {
    const { sort } = this.wanted
    const direction = sort?.column !== column ? 'ascending' : sort.direction === 'ascending' ? 'descending' : null
    this.#show({ ...this.wanted, sort: direction === null ? null : { column, direction } })
  }

  search(text: string): void {
    if (text !== this.wanted.search) this.#show({ ...this.wanted, search: text })
  }

  filter(filter: ColumnFilter): void {
    this.#show({ ...this.wanted, filters: [...this.wanted.filters, filter] })
  }

  removeFilter(filter: ColumnFilter): void {
    this.#show({ ...this.wanted, filters: this.wanted.filters.filter((other) => other !== filter) })
  }

  reset(): void {
    this.#show(plainView)
  }

  /** Go to a row of the table, by its number from 1, wherever the view has it. */
  async jumpTo(row: number): Promise<void> {
    this.problem = null
    const view = this.view
    try {
      const { position } = await session.request('dataset.place', { dataset: this.opened().id, view, row })
      if (view !== this.view) return
      if (position === null) {
        this.problem = `Row ${formatCount(row)} is not among the rows shown: a filter leaves it out.`
        return
      }
      this.active = { row: position, column: this.active.column }
      this.callActive()
    } catch (error) {
      this.problem = messageOf(error)
    }
  }

  /** Bring the active cell into sight and give it the focus. */
  callActive(): void {
    this.calls += 1
  }

  close(): void {
    this.#paged.close()
  }

  #show(view: TableView): void {
    this.problem = null
    this.wanted = view
    this.#paged.show(view)
    this.#version += 1
  }

  #seen(): PagedRows {
    void this.#version
    return this.#paged
  }
}
