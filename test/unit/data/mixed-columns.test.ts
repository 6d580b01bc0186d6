import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { plainView } from '../../../src/shared/table/view'
import { dataBench, failure } from './harness'
import { readMatrices } from './matrices'

const bench = dataBench()
afterAll(async () => {
  expect(bench.defects).toEqual([])
})

/** 100 rows: numbers 0.5, 1.5, … but for what is put in their place, by row from 1. */
const cellsWith = (others: Readonly<Record<number, string>>, number = (row: number) => `${row - 1}.5`): string[] =>
  Array.from({ length: 100 }, (_, index) => others[index + 1] ?? number(index + 1))
const tableOf = (cells: readonly string[], delimiter = ','): string =>
  `x${delimiter}y\n${cells.map((cell, row) => `${cell}${delimiter}${row % 7}`).join('\n')}\n`
const columnOf = async (cells: readonly string[], delimiter = ',') => {
  const found = await bench.inspectText(tableOf(cells, delimiter))
  return { ...found, column: found.columns[0] ?? expect.fail('no column') }
}

describe('a column of numbers with a few texts', () => {
  const cells = cellsWith({ 7: 'broken', 50: '', 93: 'see note' })

  test('is numbers; its texts are missing values, each an issue, and no row is less sound', async () => {
    const { column, reading, notes } = await columnOf(cells)
    expect(column).toMatchObject({ type: 'numeric', missing: 3, evidence: 'every value but 2 texts is a number' })
    expect(column.numeric).toMatchObject({ min: 0.5, max: 99.5 })
    expect(reading).toMatchObject({ records: 100, rows: 100, sound: 100, repaired: 0, setMissing: 2, issueCount: 2 })
    const issue = { kind: 'notANumber', column: 'x', expected: 'a number', action: 'setMissing' }
    const start = (row: number): number => tableOf(cells).split('\n').slice(0, row).join('\n').length + 1
    expect(reading.issues).toEqual([
      { ...issue, row: 7, line: 8, byte: start(7), found: 'broken' },
      { ...issue, row: 93, line: 94, byte: start(93), found: 'see note' }
    ])
    expect(notes).toEqual([
      'Column "x" is numbers but for 2 cells, which are set missing (rows 7, 93). Make the column categorical to keep the text.'
    ])
  })

  test('is prepared as numbers under the policy for missing values', async () => {
    const settings = { targets: ['y'], features: ['x'], scaling: 'none', split: { validation: 0, test: 0 } } as const
    const error = await failure(bench.prepareText(tableOf(cells), { ...settings, targets: ['y'], features: ['x'] }))
    expect(error.message).toContain('has 3 missing values in the columns used, the first in row 7, column "x"')
    const prepared = await bench.prepareText(tableOf(cells), {
      ...settings,
      targets: ['y'],
      features: ['x'],
      missing: 'median'
    })
    const { features } = await readMatrices(prepared.manifestPath)
    // numpy.median of the 97 numbers left of 0.5 … 99.5
    expect([features.train[5], features.train[6], features.train[49], features.train[92]]).toEqual([
      [5.5],
      [50.5],
      [50.5],
      [50.5]
    ])
  })

  test('is categories with all its texts when it is made categorical', async () => {
    const few = cellsWith({ 7: 'broken', 50: 'NA' }, (row) => String(row % 3))
    const prepared = await bench.prepareText(tableOf(few), {
      targets: ['y'],
      features: ['x'],
      columns: { x: { type: 'categorical' } },
      missing: 'mode',
      split: { validation: 0, test: 0 }
    })
    expect(prepared.summary.inputNames).toEqual(['x=0', 'x=1', 'x=2', 'x=broken'])
    expect(prepared.summary.features).toMatchObject([{ filled: 1, missing: '0' }])
  })

  test('is found by its texts, shown as it stands, and written as it stands', async () => {
    const path = await bench.file('mixed.csv', tableOf(cells))
    const rowsOf = async (text: string) => {
      const window = { offset: 0, limit: 10, columns: { from: 0, to: 1 } }
      const view = { ...plainView, search: text }
      return (await bench.client.request('view', { path, overrides: {}, view, window })).rows
    }
    expect(await rowsOf('roken')).toEqual([{ row: 7, cells: ['broken'] }])
    expect(await rowsOf('92.5')).toEqual([])
    expect(await rowsOf('91.5')).toEqual([{ row: 92, cells: ['91.5'] }])
    const target = join(bench.folder, 'normalized.csv')
    await bench.client.request('normalize', { path, overrides: {}, target })
    expect(await readFile(target, 'utf8')).toBe(tableOf(cells).replaceAll('\n', '\r\n'))
  })

  test('is told by the numbers of the file: decimal commas and thousands', async () => {
    const { column, dialect } = await columnOf(
      cellsWith({ 3: 'n. v.' }, (row) => (row % 10 === 0 ? `1.${100 + row},5` : `${row},25`)),
      ';'
    )
    expect(dialect).toMatchObject({ decimalMark: ',', thousandsMark: '.' })
    expect(column).toMatchObject({ type: 'numeric', missing: 1 })
    expect(column.numeric?.max).toBe(1200.5)
  })

  test('has lines that are counted with quoted line ends and blank lines in them', async () => {
    const rows = cellsWith({ 60: 'none left' }).map((cell, row) => `${cell},"two\nlines ""${row % 5}"""`)
    const { reading } = await bench.inspectText(
      `x,t\n${rows.slice(0, 30).join('\n')}\n\n${rows.slice(30).join('\n')}\n`
    )
    // The header, a blank line, and two lines for each of the 59 rows before it.
    expect(reading.issues).toMatchObject([{ row: 60, line: 121, found: 'none left' }])
  })
})

describe('a column stays text', () => {
  test.each([
    ['with too many texts', cellsWith({ 1: 'a', 2: 'b', 3: 'c', 4: 'd', 5: 'e', 6: 'f' })],
    ['with fewer than 20 numbers', [...cellsWith({}).slice(0, 19), 'text']],
    ['with codes like 007 in it', cellsWith({ 4: '007', 9: 'unknown' })],
    ['of names that are mostly digits', cellsWith({ 9: 'C536379', 30: '12a' }, (row) => String(536365 + row))],
    ['with numbers too large to compute with', cellsWith({ 9: 'x', 10: '1e200' })]
  ])('%s', async (_name, cells) => {
    const { column, reading } = await columnOf(cells)
    expect(column).toMatchObject({ type: 'categorical', numeric: null, missing: 0 })
    expect(reading).toMatchObject({ setMissing: 0, issueCount: 0 })
  })
})
