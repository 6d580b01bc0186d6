import type { Database } from '../database'
import type { PreparedManifest, SplitName } from '../../shared/prepared'
import { categoryText, numbersOf } from '../encode/column-values'
import type { Table } from '../reading/table'
import type { StoredColumns } from '../stored-columns'
import type { FeatureRole } from './roles'
import { parts, type Split } from './split'

const SAMPLES = 5

/** The first rows of validation (of training when there is none) as they stand in the table: inputs of test vectors. */
export async function sampleRows(
  database: Database,
  table: Table,
  features: readonly FeatureRole[],
  split: Split
): Promise<PreparedManifest['samples']> {
  const name: SplitName = split.counts.validation > 0 ? 'validation' : 'train'
  const rows: number[] = []
  for (let row = 0; row < table.rows && rows.length < SAMPLES; row++)
    if (split.parts[row] === parts[name]) rows.push(row)
  const { stored } = table
  const isStored = ({ column, reading }: FeatureRole): boolean =>
    stored?.holds(column) === true && (column.storage === 'number' || reading.kind !== 'numeric')
  if (stored !== null && features.every(isStored))
    return rows.map((row, index) => ({
      split: name,
      index,
      row: row + 1,
      values: Object.fromEntries(features.map((role) => [role.column.name, storedValue(stored, role, row)]))
    }))
  const values = features.map(({ column, reading }) =>
    reading.kind === 'numeric' ? numbersOf(table, column) : column.id
  )
  const found = await database.rows(
    `SELECT ${values.join(', ')} FROM ${table.id} WHERE rowid IN (${rows.join(', ')}) ORDER BY rowid`
  )
  return found.map((cells, index) => ({
    split: name,
    index,
    row: (rows[index] ?? 0) + 1,
    values: Object.fromEntries(
      features.map(({ column, reading }, at) => {
        const cell = cells[at]
        if (cell === null || cell === undefined) return [column.name, null]
        return [column.name, reading.kind === 'numeric' ? Number(cell) : categoryText(cell)]
      })
    )
  }))
}

/** As the database has it, too: a number where a number is read, else a text. */
function storedValue(stored: StoredColumns, { column, reading }: FeatureRole, row: number): number | string | null {
  const cell = new Float64Array(1)
  stored.read(column, row, cell, 1)
  const [value = Number.NaN] = cell
  if (Number.isNaN(value)) return null
  if (column.storage === 'text') return stored.texts(column).values[value] ?? null
  return reading.kind === 'numeric' ? value : categoryText(value)
}
