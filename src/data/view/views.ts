import { LaminaError } from '../../shared/errors'
import { isPlain, type TablePage, type TableView, type TableWindow } from '../../shared/table/view'
import type { Database } from '../database'
import { isMissing, readRows } from '../reading/pages'
import type { Table } from '../reading/table'
import { columnAt, conditionsOf, searchConditions } from './conditions'

/** The rows of the last view: its row i (from 0) holds the rowid of the table's row at place i. */
const INDEX = 'view_rows'
/** Rows found by a search in some of the columns. */
const FOUND = 'found_rows'
/** Columns that a statement searches: it takes memory for each of them. */
const SEARCHED_COLUMNS = 500

interface IndexedView {
  readonly table: Table
  readonly key: string
  readonly shown: number
}

/**
 * Tables sorted and filtered for looking at. Only the places of rows are sorted, 8 bytes a row, and only of one view: the
 * last one asked for. The cells come from the file, as they stand there.
 */
export class TableViews {
  private indexed: IndexedView | null = null

  constructor(private readonly database: Database) {}

  /**
   * Some rows of a view, fewer at its end.
   * @throws LaminaError `invalidArgument` for columns the table lacks, or a filter that does not suit its column
   */
  async page(table: Table, view: TableView, { offset, limit, columns }: TableWindow): Promise<TablePage> {
    if (columns.from > columns.to || columns.to > table.columns.length) {
      throw new LaminaError(
        'invalidArgument',
        `Columns ${columns.from} to ${columns.to} were asked for; "${table.source.name}" has ${table.columns.length}.`,
        { columns }
      )
    }
    const shown = await this.show(table, view)
    const rows = isPlain(view)
      ? consecutive(offset, Math.min(shown, offset + limit))
      : await this.indexedRows(offset, limit)
    const cells = await readRows(table.source, rows)
    return {
      shown,
      rows: rows.map((row, at) => ({
        row: row + 1,
        cells: (cells[at] ?? [])
          .slice(columns.from, columns.to)
          .map((cell) => (isMissing(cell, table.missingWords) ? null : cell))
      }))
    }
  }

  /** The place of a row of the table (from 1) in a view (from 0), or null when it is not there. */
  async place(table: Table, view: TableView, row: number): Promise<number | null> {
    const shown = await this.show(table, view)
    if (isPlain(view)) return row <= shown ? row - 1 : null
    const [found] = await this.database.rows(`SELECT rowid FROM ${INDEX} WHERE row = ${row - 1}`)
    return found === undefined ? null : Number(found[0])
  }

  /** Give back what was kept for any other table. */
  async keepOnly(table: Table): Promise<void> {
    if (this.indexed !== null && this.indexed.table !== table) await this.drop()
  }

  /** Make a view the one that is indexed. @returns how many rows it has */
  private async show(table: Table, view: TableView): Promise<number> {
    if (isPlain(view)) {
      await this.drop()
      return table.rows
    }
    const key = JSON.stringify(view)
    if (this.indexed?.table === table && this.indexed.key === key) return this.indexed.shown
    const conditions = conditionsOf(table, view)
    const order = orderOf(table, view)
    await this.drop()
    await this.index(
      table,
      conditions,
      view.search === '' ? [] : searchConditions(table, view.search, SEARCHED_COLUMNS),
      order
    )
    const [[shown] = []] = await this.database.rows(`SELECT count(*) FROM ${INDEX}`)
    this.indexed = { table, key, shown: Number(shown) }
    return this.indexed.shown
  }

  /** @param searches a row is wanted when one of them holds; all rows are when there are none */
  private async index(
    table: Table,
    conditions: readonly string[],
    searches: readonly string[],
    order: string
  ): Promise<void> {
    const rows = (of: readonly string[]): string => {
      const where = of.map((condition) => `(${condition})`).join(' AND ')
      return `SELECT rowid AS row FROM ${table.id}${of.length === 0 ? '' : ` WHERE ${where}`}`
    }
    if (searches.length <= 1) {
      await this.database.run(`CREATE TABLE ${INDEX} AS ${rows([...conditions, ...searches])}${order}`)
      return
    }
    await this.database.drop(FOUND)
    await this.database.run(`CREATE TABLE ${FOUND} (row BIGINT)`)
    for (const search of searches) await this.database.run(`INSERT INTO ${FOUND} ${rows([...conditions, search])}`)
    const found = `rowid IN (SELECT row FROM ${FOUND})`
    await this.database.run(`CREATE TABLE ${INDEX} AS ${rows([found])}${order === '' ? ' ORDER BY rowid' : order}`)
    await this.database.drop(FOUND)
  }

  private async drop(): Promise<void> {
    this.indexed = null
    await this.database.drop(INDEX, FOUND)
  }

  private async indexedRows(offset: number, limit: number): Promise<number[]> {
    const found = await this.database.rows(
      `SELECT row FROM ${INDEX} WHERE rowid >= ${offset} AND rowid < ${offset + limit} ORDER BY rowid`
    )
    return found.map(([row]) => Number(row))
  }
}

/** Without a sort, rows keep the order of the file by themselves. */
function orderOf(table: Table, { sort }: TableView): string {
  if (sort === null) return ''
  const direction = sort.direction === 'ascending' ? 'ASC' : 'DESC'
  return ` ORDER BY ${columnAt(table, sort.column).id} ${direction} NULLS LAST, rowid`
}

function consecutive(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)
}
