import type { RelationMeasure } from '../../shared/table/relations'
import type { leakages, TableWarning } from '../../shared/table/warnings'
import type { Database } from '../database'
import type { Table, TableColumn } from '../reading/table'
import { equalColumns } from './repeats'
import { figuredList, quotedList } from './words'

/** From here on a relation is no discovery but the same thing twice. */
const ALMOST_PERFECT = 0.999

/** What is known about a column and a target. */
export interface Evidence {
  readonly column: TableColumn
  readonly measure: RelationMeasure
  readonly value: number | null
  /** There are rows enough for a perfect relation not to be chance. */
  readonly supported: boolean
  /** Each of the column's values goes with one class. */
  readonly determines: boolean
}

const symbols: Readonly<Record<RelationMeasure, string>> = {
  pearson: 'r',
  correlationRatio: 'η',
  cramersV: "Cramér's V"
}

const advice =
  'If such a column follows from the target, or is known only after it, the network learns to copy it and fails where it is not known. Leave it out then.'

/** Columns that give the target away: at most one warning for each way of doing so. */
export async function leakageWarnings(
  database: Database,
  table: Table,
  target: TableColumn,
  evidence: readonly Evidence[]
): Promise<TableWarning[]> {
  const suspects = evidence.filter(
    ({ supported, determines, value }) => supported && (determines || Math.abs(value ?? 0) >= ALMOST_PERFECT)
  )
  if (suspects.length === 0) return []
  const columns = suspects.map((one) => one.column)
  const equal = await equalColumns(database, table, target, columns)
  const rest = suspects.filter(({ column }) => !equal.includes(column))
  const determining = rest.filter(({ determines }) => determines)
  const related = rest.filter(({ determines }) => !determines)
  const warning = (
    how: (typeof leakages)[number],
    found: readonly TableColumn[],
    message: (names: readonly string[]) => string
  ): TableWarning[] => {
    const names = found.map((column) => column.name)
    return names.length === 0
      ? []
      : [{ kind: 'leakage', columns: names, message: message(names), advice, target: target.name, how }]
  }
  return [
    ...warning(
      'equals',
      equal,
      (names) =>
        `${quotedList(names)} ${names.length === 1 ? 'equals' : 'equal'} the target "${target.name}" in every row.`
    ),
    ...warning(
      'determines',
      determining.map((one) => one.column),
      (names) => `Each value of ${quotedList(names)} goes with one class of the target "${target.name}" only.`
    ),
    ...warning(
      'related',
      related.map((one) => one.column),
      (names) => {
        const figures = related.map(({ measure, value }) => `${symbols[measure]} = ${(value ?? 0).toFixed(4)}`)
        return `Related almost perfectly to the target "${target.name}": ${figuredList(names, figures)}.`
      }
    )
  ]
}
