import type { TableWarning } from '../../shared/table/warnings'
import type { Database } from '../database'
import type { Table, TableColumn } from '../reading/table'
import type { ColumnSurvey } from './survey'
import { plural, quotedList } from './words'

/** How many different values a column has, and whether that was counted rather than estimated. */
export interface Distinct {
  readonly distinct: number
  readonly exact: boolean
}

const EXAMPLE_GROUPS = 3
const EXAMPLE_ROWS = 3

/**
 * Rows that are the same in every column. Hashes of the columns with the most different values find the suspects; only
 * those are compared cell by cell, so no two rows are called the same because their hashes happen to be.
 */
export async function duplicateRows(
  database: Database,
  table: Table,
  distinctOf: (column: TableColumn) => Distinct
): Promise<TableWarning | null> {
  const telling = tellingColumns(table, distinctOf)
  if (telling === null) return null
  const { stored } = table
  if (stored !== null && telling.every((column) => stored.holds(column)) && !(await stored.seemsRepeated(telling)))
    return null
  const idOf = (column: TableColumn): string => (column.asText ?? column).id
  const hash = `hash(${telling.map(idOf).join(', ')})`
  const suspects = `SELECT ${hash} AS h FROM ${table.id} GROUP BY h HAVING count(*) > 1`
  const [[suspected] = []] = await database.rows(`SELECT count(*) FROM (${suspects})`)
  if (Number(suspected) === 0) return null
  const cells = table.columns.map(idOf).join(', ')
  const found = await database.rows(
    `WITH same AS MATERIALIZED (
       SELECT count(*) AS n, min(rowid, ${EXAMPLE_ROWS}) AS first_rows FROM ${table.id}
       WHERE ${hash} IN (${suspects}) GROUP BY ${cells} HAVING count(*) > 1
     )
     SELECT (SELECT sum(n) - count(*) FROM same), (SELECT count(*) FROM same), first_rows[1], first_rows[2], first_rows[3]
     FROM same ORDER BY first_rows LIMIT ${EXAMPLE_GROUPS}`
  )
  const [first] = found
  if (first === undefined) return null
  const rows = Number(first[0])
  const examples = found.map((group) =>
    group.slice(2).flatMap((rowid) => (typeof rowid === 'bigint' ? [Number(rowid) + 1] : []))
  )
  const [original = 1, repeated = 1] = examples[0] ?? []
  return {
    kind: 'duplicateRows',
    columns: [],
    message: `${plural(rows, 'row')} ${rows === 1 ? 'repeats' : 'repeat'} an earlier row in every column, for example row ${repeated} (the same as row ${original}).`,
    advice:
      'Copies of a row can fall into training and test rows alike and make a network look better than it is. Remove them from the file, unless equal rows were really observed more than once.',
    rows,
    groups: Number(first[1]),
    examples
  }
}

/**
 * The columns with the most different values, as many as it takes to tell rows apart that differ somewhere; null when one
 * column alone is different in every row.
 */
function tellingColumns(table: Table, distinctOf: (column: TableColumn) => Distinct): TableColumn[] | null {
  const byDistinct = table.columns
    .map((column) => ({ column, ...distinctOf(column) }))
    .sort((a, b) => b.distinct - a.distinct)
  if (byDistinct.some(({ distinct, exact, column }) => exact && distinct === table.rows && column.missing === 0))
    return null
  // Were the columns independent, so many combinations would leave hardly two of n rows equal by chance (n²/2 pairs).
  const enough = 2 * Math.log(table.rows) + Math.log(100)
  let combinations = 0
  return byDistinct.flatMap(({ column, distinct }) => {
    if (combinations >= enough) return []
    combinations += Math.log(Math.max(1, distinct))
    return [column]
  })
}

/** Columns that hold the same as another one in every row; constants do not count. */
export async function copiedColumns(
  database: Database,
  table: Table,
  surveys: readonly ColumnSurvey[]
): Promise<TableWarning[]> {
  const suspects = [...groupedBy(surveys.filter(varies), looksOf).values()].filter((group) => group.length > 1).flat()
  if (suspects.length === 0) return []
  const columns = suspects.map((survey) => survey.column)
  const hashes = columns.map(({ id }) => `bit_xor(hash(${id}, rowid))`)
  const [prints = []] = await database.rows(`SELECT ${hashes.join(', ')} FROM ${table.id}`)
  const alike = groupedBy(columns, (column) => `${column.storage} ${String(prints[columns.indexOf(column)])}`)
  const warnings: TableWarning[] = []
  for (const [first, ...others] of alike.values()) {
    if (first === undefined || others.length === 0) continue
    const copies = await equalColumns(database, table, first, others)
    if (copies.length > 0) warnings.push(copiesOf(first, copies))
  }
  return warnings
}

/** Those of the others that hold the same as a column in every row. */
export async function equalColumns(
  database: Database,
  table: Table,
  column: TableColumn,
  others: readonly TableColumn[]
): Promise<TableColumn[]> {
  const comparable = others.filter((other) => other.storage === column.storage)
  if (comparable.length === 0) return []
  const differ = comparable.map(({ id }) => `bool_or(${id} IS DISTINCT FROM ${column.id})`)
  const [found = []] = await database.rows(`SELECT ${differ.join(', ')} FROM ${table.id}`)
  return comparable.filter((_, index) => found[index] === false)
}

function copiesOf(first: TableColumn, copies: readonly TableColumn[]): TableWarning {
  const names = copies.map((column) => column.name)
  const what = copies.length === 1 ? 'holds' : 'hold'
  return {
    kind: 'copies',
    columns: [first.name, ...names],
    message: `${quotedList(names)} ${what} the same as "${first.name}" in every row.`,
    advice: 'A copy adds weights to the network and nothing to what it knows. Leave out all but one of them.'
  }
}

function varies(survey: ColumnSurvey): boolean {
  return survey.present > 0 && (survey.storage === 'number' ? survey.min < survey.max : survey.distinct > 1)
}

/** What copies have in common for certain; looking at it costs nothing and rules out nearly every other pair. */
function looksOf(survey: ColumnSurvey): string {
  const { present } = survey
  return survey.storage === 'number'
    ? JSON.stringify([present, survey.min, survey.max, survey.mean, survey.standardDeviation])
    : JSON.stringify([present, survey.distinct, survey.top.slice(0, 5)])
}

function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
