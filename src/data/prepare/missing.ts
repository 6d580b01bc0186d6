import { readBlocks } from '../blocks'
import type { Database } from '../database'
import { LaminaError } from '../../shared/errors'
import type { MissingPolicy } from '../../shared/design/schema'
import type { Table, TableColumn } from '../reading/table'
import type { FeatureRole, TargetRole } from './roles'

export interface UsableRows {
  /** 1 for every row that is used; null when all are. */
  readonly usable: Uint8Array | null
  readonly dropped: number
  /** Dropped because a target had no value. */
  readonly withoutTarget: number
}

/**
 * Which rows take part. A row without a target can teach nothing and is always left out; one without a feature only
 * under `dropRow`.
 * @throws LaminaError `invalidData` for the first missing value under `error`, and when no row is left
 */
export async function usableRows(
  database: Database,
  table: Table,
  features: readonly FeatureRole[],
  targets: readonly TargetRole[],
  policy: MissingPolicy
): Promise<UsableRows> {
  const incomplete = (roles: readonly (FeatureRole | TargetRole)[]): TableColumn[] =>
    roles.map((role) => role.column).filter((column) => column.missing > 0)
  const targetColumns = incomplete(targets)
  const featureColumns = incomplete(features)
  if (policy === 'error') refuseMissing(table, featureColumns, targetColumns)
  const decisive = policy === 'dropRow' ? featureColumns : []
  if (targetColumns.length === 0 && decisive.length === 0) return { usable: null, dropped: 0, withoutTarget: 0 }
  // A column in memory is read as it is, which is NaN where a value is missing; of others the database tells where.
  const presence = (column: TableColumn): string =>
    table.stored?.holds(column) === true ? column.id : `CASE WHEN ${column.id} IS NOT NULL THEN 0::DOUBLE END`
  const usable = new Uint8Array(table.rows)
  let dropped = 0
  let withoutTarget = 0
  const missingIn = (columns: readonly Float64Array[], row: number): boolean =>
    columns.some((cells) => Number.isNaN(cells[row]))
  for await (const block of readBlocks(database, [...targetColumns, ...decisive].map(presence), table)) {
    const ofTargets = block.columns.slice(0, targetColumns.length)
    const ofFeatures = block.columns.slice(targetColumns.length)
    for (let i = 0; i < block.rows; i++) {
      const noTarget = missingIn(ofTargets, i)
      if (noTarget) withoutTarget += 1
      if (noTarget || missingIn(ofFeatures, i)) dropped += 1
      else usable[block.start + i] = 1
    }
  }
  if (dropped === table.rows) {
    const columns = [...targetColumns, ...decisive].map((column) => `"${column.name}"`)
    throw new LaminaError(
      'invalidData',
      `No row of "${table.source.name}" is left: each of its ${table.rows} rows lacks a value in ${columns.join(' or ')}. Leave such a column out, or choose to fill in missing values.`,
      { file: table.source.stamp.path, rows: table.rows }
    )
  }
  return { usable, dropped, withoutTarget }
}

function refuseMissing(table: Table, features: readonly TableColumn[], targets: readonly TableColumn[]): void {
  const columns = [...targets, ...features]
  if (columns.length === 0) return
  const first = columns.reduce((a, b) =>
    b.firstMissing < a.firstMissing || (b.firstMissing === a.firstMissing && b.index < a.index) ? b : a
  )
  const count = columns.reduce((sum, column) => sum + column.missing, 0)
  const where = `row ${first.firstMissing}, column "${first.name}"`
  const what =
    count === 1
      ? `has a missing value: ${where}`
      : `has ${count} missing values in the columns used, the first in ${where}`
  const advice = targets.includes(first)
    ? 'A target cannot be filled in: choose "drop the row" for missing values, or complete the table.'
    : 'Choose to drop such rows, or to fill in the mean, the median or the most frequent value; or complete the table.'
  throw new LaminaError('invalidData', `"${table.source.name}" ${what}. ${advice}`, {
    file: table.source.stamp.path,
    row: first.firstMissing,
    column: first.name,
    count
  })
}
