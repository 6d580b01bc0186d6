import { LISTED_ISSUES, type Issue, type Reading } from '../../shared/table/reading'
import type { Database } from '../database'
import type { NumberMarks } from './cell-kinds'
import { mayBeMixed } from './column-storage'
import { LARGEST_NUMBER } from './load'
import { numberInText } from './numbers-in-text'
import { placesOf, type RowPlace } from './row-places'
import type { TableSource } from './source'
import type { TableColumn } from './table'

/** A column of so many numbers, … */
const LEAST_NUMBERS = 20
/** … this share of all values, is one of numbers; the few texts in it are notes about values that are not there. */
const LEAST_SHARE = 0.95
/** Digits with a letter or two: a name like C536379 or 12a, beside names that happen to be digits only. */
const CODE = '^([A-Za-z]{1,2}[-/ ]?[0-9]+|[0-9]+[-/ ]?[A-Za-z])$'
const SHOWN_CHARACTERS = 80
const NAMED_ROWS = 5

export interface WithNumbers {
  readonly columns: readonly TableColumn[]
  readonly reading: Reading
  readonly notes: readonly string[]
}

/**
 * Make columns numbers that are nearly all numbers: their few texts are missing values from then on, and each of these
 * cells is an issue. The column as text stays beside it, for whoever wants the texts.
 */
export async function takeMixedColumns(
  database: Database,
  table: string,
  source: TableSource,
  columns: readonly TableColumn[],
  marks: NumberMarks
): Promise<WithNumbers> {
  const taken: TableColumn[] = []
  const notes: string[] = []
  const found: { readonly row: number; readonly column: string; readonly text: string }[] = []
  let setMissing = 0
  for (const column of columns) {
    const scan = source.scan.columns[column.index]
    const mixed =
      column.storage === 'text' && scan !== undefined && mayBeMixed(scan, marks)
        ? await takeNumbers(database, table, column, marks)
        : null
    taken.push(mixed ?? column)
    if (mixed === null || mixed.texts === 0) continue
    const cells = await textCells(database, table, mixed, column)
    found.push(...cells.map(({ row, text }) => ({ row, text, column: column.name })))
    setMissing += mixed.texts
    notes.push(noteOf(mixed, cells))
  }
  if (setMissing === 0) return { columns: taken, reading: source.reading, notes }
  const listed = found.sort((a, b) => a.row - b.row).slice(0, LISTED_ISSUES)
  const places = await placesOf(
    source,
    listed.map(({ row }) => row)
  )
  const issues = listed.map(({ row, column, text }) => issueOf(row, column, text, places.get(row) ?? null))
  return { columns: taken, reading: withIssues(source.reading, issues, setMissing), notes }
}

/** @returns the column as numbers, or null when it is not nearly all numbers */
async function takeNumbers(
  database: Database,
  table: string,
  column: TableColumn,
  marks: NumberMarks
): Promise<TableColumn | null> {
  const number = numberInText(column.id, marks)
  const [[numbers, codes, largest, first] = []] = await database.rows(
    `SELECT count(${number}), count(*) FILTER (WHERE regexp_matches(${column.id}, '${CODE}')), max(abs(${number})),
       min(rowid) FILTER (WHERE ${number} IS NULL)
     FROM ${table} WHERE ${column.id} IS NOT NULL`
  )
  const [[present] = []] = await database.rows(`SELECT count(${column.id}) FROM ${table}`)
  const texts = Number(present) - Number(numbers)
  if (Number(numbers) === 0 || Number(largest) > LARGEST_NUMBER) return null
  if (
    texts > 0 &&
    (Number(numbers) < LEAST_NUMBERS || Number(numbers) < LEAST_SHARE * Number(present) || 2 * Number(codes) > texts)
  )
    return null
  const id = `${column.id}_numbers`
  await database.run(`ALTER TABLE ${table} ADD COLUMN ${id} DOUBLE`)
  await database.run(`UPDATE ${table} SET ${id} = ${number}`)
  // All texts were words for a missing value: then these are numbers like any others.
  if (texts === 0) return { ...column, id, storage: 'number' }
  const firstText = Number(first) + 1
  return {
    ...column,
    id,
    storage: 'number',
    missing: column.missing + texts,
    firstMissing: column.firstMissing === 0 ? firstText : Math.min(column.firstMissing, firstText),
    texts,
    asText: column
  }
}

async function textCells(
  database: Database,
  table: string,
  numbers: TableColumn,
  texts: TableColumn
): Promise<{ readonly row: number; readonly text: string }[]> {
  const found = await database.rows(
    `SELECT rowid, ${texts.id} FROM ${table} WHERE ${texts.id} IS NOT NULL AND ${numbers.id} IS NULL
     ORDER BY rowid LIMIT ${LISTED_ISSUES}`
  )
  return found.map(([row, text]) => ({ row: Number(row) + 1, text: String(text) }))
}

function noteOf({ name, texts }: TableColumn, cells: readonly { readonly row: number }[]): string {
  const rows = cells.slice(0, NAMED_ROWS).map(({ row }) => row)
  const where = `row${texts === 1 ? '' : 's'} ${rows.join(', ')}${texts > rows.length ? ', …' : ''}`
  return `Column "${name}" is numbers but for ${texts === 1 ? 'one cell, which is' : `${texts} cells, which are`} set missing (${where}). Make the column categorical to keep the text.`
}

function issueOf(row: number, column: string, text: string, place: RowPlace | null): Issue {
  return {
    kind: 'notANumber',
    row,
    line: place?.line ?? null,
    byte: place?.byte ?? null,
    column,
    found: text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 1)}…` : text,
    expected: 'a number',
    action: 'setMissing'
  }
}

/** Those about rows come in their order, after those about lines beside the rows. */
function withIssues(reading: Reading, issues: readonly Issue[], setMissing: number): Reading {
  const all = [...reading.issues, ...issues].sort((a, b) => (a.row ?? 0) - (b.row ?? 0))
  return {
    ...reading,
    setMissing,
    issueCount: reading.issueCount + setMissing,
    issues: all.slice(0, LISTED_ISSUES)
  }
}
