import type { TableWarning } from '../../shared/table/warnings'
import type { Database } from '../database'
import type { Table, TableColumn } from '../reading/table'
import { judgeColumn } from './judge'
import { copiedColumns, duplicateRows, type Distinct } from './repeats'
import type { Shape } from './shape'
import type { ColumnSurvey, NumberSurvey, TextSurvey } from './survey'
import { figure, figuredList, percent, plural, quotedList } from './words'

/** From this share of missing values on, what fills them in is a large part of the column. */
const MUCH_MISSING = 0.3
/** More categories than that make many inputs, most of them for few rows. */
const MANY_CATEGORIES = 50
/** Columns whose sizes differ by this factor cannot share one learning rate unscaled. */
const LARGE_RATIO = 10_000

/**
 * What a person should know about a table before training on it, whatever the target is. Most of it follows from what
 * the profile has found; repeated rows, copies and the places of outliers take a pass over the table each.
 */
export async function tableWarnings(
  database: Database,
  table: Table,
  surveys: readonly ColumnSurvey[],
  shapes: ReadonlyMap<TableColumn, Shape>
): Promise<TableWarning[]> {
  const judged = surveys.map((survey) => ({ survey, kind: judgeColumn(survey)?.kind ?? null }))
  const of = (...kinds: readonly (typeof judged)[number]['kind'][]): ColumnSurvey[] =>
    judged.filter(({ kind }) => kinds.includes(kind)).map(({ survey }) => survey)
  const usable = of(null)
  const numbers = usable.filter((survey) => survey.storage === 'number')
  const distinctOf = new Map(
    surveys.map((survey): [TableColumn, Distinct] => {
      if (survey.storage === 'text') return [survey.column, { distinct: survey.distinct, exact: true }]
      const { distinct = 0, distinctExact: exact = false } = shapes.get(survey.column) ?? {}
      return [survey.column, { distinct, exact }]
    })
  )
  const found = [
    emptyColumns(of('empty')),
    constantColumns(of('constant')),
    identifiers(of('identifier', 'free text')),
    await duplicateRows(database, table, (column) => distinctOf.get(column) ?? { distinct: 0, exact: false }),
    ...(await copiedColumns(database, table, surveys)),
    missingValues(usable, table.rows),
    manyCategories(usable.filter((survey) => survey.storage === 'text')),
    differentScales(numbers),
    await outliers(database, table, numbers, shapes)
  ]
  return found.filter((warning) => warning !== null)
}

function emptyColumns(surveys: readonly ColumnSurvey[]): TableWarning | null {
  if (surveys.length === 0) return null
  const columns = namesOf(surveys)
  return {
    kind: 'empty',
    columns,
    message: `${quotedList(columns)} ${surveys.length === 1 ? 'has' : 'have'} no value in any row.`,
    advice: 'There is nothing to learn from. Such columns are left out and cannot be used.'
  }
}

function constantColumns(surveys: readonly ColumnSurvey[]): TableWarning | null {
  if (surveys.length === 0) return null
  const columns = namesOf(surveys)
  return {
    kind: 'constant',
    columns,
    message: `${quotedList(columns)} ${surveys.length === 1 ? 'has' : 'have'} one value only.`,
    advice: 'What never changes explains nothing. Such columns are left out unless you choose them.'
  }
}

function identifiers(surveys: readonly ColumnSurvey[]): TableWarning | null {
  if (surveys.length === 0) return null
  const columns = namesOf(surveys)
  return {
    kind: 'identifier',
    columns,
    message: `${quotedList(columns)} ${surveys.length === 1 ? 'names' : 'name'} the rows or ${surveys.length === 1 ? 'describes' : 'describe'} them in free text.`,
    advice:
      'A network would learn the training rows by heart from them and know nothing about new ones. Such columns are left out unless you choose them.'
  }
}

function missingValues(surveys: readonly ColumnSurvey[], rows: number): TableWarning | null {
  const much = surveys
    .map((survey) => ({ survey, share: survey.column.missing / rows }))
    .filter(({ share }) => share >= MUCH_MISSING)
    .sort((a, b) => b.share - a.share)
  if (much.length === 0) return null
  const columns = namesOf(much.map(({ survey }) => survey))
  const shares = much.map(({ share }) => share)
  return {
    kind: 'missing',
    columns,
    message: `Many values are missing: ${figuredList(columns, shares.map(percent))}.`,
    advice: `Filled in, so large a part of a column is made up; dropping the rows would lose at least ${percent(Math.max(...shares))} of them. Leave such a column out, or find out why its values are missing.`,
    shares
  }
}

function manyCategories(surveys: readonly TextSurvey[]): TableWarning | null {
  const many = surveys.filter(({ distinct }) => distinct > MANY_CATEGORIES).sort((a, b) => b.distinct - a.distinct)
  if (many.length === 0) return null
  const columns = namesOf(many)
  const distinct = many.map((survey) => survey.distinct)
  return {
    kind: 'manyCategories',
    columns,
    message: `There are many categories: ${figuredList(
      columns,
      distinct.map((count) => `${count} categories`)
    )}.`,
    advice:
      'Each becomes an input of its own, and most of them stand in few rows to learn from. Allow fewer categories in the preparation, group rare ones in the file, or leave the column out.',
    distinct
  }
}

/** Compares root mean squares, √(μ² + σ²): what a column contributes to a unit's score before anything is learned. */
function differentScales(surveys: readonly NumberSurvey[]): TableWarning | null {
  const sizes = surveys
    .map(({ column, mean, standardDeviation }) => ({ column, size: Math.hypot(mean, standardDeviation) }))
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size)
  const [largest, smallest] = [sizes.at(0), sizes.at(-1)]
  if (largest === undefined || smallest === undefined) return null
  const ratio = largest.size / smallest.size
  if (ratio < LARGE_RATIO) return null
  return {
    kind: 'scale',
    columns: [largest.column.name, smallest.column.name],
    message: `Values of "${largest.column.name}" (about ${figure(largest.size)}) are ${figure(ratio)} times as large as those of "${smallest.column.name}" (about ${figure(smallest.size)}).`,
    advice: 'Unscaled, the large column drowns the small one and training is unstable. Keep scaling on.',
    ratio
  }
}

async function outliers(
  database: Database,
  table: Table,
  surveys: readonly NumberSurvey[],
  shapes: ReadonlyMap<TableColumn, Shape>
): Promise<TableWarning | null> {
  const far = surveys.flatMap(({ column, min, max }) => {
    const shape = shapes.get(column)
    if (shape === undefined || shape.farOut === 0) return []
    return [{ column, count: shape.farOut, value: shape.median - min > max - shape.median ? min : max }]
  })
  if (far.length === 0) return null
  const rows = await firstRowsOf(database, table, far)
  const found = far.map(({ count, value }, index) => ({ count, value, row: (rows[index] ?? 0) + 1 }))
  const columns = far.map(({ column }) => column.name)
  return {
    kind: 'outliers',
    columns,
    message: `Values lie far out, more than 20 interquartile ranges from the median: ${figuredList(
      columns,
      found.map(({ count, value, row }) => `${plural(count, 'value')}, like ${figure(value)} in row ${row}`)
    )}.`,
    advice:
      'A few such values decide mean, scale and gradient. Correct them if they are mistakes; if they are real, choose robust scaling, or use the logarithm of the column.',
    outliers: found
  }
}

/** The first row, from 0, that holds a number in a column. */
async function firstRowsOf(
  database: Database,
  table: Table,
  wanted: readonly { readonly column: TableColumn; readonly value: number }[]
): Promise<number[]> {
  const { stored } = table
  if (stored !== null && wanted.every(({ column }) => stored.holds(column)))
    return wanted.map(({ column, value }) => stored.firstRow(column, value))
  // A float64 in SQL, exactly: String gives the shortest text that reads back as the same number.
  const places = wanted.map(({ column, value }) => `min(rowid) FILTER (WHERE ${column.id} = '${value}'::DOUBLE)`)
  const [rowids = []] = await database.rows(`SELECT ${places.join(', ')} FROM ${table.id}`)
  return rowids.map(Number)
}

function namesOf(surveys: readonly ColumnSurvey[]): string[] {
  return surveys.map((survey) => survey.column.name)
}
