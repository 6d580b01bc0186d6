import { describe, expect, it } from 'vitest'
import type { PreparedSummary } from '../../../src/shared/dataset'
import type { PreparedFeature } from '../../../src/shared/prepared'
import { preparationSteps } from '../../../src/shared/preparation-steps'

const number = (column: string, filled = 0): PreparedFeature => ({
  column,
  kind: 'numeric',
  scaling: 'robust',
  mean: 0,
  scale: 1,
  missing: 3,
  filled
})
const category = (column: string, inputs: number, distinct = inputs, filled = 0): PreparedFeature => ({
  column,
  kind: 'categorical',
  missing: 'a',
  inputs,
  distinct,
  filled
})
const summary = (changes: Partial<PreparedSummary> = {}): PreparedSummary => ({
  id: 'x',
  tableSha256: '',
  tableRows: 1500,
  rows: { train: 1200, validation: 300, test: 0 },
  droppedRows: 0,
  inputs: 1,
  outputs: 1,
  task: 'regression',
  inputNames: [],
  outputNames: [],
  features: [number('age')],
  classCounts: [],
  warnings: [],
  ...changes
})
const plain = (value: number): string => String(value)

describe('the steps of a preparation', () => {
  it('leave out what had nothing to do', () => {
    expect(preparationSteps(summary(), plain)).toEqual([
      { name: 'Read', text: '1500 rows' },
      { name: 'Split', text: '1200 training, 300 validation' },
      { name: 'Numbers', text: '1 column, robust scaling' },
      { name: 'Encoded', text: '1 input, 1 output' }
    ])
  })

  it('tell everything else in the order it is done, numbers as they are written there', () => {
    const features = [
      number('age', 7),
      number('fare'),
      category('sex', 2),
      category('town', 100, 734, 2),
      ...['a', 'b', 'c'].map((column) => category(column, 3))
    ]
    const steps = preparationSteps(
      summary({ droppedRows: 1, rows: { train: 1000, validation: 300, test: 199 }, inputs: 113, outputs: 3, features }),
      (value) => value.toLocaleString('en')
    )
    expect(steps).toEqual([
      { name: 'Read', text: '1,500 rows' },
      { name: 'Left out', text: '1 row with missing values' },
      { name: 'Split', text: '1,000 training, 300 validation, 199 test' },
      { name: 'Filled in', text: '9 cells: age 7, town 2' },
      { name: 'Numbers', text: '2 columns, robust scaling' },
      { name: 'Categories', text: 'one-hot, 111 inputs: sex 2, town 100 of 734, a 3, b 3, and 1 more' },
      { name: 'Encoded', text: '113 inputs, 3 outputs' }
    ])
  })

  it('tell what became of booleans, orders and dates', () => {
    const features: PreparedFeature[] = [
      { column: 'member', kind: 'boolean', missing: 1, filled: 2 },
      {
        column: 'size',
        kind: 'ordinal',
        order: ['S', 'M', 'L'],
        scaling: 'minMax',
        mean: 0,
        scale: 2,
        missing: null,
        filled: 0
      },
      {
        column: 'when',
        kind: 'date',
        order: 'ymd',
        scaling: 'minMax',
        parts: [{ part: 'time', mean: 1, scale: 2 }, { part: 'weekday' }],
        missing: null,
        filled: 0
      }
    ]
    expect(preparationSteps(summary({ features, inputs: 5 }), plain).slice(2)).toEqual([
      { name: 'Filled in', text: '2 cells: member 2' },
      { name: 'Yes or no', text: '0 and 1: member' },
      { name: 'Ordered', text: 'ranks, min–max scaling: size 3' },
      { name: 'Dates', text: 'when as time, weekday' },
      { name: 'Encoded', text: '5 inputs, 1 output' }
    ])
  })
})
