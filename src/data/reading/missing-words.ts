import type { Database } from '../database'
import { literal } from '../sql'
import { kindOf, numberOf, type NumberMarks } from './cell-kinds'
import type { TableColumn } from './table'

/** Columns that a note names. */
const NAMED_COLUMNS = 5

export interface WithoutWords {
  readonly columns: readonly TableColumn[]
  readonly notes: readonly string[]
}

/**
 * Take more words for missing values than the usual ones, in all columns and in any case. A word that spells a number,
 * like −999, stands for that number however it is written.
 */
export async function setWordsMissing(
  database: Database,
  table: string,
  columns: readonly TableColumn[],
  words: readonly string[],
  marks: NumberMarks
): Promise<WithoutWords> {
  const conditions = columns.map((column) => isWord(column, words, marks))
  if (words.length === 0 || columns.length === 0) return { columns, notes: [] }
  const counts = conditions.map((condition) => `count(*) FILTER (WHERE ${condition})`)
  const [found = []] = await database.rows(`SELECT ${counts.join(', ')} FROM ${table}`)
  const changed = columns.filter((_, index) => Number(found[index]) > 0)
  if (changed.length === 0)
    return { columns, notes: [`${listed(words)} ${words.length === 1 ? 'stands' : 'stand'} in no cell.`] }
  const emptied = columns.flatMap(({ id }, index) =>
    Number(found[index]) > 0 ? [`${id} = CASE WHEN ${conditions[index] ?? 'false'} THEN NULL ELSE ${id} END`] : []
  )
  await database.run(`UPDATE ${table} SET ${emptied.join(', ')}`)
  const firsts = columns.map(({ id }) => `min(rowid) FILTER (WHERE ${id} IS NULL)`)
  const [first = []] = await database.rows(`SELECT ${firsts.join(', ')} FROM ${table}`)
  const cells = found.reduce((sum: number, count) => sum + Number(count), 0)
  const names = changed.slice(0, NAMED_COLUMNS).map(({ name }) => `"${name}"`)
  const more = changed.length - names.length
  return {
    columns: columns.map((column, index) =>
      Number(found[index]) === 0
        ? column
        : { ...column, missing: column.missing + Number(found[index]), firstMissing: Number(first[index]) + 1 }
    ),
    notes: [
      `${listed(words)}: ${cells === 1 ? 'one cell is' : `${cells} cells are`} taken for missing (${names.join(', ')}${more > 0 ? ` and ${more} more columns` : ''}).`
    ]
  }
}

function isWord(column: TableColumn, words: readonly string[], marks: NumberMarks): string {
  if (column.storage === 'text') {
    const list = words.map((word) => literal(word.toLowerCase())).join(', ')
    return `coalesce(list_contains([${list}]::VARCHAR[], lower(${column.id})), false)`
  }
  const numbers = words.filter((word) => kindOf(word) !== 'text').map((word) => numberOf(word, marks))
  const list = numbers.filter(Number.isFinite).map((number) => `'${number}'`)
  return `coalesce(list_contains([${list.join(', ')}]::DOUBLE[], ${column.id}), false)`
}

const listed = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(', ')
