import { readBlocks } from '../blocks'
import type { Database } from '../database'
import type { DateProfile } from '../../shared/table/profile'
import { Moments } from '../moments'
import { inLanes } from '../lanes'
import { byCodePoint } from '../encode/column-values'
import type { Table, TableColumn } from '../reading/table'
import type { StoredTexts } from '../stored-columns'
import { recognizeDates } from './dates'

/** How many of the most frequent values are told. */
export const SHOWN_CATEGORIES = 50

export interface CategoryCount {
  readonly value: string
  readonly count: number
}

export interface NumberSurvey {
  readonly storage: 'number'
  readonly column: TableColumn
  readonly present: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly standardDeviation: number
  /** All values are whole numbers. */
  readonly integer: boolean
  /** The values are 0, 1, 2, … or 1, 2, 3, … in the order of the rows. */
  readonly countsRows: boolean
  /** Rows by value, the values ascending; null when there are more than SHOWN_CATEGORIES. */
  readonly few: ReadonlyMap<number, number> | null
}

export interface TextSurvey {
  readonly storage: 'text'
  readonly column: TableColumn
  readonly present: number
  readonly distinct: number
  /** Characters of a value on average. */
  readonly meanLength: number
  /** The most frequent first, then by code point. */
  readonly top: readonly CategoryCount[]
  /** Null unless every value is a date. */
  readonly dates: DateProfile | null
}

/** From so many columns on, … */
const MANY_COLUMNS = 200
/** … and up to so many rows, the texts of several columns are counted together. */
const FEW_ROWS = 2048
const COLUMNS_TOGETHER = 100

export type ColumnSurvey = NumberSurvey | TextSurvey

/** What every column holds, as far as settings can be checked and features chosen with it. */
export async function surveyTable(
  database: Database,
  table: Table,
  onProgress: (fraction: number) => void
): Promise<ColumnSurvey[]> {
  const numbers = table.columns.filter((column) => column.storage === 'number')
  const texts = table.columns.filter((column) => column.storage === 'text')
  const share = numbers.length / table.columns.length
  const surveys = new Map<number, ColumnSurvey>()
  for (const survey of await surveyNumbers(database, table, numbers, (done) => onProgress(done * share))) {
    surveys.set(survey.column.index, survey)
  }
  const together = table.rows <= FEW_ROWS && table.columns.length > MANY_COLUMNS ? COLUMNS_TOGETHER : 1
  for (let from = 0; from < texts.length; from += together) {
    const columns = texts.slice(from, from + together)
    const counts =
      together > 1
        ? await countFewTexts(database, table, columns)
        : await Promise.all(columns.map((column) => countTexts(database, table, column)))
    for (const [index, column] of columns.entries()) {
      const count = counts[index]
      if (count !== undefined) surveys.set(column.index, await surveyText(database, table, column, count))
    }
    onProgress(share + ((1 - share) * (from + columns.length)) / texts.length)
  }
  return table.columns.flatMap((column) => surveys.get(column.index) ?? [])
}

async function surveyNumbers(
  database: Database,
  table: Table,
  columns: readonly TableColumn[],
  onProgress: (fraction: number) => void
): Promise<NumberSurvey[]> {
  if (columns.length === 0) return []
  const { stored } = table
  if (stored !== null && columns.every((column) => stored.holds(column))) {
    const surveys = new Map<TableColumn, NumberSurvey>()
    await inLanes(columns, async (column) => {
      const { count, few, ...survey } = await stored.survey(column, SHOWN_CATEGORIES)
      const values = few === null ? null : pairs(few)
      surveys.set(column, { storage: 'number', column, ...survey, present: count, few: values })
      onProgress(surveys.size / columns.length)
    })
    return columns.flatMap((column) => surveys.get(column) ?? [])
  }
  const collectors = columns.map((column) => new NumberCollector(column))
  const values = columns.map((column) => column.id)
  for await (const block of readBlocks(database, values, table)) {
    for (const [index, collector] of collectors.entries()) {
      const cells = block.columns[index]
      if (cells !== undefined) collector.add(cells, block.start, block.rows)
    }
    onProgress((block.start + block.rows) / table.rows)
  }
  return collectors.map((collector) => collector.survey(table.rows))
}

function pairs(flat: Float64Array): Map<number, number> {
  return new Map(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? 0, flat[2 * i + 1] ?? 0]))
}

class NumberCollector {
  private readonly moments = new Moments()
  private integer = true
  private first = Number.NaN
  private countsRows = true
  private few: Map<number, number> | null = new Map()

  constructor(private readonly column: TableColumn) {}

  // Most columns lose each of these properties within a few rows, and cost nothing from then on.
  add(cells: Float64Array, start: number, rows: number): void {
    if (start === 0) this.first = cells[0] ?? Number.NaN
    this.moments.add(cells, rows)
    for (let i = 0; this.countsRows && i < rows; i++) this.countsRows = cells[i] === this.first + start + i
    for (let i = 0; this.integer && i < rows; i++) {
      const value = cells[i] ?? Number.NaN
      this.integer = Number.isInteger(value) || Number.isNaN(value)
    }
    for (let i = 0; this.few !== null && i < rows; i++) this.count(this.few, cells[i] ?? Number.NaN)
  }

  private count(few: Map<number, number>, value: number): void {
    if (Number.isNaN(value)) return
    few.set(value, (few.get(value) ?? 0) + 1)
    if (few.size > SHOWN_CATEGORIES) this.few = null
  }

  survey(rows: number): NumberSurvey {
    const { moments, column } = this
    return {
      storage: 'number',
      column,
      present: moments.count,
      min: moments.min,
      max: moments.max,
      mean: moments.mean,
      standardDeviation: moments.standardDeviation,
      integer: this.integer,
      countsRows: this.countsRows && rows > 1 && (this.first === 0 || this.first === 1),
      few: this.few === null ? null : new Map([...this.few].sort(([a], [b]) => a - b))
    }
  }
}

interface TextCounts {
  readonly distinct: number
  readonly meanLength: number
  readonly top: readonly CategoryCount[]
}

async function surveyText(
  database: Database,
  table: Table,
  column: TableColumn,
  { distinct, meanLength, top }: TextCounts
): Promise<TextSurvey> {
  return {
    storage: 'text',
    column,
    present: table.rows - column.missing,
    distinct,
    meanLength,
    top,
    dates: await recognizeDates(database, table, column, top)
  }
}

async function countTexts(database: Database, table: Table, column: TableColumn): Promise<TextCounts> {
  if (table.stored?.holds(column) === true) return countStored(table.stored.texts(column))
  const rows = await database.rows(
    `WITH groups AS MATERIALIZED (SELECT ${column.id} AS value, count(*) AS n FROM ${table.id} WHERE ${column.id} IS NOT NULL GROUP BY 1)
     SELECT value, n, (SELECT count(*) FROM groups), (SELECT sum(n * length(value)) / sum(n) FROM groups)
     FROM groups ORDER BY n DESC, value LIMIT ${SHOWN_CATEGORIES}`
  )
  return {
    distinct: Number(rows[0]?.[2] ?? 0),
    meanLength: Number(rows[0]?.[3] ?? 0),
    top: rows.map(([value, count]) => ({ value: String(value), count: Number(count) }))
  }
}

/** The same of many columns of a few rows: a statement takes longer to prepare, the more columns its table has. */
async function countFewTexts(database: Database, table: Table, columns: readonly TableColumn[]): Promise<TextCounts[]> {
  const rows = await database.rows(`SELECT ${columns.map(({ id }) => id).join(', ')} FROM ${table.id}`)
  return columns.map((_, index) => {
    const groups = new Map<string, number>()
    for (const row of rows) {
      const value = row[index] ?? null
      if (value !== null) groups.set(String(value), (groups.get(String(value)) ?? 0) + 1)
    }
    return countsOf([...groups].map(([value, count]) => ({ value, count })))
  })
}

function countStored({ values, counts }: StoredTexts): TextCounts {
  return countsOf(values.map((value, code) => ({ value, count: counts[code] ?? 0 })))
}

/** @param groups different texts, each at least once */
function countsOf(groups: readonly CategoryCount[]): TextCounts {
  const present = groups.reduce((sum, { count }) => sum + count, 0)
  // In code points, as the database counts them.
  const length = groups.reduce((sum, { value, count }) => sum + count * [...value].length, 0)
  const top = [...groups].sort((a, b) => b.count - a.count || byCodePoint(a.value, b.value))
  return {
    distinct: groups.length,
    meanLength: present === 0 ? 0 : length / present,
    top: top.slice(0, SHOWN_CATEGORIES)
  }
}
