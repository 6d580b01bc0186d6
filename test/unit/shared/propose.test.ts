import { describe, expect, it } from 'vitest'
import type { TableSummary } from '../../../src/shared/dataset'
import type { ColumnSummary } from '../../../src/shared/table/profile'
import { checkNetwork } from '../../../src/shared/network/check'
import { initializerFor, proposeDesign, proposeTarget } from '../../../src/shared/network/propose'
import { certain, csvDialect, soundReading } from '../../support/reading'

const column = (name: string, index: number, more: Partial<ColumnSummary> = {}): ColumnSummary => ({
  name,
  index,
  type: 'numeric',
  evidence: '',
  targetType: 'numeric',
  targetEvidence: '',
  date: null,
  missing: 0,
  distinct: 50,
  distinctExact: true,
  numeric: { min: 0, mean: 1, median: 1, max: 2, standardDeviation: 1, integer: false, histogram: [1] },
  categories: [],
  excluded: null,
  ...more
})
const table = (columns: ColumnSummary[], rows = 150): TableSummary => ({
  name: 'iris.csv',
  sha256: '0',
  bytes: 1,
  rows,
  dialect: csvDialect,
  confidence: certain,
  reading: soundReading(rows),
  columns,
  preview: [],
  notes: [],
  warnings: []
})
const species = column('species', 2, { type: 'categorical', targetType: 'categorical', distinct: 3, numeric: null })

describe('proposeTarget', () => {
  it('takes a column whose name says so, else the last usable one', () => {
    expect(proposeTarget(table([column('a', 0), species, column('b', 2)]))).toBe('species')
    expect(proposeTarget(table([column('a', 0), column('b', 1)]))).toBe('b')
  })
  it('passes over constants and texts that cannot be targets', () => {
    const constant = column('label', 1, { distinct: 1 })
    const text = column('comment', 2, { type: 'categorical', numeric: null, excluded: 'free text' })
    expect(proposeTarget(table([column('a', 0), constant, text]))).toBe('a')
    expect(proposeTarget(table([constant]))).toBeNull()
  })
})

describe('proposeDesign', () => {
  it('makes a classifier that checks clean for a class target', () => {
    const design = proposeDesign(table([column('a', 0), column('b', 1), species]), ['species'], 'iris.csv')
    expect(design.network.nodes.map((node) => node.id)).toEqual([
      'input',
      'dense-1',
      'act-1',
      'dense-2',
      'act-2',
      'dense-3',
      'act-3',
      'output'
    ])
    expect(checkNetwork(design.network, { features: 2, outputs: 3, task: 'classification' }).problems).toEqual([])
    expect(design.dataset).toMatchObject({
      path: 'iris.csv',
      targets: ['species'],
      features: 'auto',
      columns: {},
      missing: 'error'
    })
    expect(design.name).toBe('iris')
  })
  it('makes a regressor without an output activation for a number', () => {
    const design = proposeDesign(table([column('a', 0), column('price', 1)]), ['price'], 'p.csv')
    expect(design.network.nodes.at(-2)).toMatchObject({ type: 'dense', units: 'auto' })
    expect(design.network.nodes.at(-1)).toMatchObject({ loss: 'meanSquaredError' })
    expect(checkNetwork(design.network, { features: 1, outputs: 1, task: 'regression' }).problems).toEqual([])
  })
  it('writes down that whole numbers are meant as classes', () => {
    const digit = column('digit', 1, { targetType: 'categorical', distinct: 10 })
    const design = proposeDesign(table([column('a', 0), digit]), ['digit'], 'd.csv')
    expect(design.dataset?.columns).toEqual({ digit: { type: 'categorical' } })
    expect(design.network.nodes.at(-1)).toMatchObject({ loss: 'crossEntropy' })
  })
  it('fills missing values instead of failing on them at the first press of Train', () => {
    expect(proposeDesign(table([column('a', 0, { missing: 2 }), species]), ['species'], 'x.csv').dataset?.missing).toBe(
      'median'
    )
  })
})

it('pairs initialisers with the activations they were made for', () => {
  expect(['relu', 'selu', 'tanh', 'sigmoid'].map((name) => initializerFor(name as 'relu'))).toEqual([
    'he',
    'lecun',
    'xavier',
    'xavier'
  ])
})
