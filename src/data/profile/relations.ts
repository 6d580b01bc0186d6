import type { DatasetSettings } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import {
  asTarget,
  settingOf,
  type ColumnSetting,
  type DateOrder,
  type TargetType
} from '../../shared/table/column-types'
import type { Relation, Relations, TargetRelations } from '../../shared/table/relations'
import type { TableWarning, ValueCount } from '../../shared/table/warnings'
import type { Database } from '../database'
import { daysOf, numbersOf } from '../encode/column-values'
import { suggestNames } from '../near-names'
import { columnFor, type Table, type TableColumn } from '../reading/table'
import { judgeColumn, targetTypeOf, typeOf } from './judge'
import { leakageWarnings, type Evidence } from './leakage'
import { correlationRatio, cramersV, type Group } from './measures'
import { SHOWN_CATEGORIES, type ColumnSurvey } from './survey'
import { percent } from './words'

/** Beyond this, categories are names. */
const MAX_CATEGORIES = 10_000
/** Columns of one query: each brings two or three aggregates. */
const COLUMNS_AT_ONCE = 50
/** Classes whose numbers of rows differ by more than this factor are imbalanced. */
const IMBALANCE = 10

/** What may be said about columns beforehand: the targets, and types a person chose. */
export type RelationSettings = Pick<DatasetSettings, 'targets' | 'columns'>

/** A column and what it is taken as. */
interface Side {
  readonly survey: ColumnSurvey
  readonly column: TableColumn
  readonly type: TargetType
  /** As SQL: a DOUBLE for numbers, anything with an order for categories; NULL for a missing value. */
  readonly value: string
  /** Whether it can be related to anything: not empty, not names of rows, not prose. */
  readonly comparable: boolean
}

/**
 * What every column has to do with each target.
 * @throws LaminaError `invalidDesign` for a target the table does not have
 */
export async function relationsOf(
  database: Database,
  table: Table,
  surveys: readonly ColumnSurvey[],
  settings: RelationSettings,
  onProgress: (fraction: number) => void
): Promise<Relations> {
  const targets: TargetRelations[] = []
  const warnings: TableWarning[] = []
  for (const [index, name] of settings.targets.entries()) {
    const survey = requireTarget(table, surveys, name)
    const chosen = settingOf(settings.columns, name)
    const judged =
      chosen === undefined ? targetTypeOf(survey) : { type: asTarget(chosen.type), evidence: 'you chose it' }
    const target = sideOf(table, survey, judged.type, null)
    const others = surveys
      .filter((other) => other !== survey)
      .map((other) => featureSide(table, other, settingOf(settings.columns, other.column.name)))
    const evidence = await relate(database, table, target, others, (done) =>
      onProgress((index + done) / settings.targets.length)
    )
    const balance = target.type === 'categorical' ? await classBalance(database, table, target) : null
    targets.push({
      target: name,
      type: target.type,
      evidence: judged.evidence,
      classes: balance === null ? null : { distinct: balance.distinct, top: balance.top },
      relations: others.map(({ column }) => relationOf(column, evidence))
    })
    // One target may well follow from another; that is no leak.
    const features = evidence.filter(({ column }) => !settings.targets.includes(column.name))
    warnings.push(...(await leakageWarnings(database, table, target.column, features)))
    if (balance !== null && target.comparable) warnings.push(...imbalance(name, balance))
  }
  return { targets, warnings }
}

function requireTarget(table: Table, surveys: readonly ColumnSurvey[], name: string): ColumnSurvey {
  const found = surveys.find((survey) => survey.column.name === name)
  if (found !== undefined) return found
  const names = table.columns.map((column) => column.name)
  throw new LaminaError(
    'invalidDesign',
    `"${table.source.name}" has no column "${name}", which is chosen as a target.${suggestNames(name, names)}`,
    { file: table.source.stamp.path, column: name }
  )
}

/** A column that may explain a target: dates as days, booleans as they stand, ordered categories as categories. */
function featureSide(table: Table, survey: ColumnSurvey, setting: ColumnSetting | undefined): Side {
  const type = setting?.type ?? typeOf(survey).type
  const chosen = setting?.type === 'date' && setting.dateOrder !== 'auto' ? setting.dateOrder : null
  const order = type === 'date' && survey.storage === 'text' ? (chosen ?? survey.dates?.order ?? null) : null
  const isNumber = type === 'numeric' || order !== null || (type === 'boolean' && survey.storage === 'number')
  return sideOf(table, survey, isNumber ? 'numeric' : 'categorical', order)
}

/** @param order of dates, which are then compared as days */
function sideOf(table: Table, survey: ColumnSurvey, type: TargetType, order: DateOrder | null): Side {
  const { present } = survey
  const column = columnFor(survey.column, type)
  const numbers = order === null ? numbersOf(table, column) : daysOf(column, order)
  // What cannot be read arrives as Infinity, and says as little here as a missing value.
  const value = type === 'numeric' ? `nullif(${numbers}, 'Infinity'::DOUBLE)` : column.id
  const names = column.storage === 'text' && type === 'categorical' && judgeColumn(survey) !== null
  return { survey, column, type, value, comparable: present > 0 && !names }
}

function relationOf(column: TableColumn, evidence: readonly Evidence[]): Relation {
  const found = evidence.find((one) => one.column === column)
  if (found === undefined) throw new Error(`Column "${column.name}" was not related to the target.`)
  return { column: column.name, measure: found.measure, value: found.value }
}

async function relate(
  database: Database,
  table: Table,
  target: Side,
  others: readonly Side[],
  onProgress: (fraction: number) => void
): Promise<Evidence[]> {
  const evidence: Evidence[] = []
  const add = (...found: readonly Evidence[]): void => {
    evidence.push(...found)
    onProgress(evidence.length / others.length)
  }
  const comparable = target.comparable ? others.filter((side) => side.comparable) : []
  for (const side of others) if (!comparable.includes(side)) add(nothing(target, side))
  const numbers = comparable.filter((side) => side.type === 'numeric')
  for (let from = 0; from < numbers.length; from += COLUMNS_AT_ONCE) {
    const some = numbers.slice(from, from + COLUMNS_AT_ONCE)
    add(
      ...(target.type === 'numeric'
        ? await correlations(database, table, target, some)
        : await meansByClass(database, table, target, some))
    )
  }
  for (const side of comparable.filter(({ type }) => type === 'categorical')) {
    add(
      target.type === 'numeric'
        ? await meansByCategory(database, table, target, side)
        : await contingency(database, table, target, side)
    )
  }
  return evidence.sort((a, b) => a.column.index - b.column.index)
}

function nothing(target: Side, side: Side): Evidence {
  const both = new Set([target.type, side.type])
  const measure = both.size === 2 ? 'correlationRatio' : both.has('numeric') ? 'pearson' : 'cramersV'
  return { column: side.column, measure, value: null, supported: false, determines: false }
}

/** Pearson's r, which DuckDB computes by updating means and co-moments (Welford), not by sums of squares. */
async function correlations(
  database: Database,
  table: Table,
  target: Side,
  sides: readonly Side[]
): Promise<Evidence[]> {
  const each = sides.map(({ value }) => `corr(${target.value}, ${value}), regr_count(${target.value}, ${value})`)
  const [found = []] = await database.rows(`SELECT ${each.join(', ')} FROM ${table.id}`)
  return sides.map(({ survey, column }, index) => {
    const r = found[2 * index]
    const value = typeof r === 'number' && Number.isFinite(r) ? Math.max(-1, Math.min(1, r)) : null
    const supported = isSupported(survey, Number(found[2 * index + 1]), 2)
    return { column, measure: 'pearson', value, supported, determines: false }
  })
}

/** η of a categorical target and columns of numbers, in one pass. */
async function meansByClass(
  database: Database,
  table: Table,
  target: Side,
  sides: readonly Side[]
): Promise<Evidence[]> {
  const each = sides.map(({ value }) => `count(${value}), avg(${value}), var_pop(${value})`)
  const classes = await database.rows(
    `SELECT ${each.join(', ')} FROM ${table.id} WHERE ${target.value} IS NOT NULL GROUP BY ${target.value} LIMIT ${MAX_CATEGORIES + 1}`
  )
  const evidence: Evidence[] = []
  for (const [index, side] of sides.entries()) {
    const groups = classes.map((found) => groupOf(found.slice(3 * index, 3 * index + 3)))
    const { survey, column } = side
    const value = classes.length > MAX_CATEGORIES ? null : correlationRatio(groups)
    const supported = isSupported(survey, rowsOf(groups), classes.length)
    const determines = value !== null && (await fewValuesDetermine(database, table, target, side))
    evidence.push({ column, measure: 'correlationRatio', value, supported, determines })
  }
  return evidence
}

/** η of a numeric target and a column of categories. */
async function meansByCategory(database: Database, table: Table, target: Side, side: Side): Promise<Evidence> {
  const { value: y } = target
  const found = await database.rows(
    `SELECT count(${y}), avg(${y}), var_pop(${y}) FROM ${table.id} WHERE ${side.value} IS NOT NULL GROUP BY ${side.value} LIMIT ${MAX_CATEGORIES + 1}`
  )
  const groups = found.map(groupOf)
  const value = found.length > MAX_CATEGORIES ? null : correlationRatio(groups)
  const supported = isSupported(side.survey, rowsOf(groups), found.length)
  return { column: side.column, measure: 'correlationRatio', value, supported, determines: false }
}

/** Cramér's V of two sets of categories, counted by the database; its tables may be large. */
async function contingency(database: Database, table: Table, target: Side, side: Side): Promise<Evidence> {
  const [[n, r, c, square] = []] = await database.rows(
    `WITH joint AS MATERIALIZED (
       SELECT ${side.value} AS f, ${target.value} AS t, count(*)::DOUBLE AS n FROM ${table.id}
       WHERE f IS NOT NULL AND t IS NOT NULL GROUP BY f, t
     ),
     by_f AS (SELECT f, sum(n) AS n FROM joint GROUP BY f),
     by_t AS (SELECT t, sum(n) AS n FROM joint GROUP BY t)
     SELECT (SELECT sum(n) FROM joint), (SELECT count(*) FROM by_f), (SELECT count(*) FROM by_t),
       (SELECT sum(joint.n / by_f.n * joint.n / by_t.n) FROM joint JOIN by_f USING (f) JOIN by_t USING (t))`
  )
  const [count, rows, columns] = [Number(n), Number(r), Number(c)]
  const tooMany = Math.max(rows, columns) > MAX_CATEGORIES
  const phiSquared = Number(square) - 1
  const value = tooMany ? null : cramersV({ count, rows, columns, phiSquared })
  // Where every value goes with one class, each cell is a whole row of the table, and φ² is c − 1, its largest.
  const determines = columns > 1 && columns - 1 - phiSquared < 1e-9
  const supported = isSupported(side.survey, count, Math.max(rows, columns))
  return { column: side.column, measure: 'cramersV', value, supported, determines }
}

/** Whether each of a column's few numbers goes with one class; a sample says no for most, at little cost. */
async function fewValuesDetermine(database: Database, table: Table, target: Side, side: Side): Promise<boolean> {
  const { survey } = side
  if (survey.storage === 'text' || survey.few === null || !isSupported(survey, survey.present, survey.few.size))
    return false
  for (const sample of [` AND rowid < 10000`, '']) {
    const [[alone] = []] = await database.rows(
      `SELECT bool_and(first = last) FROM (
         SELECT min(${target.value}) AS first, max(${target.value}) AS last FROM ${table.id}
         WHERE ${target.value} IS NOT NULL AND ${side.value} IS NOT NULL${sample} GROUP BY ${side.value}
       )`
    )
    if (alone === false) return false
  }
  return true
}

const LEAST_ROWS = 10
const LEAST_ROWS_PER_CATEGORY = 5
/** Whether there are rows enough to take a perfect relation for more than chance, of a column that may be a feature. */
function isSupported(survey: ColumnSurvey, rows: number, categories: number): boolean {
  return judgeColumn(survey) === null && rows >= Math.max(LEAST_ROWS, LEAST_ROWS_PER_CATEGORY * categories)
}

function groupOf([count, mean, variance]: readonly unknown[]): Group {
  return { count: Number(count), mean: Number(mean ?? 0), variance: Number(variance ?? 0) }
}

function rowsOf(groups: readonly Group[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0)
}

interface Balance {
  readonly distinct: number
  /** The most frequent first. */
  readonly top: ValueCount[]
  readonly smallest: ValueCount
  /** Rows with a class. */
  readonly rows: number
}

async function classBalance(database: Database, table: Table, { value }: Side): Promise<Balance> {
  const found = await database.rows(
    `WITH classes AS MATERIALIZED (SELECT ${value} AS class, count(*) AS n FROM ${table.id} WHERE class IS NOT NULL GROUP BY class),
     rarest AS (SELECT class, n FROM classes ORDER BY n, class DESC LIMIT 1)
     SELECT class, n, (SELECT count(*) FROM classes), (SELECT sum(n) FROM classes), (SELECT class FROM rarest), (SELECT n FROM rarest)
     FROM classes ORDER BY n DESC, class LIMIT ${SHOWN_CATEGORIES}`
  )
  const [, , distinct = 0, rows = 0, rarest = '', least = 0] = found[0] ?? []
  return {
    distinct: Number(distinct),
    top: found.map(([value, n]) => ({ value: textOf(value), count: Number(n) })),
    smallest: { value: textOf(rarest), count: Number(least) },
    rows: Number(rows)
  }
}

/** A class as text; −0 is the number 0. */
function textOf(value: unknown): string {
  return value === 0 ? '0' : String(value)
}

function imbalance(target: string, { top, smallest, rows }: Balance): TableWarning[] {
  const [largest] = top
  if (largest === undefined || largest.count <= IMBALANCE * smallest.count) return []
  return [
    {
      kind: 'imbalance',
      columns: [target],
      message: `Classes of the target "${target}" are imbalanced: ${largest.count} rows are "${largest.value}", ${smallest.count} ${smallest.count === 1 ? 'is' : 'are'} "${smallest.value}".`,
      advice: `Always answering "${largest.value}" is right for ${percent(largest.count / rows)} of the rows, so accuracy alone says little. Judge every class by its own results, and collect more rows of the rare ones or let them count more in the loss (class weights).`,
      largest,
      smallest
    }
  ]
}
