import { describe, expect, it } from 'vitest'
import { featureNames } from '../../../src/renderer/data/settings'
import { fieldsFor, readRow, readValue, rowValues } from '../../../src/renderer/predict/fields'
import type { TableSummary } from '../../../src/shared/dataset'
import type { ColumnSummary } from '../../../src/shared/table/profile'
import type { DatasetSettings } from '../../../src/shared/design/schema'
import { certain, csvDialect, soundReading } from '../../support/reading'

const numeric = (name: string, index: number, excluded: string | null = null): ColumnSummary => ({
  name,
  index,
  type: 'numeric',
  evidence: '',
  targetType: 'numeric',
  targetEvidence: '',
  date: null,
  missing: 0,
  distinct: 9,
  distinctExact: true,
  numeric: { min: 1, mean: 3, median: 2.5, max: 10, standardDeviation: 1, integer: false, histogram: [] },
  categories: [],
  excluded
})
const categorical = (
  name: string,
  index: number,
  values: readonly string[],
  distinct = values.length
): ColumnSummary => ({
  name,
  index,
  type: 'categorical',
  evidence: '',
  targetType: 'categorical',
  targetEvidence: '',
  date: null,
  missing: 0,
  distinct,
  distinctExact: true,
  numeric: null,
  categories: values.map((value) => ({ value, count: 3 })),
  excluded: null
})
const table: TableSummary = {
  name: 'flowers.csv',
  sha256: '',
  bytes: 1,
  rows: 3,
  dialect: csvDialect,
  confidence: certain,
  reading: soundReading(3),
  columns: [
    numeric('length', 0),
    categorical('colour', 1, ['red', 'blue']),
    numeric('id', 2, 'identifier'),
    categorical('species', 3, ['a', 'b'])
  ],
  preview: [],
  notes: [],
  warnings: []
}
const settings: DatasetSettings = {
  targets: ['species'],
  features: 'auto',
  columns: {},
  scaling: 'standard',
  missing: 'error',
  maxCategories: 100,
  split: { validation: 0.2, test: 0, seed: 1, stratify: true }
}

describe('the form', () => {
  it('asks for what the network was trained on', () => {
    expect(featureNames(settings, table)).toEqual(['length', 'colour'])
    expect(featureNames({ ...settings, features: ['id', 'colour'] }, table)).toEqual(['colour', 'id'])
  })
  it('offers an order as it was chosen, and asks for dates as they stand in the table', () => {
    const when: ColumnSummary = {
      ...categorical('when', 3, ['2024-05-01', '2024-01-31'], 70),
      type: 'date',
      date: { order: 'ymd', timeOfDay: false, first: '2024-01-31', last: '2024-05-01' }
    }
    const fields = fieldsFor(
      ['colour', 'when'],
      { ...table, columns: [...table.columns, when] },
      {
        colour: { type: 'ordinal', order: ['white', 'blue', 'red'] }
      }
    )
    expect(fields).toMatchObject([
      { kind: 'categorical', options: ['white', 'blue', 'red'], closed: true, hint: '3 categories' },
      { kind: 'date', initial: '2024-05-01', hint: '2024-01-31 to 2024-05-01, written as in the table' }
    ])
    expect(readRow(fields, { when: '2024-02-01' })).toMatchObject({ row: { when: '2024-02-01' } })
  })
  it('starts with the median and the most frequent category', () => {
    expect(
      fieldsFor(['length', 'colour'], table).map(({ kind, initial, options, closed }) => ({
        kind,
        initial,
        options,
        closed
      }))
    ).toEqual([
      { kind: 'numeric', initial: '2.5', options: [], closed: false },
      { kind: 'categorical', initial: 'red', options: ['red', 'blue'], closed: true }
    ])
  })
  it('leaves categories open when there are more than are known, and follows the person’s types', () => {
    const many = { ...table, columns: [categorical('city', 0, ['x'], 500), numeric('grade', 1)] }
    expect(fieldsFor(['city'], many)[0]?.closed).toBe(false)
    expect(fieldsFor(['grade'], many, { grade: { type: 'categorical' } })[0]).toMatchObject({
      kind: 'categorical',
      initial: '',
      closed: false
    })
  })
  it('takes anything where the table is not known', () => {
    expect(fieldsFor(['length'], null)[0]).toMatchObject({ kind: 'free', initial: '' })
  })
})

describe('readRow', () => {
  const fields = fieldsFor(['length', 'colour'], table)
  it('reads numbers and text; what was not touched keeps its initial value', () => {
    expect(readRow(fields, {})).toEqual({ row: { length: 2.5, colour: 'red' } })
    expect(readRow(fields, { length: ' 3,5 ', colour: 'blue' })).toEqual({ row: { length: 3.5, colour: 'blue' } })
  })
  it('takes an empty field as missing', () => {
    expect(readRow(fields, { length: '', colour: '  ' })).toEqual({ row: { length: null, colour: null } })
  })
  it('takes the words of tables for a missing value', () => {
    expect(readRow(fields, { length: 'NA', colour: '?' })).toEqual({ row: { length: null, colour: null } })
  })
  it('names what is not a number', () => {
    expect(readRow(fields, { length: 'wide' })).toEqual({ unreadable: ['length'] })
  })
})

describe('a row of the table', () => {
  it('is filled in by column, numbers with a point, missing cells empty', () => {
    const fields = fieldsFor(['length', 'colour'], table)
    const commas = { decimalMark: ',', thousandsMark: '' } as const
    const columns = ['colour', 'species', 'length']
    expect(rowValues(fields, columns, ['blue', 'a', '1,50'], commas)).toEqual({ length: '1.5', colour: 'blue' })
    for (const cells of [
      [null, null, null],
      ['NA', '', ' n/a '],
      ['?', '', 'long']
    ])
      expect(rowValues(fields, columns, cells, commas)).toEqual({ length: '', colour: '' })
    const points = { decimalMark: '.', thousandsMark: ' ' } as const
    expect(rowValues(fields, columns, ['-1', '', '1\u00a0234.5'], points)).toEqual({ length: '1234.5', colour: '-1' })
  })
  it('reads numbers with either decimal mark and nothing else', () => {
    expect(['1.5', '1,5', '−2', '1e-3', '', 'x', '1,234,567', 'Infinity'].map(readValue)).toEqual([
      1.5,
      1.5,
      -2,
      0.001,
      null,
      null,
      null,
      null
    ])
  })
})
