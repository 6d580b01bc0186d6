import type { PreparedSummary } from './dataset'
import type { Scaling } from './design/schema'
import type { PreparedFeature } from './prepared'

/** One step on the way from a table to matrices, for people. */
export interface PreparationStep {
  readonly name: string
  readonly text: string
}

/** Columns a step names. */
const MOST_NAMED = 4
const scalingNames: Readonly<Record<Scaling, string>> = {
  standard: 'standard scaling',
  minMax: 'min–max scaling',
  robust: 'robust scaling',
  none: 'as they are'
}

/**
 * What each step of a preparation did: rows read, left out and split, columns turned into inputs, gaps filled in. Steps
 * that had nothing to do are left out.
 * @param count a whole number as it is written where this is shown
 */
export function preparationSteps(summary: PreparedSummary, count: (value: number) => string): PreparationStep[] {
  const { tableRows, droppedRows, rows, features, inputs, outputs } = summary
  const some = (number: number, noun: string): string => `${count(number)} ${noun}${number === 1 ? '' : 's'}`
  const listed = (entries: readonly string[]): string =>
    entries.length > MOST_NAMED
      ? `${entries.slice(0, MOST_NAMED).join(', ')}, and ${count(entries.length - MOST_NAMED)} more`
      : entries.join(', ')
  const ofKind = <K extends PreparedFeature['kind']>(kind: K): Extract<PreparedFeature, { kind: K }>[] =>
    features.filter((feature): feature is Extract<PreparedFeature, { kind: K }> => feature.kind === kind)
  const numbers = ofKind('numeric')
  const categories = ofKind('categorical')
  const booleans = ofKind('boolean')
  const ordered = ofKind('ordinal')
  const dates = ofKind('date')
  const filled = features.filter((feature) => feature.filled > 0)
  const scaled = [...new Set(numbers.map(({ scaling }) => scalingNames[scaling]))].join(', ')
  const width = ({ column, inputs: wide, distinct }: Extract<PreparedFeature, { kind: 'categorical' }>): string =>
    wide < distinct ? `${column} ${count(wide)} of ${count(distinct)}` : `${column} ${count(wide)}`
  const oneHot = categories.reduce((sum, feature) => sum + feature.inputs, 0)
  const cells = filled.reduce((sum, feature) => sum + feature.filled, 0)
  const steps: (PreparationStep | null)[] = [
    { name: 'Read', text: some(tableRows, 'row') },
    droppedRows === 0 ? null : { name: 'Left out', text: `${some(droppedRows, 'row')} with missing values` },
    {
      name: 'Split',
      text: [
        `${count(rows.train)} training`,
        `${count(rows.validation)} validation`,
        ...(rows.test === 0 ? [] : [`${count(rows.test)} test`])
      ].join(', ')
    },
    filled.length === 0
      ? null
      : {
          name: 'Filled in',
          text: `${some(cells, 'cell')}: ${listed(filled.map((feature) => `${feature.column} ${count(feature.filled)}`))}`
        },
    numbers.length === 0 ? null : { name: 'Numbers', text: `${some(numbers.length, 'column')}, ${scaled}` },
    booleans.length === 0
      ? null
      : { name: 'Yes or no', text: `0 and 1: ${listed(booleans.map(({ column }) => column))}` },
    ordered.length === 0
      ? null
      : {
          name: 'Ordered',
          text: `ranks, ${scalingNames[ordered[0]?.scaling ?? 'none']}: ${listed(ordered.map(({ column, order }) => `${column} ${count(order.length)}`))}`
        },
    dates.length === 0
      ? null
      : {
          name: 'Dates',
          text: listed(dates.map(({ column, parts }) => `${column} as ${parts.map(({ part }) => part).join(', ')}`))
        },
    categories.length === 0
      ? null
      : { name: 'Categories', text: `one-hot, ${some(oneHot, 'input')}: ${listed(categories.map(width))}` },
    { name: 'Encoded', text: `${some(inputs, 'input')}, ${some(outputs, 'output')}` }
  ]
  return steps.filter((step) => step !== null)
}
