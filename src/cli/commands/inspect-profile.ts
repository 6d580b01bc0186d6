import { asTarget } from '../../shared/table/column-types'
import type { ColumnSummary } from '../../shared/table/profile'
import type { Relation, RelationMeasure, Relations, TargetRelations } from '../../shared/table/relations'
import type { TableWarning, ValueCount } from '../../shared/table/warnings'
import { alignedTable, count, measure, shortened } from '../text'

const SHOWN_CATEGORIES = 4
const NAME_WIDTH = 40
const symbols: Readonly<Record<RelationMeasure, string>> = {
  pearson: "Pearson's r",
  correlationRatio: 'correlation ratio η',
  cramersV: "Cramér's V"
}

/** A line for every column: type, missing and distinct values, range or categories. */
export function describeColumns(columns: readonly ColumnSummary[]): string {
  const head = ['Column', 'Type', 'Missing', 'Distinct', 'Values', 'Note']
  const rows = columns.map((column) => [
    shortened(column.name, NAME_WIDTH),
    column.type,
    count(column.missing),
    `${column.distinctExact ? '' : '≈ '}${count(column.distinct)}`,
    valuesOf(column),
    noteOf(column)
  ])
  return alignedTable([head, ...rows], ['left', 'left', 'right', 'right', 'left', 'left'])
}

/** What matters for training, each with what to do about it. */
export function describeWarnings(warnings: readonly TableWarning[]): string {
  return warnings.map(({ message, advice }) => `Warning: ${message} ${advice}\n`).join('')
}

/** What every column has to do with the targets, the strongest first. */
export function describeRelations({ targets, warnings }: Relations): string {
  return [...targets.map(describeTarget), describeWarnings(warnings)].filter((part) => part !== '').join('\n')
}

function describeTarget({ target, evidence, classes, relations }: TargetRelations): string {
  const strongest = [...relations].sort((a, b) => strength(b) - strength(a))
  const rows = strongest.map(({ column, measure: how, value }) => [
    shortened(column, NAME_WIDTH),
    value === null ? '–' : value.toFixed(4),
    symbols[how]
  ])
  const balance =
    classes === null
      ? `a number: ${evidence}`
      : `${count(classes.distinct)} ${classes.distinct === 1 ? 'class' : 'classes'}: ${listed(classes.top, classes.distinct)}; ${evidence}`
  return `Relation to the target ${shortened(target, NAME_WIDTH)} (${balance})\n\n${alignedTable([['Column', 'Relation', 'Measure'], ...rows], ['left', 'right', 'left'])}`
}

/** How much a column says, whichever way it points; −1 where nothing can be said. */
function strength({ value }: Relation): number {
  return value === null ? -1 : Math.abs(value)
}

function valuesOf({ type, numeric, date, categories, distinct }: ColumnSummary): string {
  if (date !== null && date.first !== null && date.last !== null) return `${date.first} … ${date.last}`
  if (type === 'numeric' && numeric !== null) {
    const { min, max, mean, median, standardDeviation } = numeric
    return `${measure(min)} … ${measure(max)}, mean ${measure(mean)}, median ${measure(median)}, sd ${measure(standardDeviation)}`
  }
  return listed(categories, distinct)
}

function listed(values: readonly ValueCount[], distinct: number): string {
  const shown = values
    .slice(0, SHOWN_CATEGORIES)
    .map(({ value, count: rows }) => `${shortened(value, 20)} (${count(rows)})`)
  return distinct > shown.length ? `${shown.join(', ')}, …` : shown.join(', ')
}

function noteOf({ excluded, type, evidence, targetType }: ColumnSummary): string {
  if (excluded !== null) return `left out of features: ${excluded}${type === 'date' ? ` (${evidence})` : ''}`
  return targetType === asTarget(type) ? '' : `as a target: ${targetType === 'categorical' ? 'classes' : 'numbers'}`
}
