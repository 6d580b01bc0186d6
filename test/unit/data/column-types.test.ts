import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { columnSettingSchema, type ColumnSetting } from '../../../src/shared/table/column-types'
import { encodedWidth, encodeFeatures } from '../../../src/shared/weights/preprocessing'
import type { Preprocessing, RawRow } from '../../../src/shared/weights/schema'
import { dataBench, failure, type Prepared } from './harness'
import { readMatrices } from './matrices'

const bench = dataBench()
let counter = 0
afterAll(async () => {
  expect(bench.defects).toEqual([])
})

const whole = { validation: 0, test: 0 }
const dates = (changes: Partial<Extract<ColumnSetting, { type: 'date' }>> = {}): ColumnSetting => ({
  type: 'date',
  parts: 'auto',
  dateOrder: 'auto',
  ...changes
})
const tableOf = (header: string, cells: readonly (string | number)[]): string =>
  `${header},y\n${cells.map((cell, row) => `${cell},${row * row}.5`).join('\n')}\n`
const columnOf = async (cells: readonly (string | number)[]) =>
  (await bench.inspectText(tableOf('c', cells))).columns[0] ?? expect.fail('no column')
const prepare = (cells: readonly (string | number)[], setting: ColumnSetting | null, more = {}): Promise<Prepared> =>
  bench.prepareText(tableOf('c', cells), {
    targets: ['y'],
    features: ['c'],
    columns: setting === null ? {} : { c: setting },
    split: whole,
    ...more
  })
const inputs = async (prepared: Prepared): Promise<number[][]> =>
  (await readMatrices(prepared.manifestPath)).features.train
const first = (prepared: Prepared) => prepared.manifest.preprocessing.features[0]

/** The matrix of another table, and the same rows through the encoder of single rows: both must be one. */
async function applied(preprocessing: Preprocessing, cells: readonly (string | null)[]): Promise<number[][]> {
  const path = await bench.file('new.csv', `c,y\n${cells.map((cell) => `${cell ?? ''},1`).join('\n')}\n`)
  const folder = join(bench.folder, `types-${counter++}`)
  const request = { path, overrides: {}, preprocessing, withTargets: false, folder }
  const { manifestPath } = await bench.client.request('apply', request)
  const matrix = (await readMatrices(manifestPath)).features.test
  const width = encodedWidth(preprocessing)
  for (const [row, cell] of cells.entries()) {
    const into = new Float32Array(width)
    encodeFeatures(preprocessing, { c: cell } satisfies RawRow, into, 0)
    expect([...into]).toEqual(matrix[row])
  }
  return matrix
}

describe('yes and no', () => {
  test.each([
    ['false, true', ['true', 'FALSE', 'True']],
    ['German', ['ja', 'Nein', 'JA']],
    ['French', ['oui', 'non', 'non']],
    ['Spanish, one letter beyond ASCII', ['SÍ', 'no', 'sí']],
    ['letters', ['Y', 'n', 'N']]
  ])('%s', async (_name, cells) => {
    expect((await columnOf(cells)).type).toBe('boolean')
  })

  test.each([
    ['words of two languages', ['yes', 'nein', 'yes'], 'categorical'],
    ['one word only', ['yes', 'yes', 'yes'], 'categorical'],
    ['a third word', ['yes', 'no', 'maybe'], 'categorical'],
    ['numbers, where others may come any time', [0, 1, 1], 'numeric']
  ])('but not %s', async (_name, cells, type) => {
    expect((await columnOf(cells)).type).toBe(type)
  })

  test('become one input, unscaled; the more frequent one stands in, and so it does for a word that is neither', async () => {
    const prepared = await prepare(['yes', 'No', 'YES', 'yes', 'NA'], null, { missing: 'mean' })
    expect(prepared.summary.inputNames).toEqual(['c'])
    expect(await inputs(prepared)).toEqual([[1], [0], [1], [1], [1]])
    expect(prepared.summary.features).toEqual([{ column: 'c', kind: 'boolean', missing: 1, filled: 1 }])
    const { preprocessing } = prepared.manifest
    expect(await applied(preprocessing, ['no', 'true', 'F', 'maybe', null])).toEqual([[0], [1], [0], [1], [1]])
    expect(await applied(preprocessing, ['0', '1', '0'])).toEqual([[0], [1], [0]])
  })

  test('without a stand-in a word that is neither is refused, where it was chosen and where it is predicted', async () => {
    const error = await failure(prepare(['yes', 'no', 'maybe'], { type: 'boolean' }))
    expect(error.message).toBe(
      '"table.csv", row 3, column "c": expected a word for no or yes, found "maybe". Correct the cell, or make the column categorical.'
    )
    const { preprocessing } = (await prepare(['yes', 'no', 'no'], null)).manifest
    expect((await failure(applied(preprocessing, ['no', 'maybe']))).message).toBe(
      '"new.csv", row 2, column "c": expected a word for no or yes, found "maybe". Correct the cell.'
    )
  })

  test('as a target stay classes', async () => {
    const prepared = await bench.prepareText('x,t\n1.5,yes\n2,no\n4,yes\n', { targets: ['t'], split: whole })
    expect(prepared.manifest.preprocessing.targets).toEqual([
      { column: 't', kind: 'categorical', encoding: 'oneHot', classes: ['no', 'yes'] }
    ])
  })
})

describe('an order', () => {
  const sizes = ['S', 'M', 'L', 'L', 'M', 'S', 'L', 'L']
  const order = ['S', 'M', 'L']

  test('becomes ranks, scaled as numbers are', async () => {
    const prepared = await prepare(sizes, { type: 'ordinal', order })
    // numpy.array([0, 1, 2, 2, 1, 0, 2, 2]).mean(), .std()
    const [mean, scale] = [1.25, 0.82915619758885]
    expect(first(prepared)).toMatchObject({ kind: 'ordinal', order, scaling: 'standard', mean })
    const ranks = sizes.map((size) => [Math.fround((order.indexOf(size) - mean) / scale)])
    expect((await inputs(prepared)).map(([x]) => x?.toFixed(6))).toEqual(ranks.map(([x]) => x?.toFixed(6)))
  })

  test.each([
    // numpy.median([0, 1, 2, 2]) and the most frequent rank
    ['mean', 1.5],
    ['median', 1.5],
    ['mode', 2]
  ] as const)('a gap takes the median rank or the most frequent one: %s', async (missing, rank) => {
    const cells = ['S', 'M', 'L', 'L', '']
    const prepared = await prepare(cells, { type: 'ordinal', order }, { missing, scaling: 'none' })
    expect(await inputs(prepared)).toEqual([[0], [1], [2], [2], [rank]])
    expect(await applied(prepared.manifest.preprocessing, ['M', 'XL', null])).toEqual([[1], [rank], [rank]])
  })

  test('may be of numbers, which are the same however they are written', async () => {
    const prepared = await prepare(
      ['30', '10', '30.0', '20'],
      { type: 'ordinal', order: ['30', '20', '10'] },
      { scaling: 'none' }
    )
    expect(await inputs(prepared)).toEqual([[0], [2], [0], [1]])
  })

  test('refuses a value it does not list, and to be shorter than two', async () => {
    const error = await failure(prepare([...sizes, 'XL'], { type: 'ordinal', order }))
    expect(error.message).toBe(
      '"table.csv", row 9, column "c": expected one of "S", "M", "L", found "XL". Add it to the order, correct the cell, or make the column categorical.'
    )
    const refusal = (short: string[]) => columnSettingSchema.safeParse({ type: 'ordinal', order: short }).error?.message
    expect(refusal(['S'])).toContain('an order needs at least 2 categories')
    expect(refusal(['S', 'S'])).toContain('a category is listed twice in the order')
  })
})

describe('dates', () => {
  const instants = ['2023-12-31T18:30', '2024-02-29 06:00', '2024-07-01', '2025-01-15 23:59:59']
  // (t − t.mean()) / t.std(), the same of the years, then sin and cos of month, weekday and hour: NumPy and datetime.
  const expanded = [
    [
      -1.0679011344909668, -1.4142135381698608, -0.5, 0.8660253882408142, -0.7818315029144287, 0.6234897971153259,
      -0.9914448857307434, 0.13052618503570557
    ],
    [-0.6600407958030701, 0, 0.5, 0.8660253882408142, 0.4338837265968323, -0.9009688496589661, 1, 0],
    [0.18167999386787415, 0, 0, -1, 0, 1, 0, 1],
    [1.5462619066238403, 1.4142135381698608, 0, 1, 0.9749279022216797, -0.22252093255519867, -0.00007272205402841792, 1]
  ]

  test.each([
    ['ISO 8601', instants, 'ymd', ['2023-12-31 18:30:00', '2025-01-15 23:59:59'], true],
    ['days first, for one of them must be', ['03/04/2024', '25/12/2023'], 'dmy', ['2023-12-25', '2024-04-03'], false],
    ['months first, for one of them must be', ['3/4/2024', '12/25/2023'], 'mdy', ['2023-12-25', '2024-03-04'], false],
    ['days first, as points say', ['03.04.2024', '01.02.2024'], 'dmy', ['2024-02-01', '2024-04-03'], false],
    [
      'twelve hours',
      ['12/31/2024 12:05 AM', '1/2/2024 1:05:00 PM'],
      'mdy',
      ['2024-01-02 13:05:00', '2024-12-31 00:05:00'],
      true
    ]
  ])('%s', async (_name, cells, order, [from, to], timeOfDay) => {
    const column = await columnOf(cells)
    expect(column).toMatchObject({
      type: 'date',
      targetType: 'categorical',
      excluded: 'date: expand it to use it',
      date: { order, timeOfDay, first: from, last: to }
    })
  })

  test.each([
    ['a day that does not exist', ['2024-02-28', '2024-02-30']],
    ['both orders', ['25/12/2023', '12/25/2023']],
    ['a word among them', ['2024-01-01', 'soon']],
    ['a year alone', ['2024-01', '2024-02']]
  ])('but not %s', async (_name, cells) => {
    expect(await columnOf(cells)).toMatchObject({ type: 'categorical', date: null })
  })

  test('are never guessed where day and month can be exchanged', async () => {
    const cells = ['01/02/2024', '03/04/2024', '05/06/2024']
    const column = await columnOf(cells)
    expect(column.date).toEqual({ order: null, timeOfDay: false, first: null, last: null })
    expect(column.evidence).toContain('day and month cannot be told apart')
    expect((await failure(prepare(cells, dates()))).message).toBe(
      '"table.csv", column "c": every date could begin with the day or with the month. Choose dateOrder "dmy" (day, month, year) or "mdy" (month, day, year).'
    )
    const only = { scaling: 'none' }
    const days = (order: 'dmy' | 'mdy') =>
      prepare(cells, dates({ parts: ['time'], dateOrder: order }), only).then(inputs)
    // (date(2024, 2, 1) - date(1970, 1, 1)).days and so on
    expect(await days('dmy')).toEqual([[19754], [19816], [19879]])
    expect(await days('mdy')).toEqual([[19724], [19786], [19849]])
  })

  test('are left out until somebody asks for them', async () => {
    const content = 'when,x,y\n2024-01-01,1.5,1\n2024-05-01,2,3\n2024-06-01,4,2\n'
    const names = async (columns: Record<string, ColumnSetting>): Promise<string[]> =>
      (await bench.prepareText(content, { targets: ['y'], columns, split: whole })).summary.inputNames
    expect(await names({})).toEqual(['x'])
    expect(await names({ when: dates() })).toEqual([
      'when time',
      'when year',
      'when sin month',
      'when cos month',
      'when sin weekday',
      'when cos weekday',
      'x'
    ])
  })

  test('become numbers, scaled, and points on circles', async () => {
    const prepared = await prepare(instants, null)
    expect(prepared.summary.inputs).toBe(8)
    for (const [row, values] of (await inputs(prepared)).entries())
      for (const [at, value] of values.entries()) expect(value).toBeCloseTo(expanded[row]?.[at] ?? Number.NaN, 6)
  })

  test.each(['mean', 'median', 'mode'] as const)('a gap takes one date for all parts: %s', async (missing) => {
    const cells = ['2024-01-10', '2024-01-10', '2024-01-12', '2024-02-01', '']
    const prepared = await prepare(cells, dates({ parts: ['time', 'year', 'month'] }), { missing, scaling: 'robust' })
    const fitted = first(prepared)
    if (fitted?.kind !== 'date') expect.fail('no date')
    // Days since 1970: 19732, 19732, 19734, 19754. numpy.quantile(…, [0.25, 0.5, 0.75]) is 19732, 19733, 19739.
    expect(fitted.missing).toBe({ mean: 19738, median: 19733, mode: 19732 }[missing])
    expect(fitted.parts).toEqual([
      { part: 'time', mean: 19733, scale: 7 },
      { part: 'year', mean: 2024, scale: 1 },
      { part: 'month' }
    ])
    const [gap] = await applied(prepared.manifest.preprocessing, [null, '2030-12-31'])
    expect(gap).toEqual([Math.fround(((fitted.missing ?? 0) - 19733) / 7), 0, 0, 1])
  })

  test('what is no date is refused with its cell', async () => {
    expect((await failure(prepare(['2024-01-01', 'soon'], dates()))).message).toBe(
      '"table.csv", row 2, column "c": expected a date (year, month, day, like 2024-12-31), found "soon". Correct the cell, choose another order of year, month and day, or make the column categorical.'
    )
    const { preprocessing } = (await prepare(instants, null)).manifest
    expect((await failure(applied(preprocessing, ['2024-01-01', '01.02.2024']))).message).toBe(
      '"new.csv", row 2, column "c": expected a date (year, month, day, like 2024-12-31), found "01.02.2024". Correct the cell.'
    )
  })
})

describe('why a type is what it is', () => {
  test.each([
    [['a', 'b', 'a'], '2 different texts', '2 different texts'],
    [[1.5, 2, 3], 'every value is a number', 'numbers with fractions'],
    [[1, 2, 4], 'every value is a whole number', '3 whole numbers, each in 1 row on average'],
    [
      [...Array.from({ length: 30 }, (_, row) => row % 3)],
      'every value is a whole number',
      '3 whole numbers, each in 10 rows on average'
    ],
    [
      [...Array.from({ length: 60 }, (_, row) => row * 2)],
      'every value is a whole number',
      'more than 50 different whole numbers'
    ],
    [[0, 1, 1], 'every value is a whole number', '2 whole numbers, 0 and 1'],
    [['ja', 'nein', 'ja'], 'every value is "nein" or "ja"', '2 different texts'],
    [['1/2/2024', '13/2/2024'], 'every value is a date: day, month, year, like 31/12/2024', '2 different texts']
  ])('%s', async (cells, evidence, targetEvidence) => {
    expect(await columnOf(cells)).toMatchObject({ evidence, targetEvidence })
  })

  test('a target says so, or that somebody chose it', async () => {
    const path = await bench.file('t.csv', tableOf('c', [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]))
    const ask = async (columns: Record<string, ColumnSetting>) =>
      (await bench.client.request('relations', { path, overrides: {}, targets: ['c'], columns })).targets[0]
    expect(await ask({})).toMatchObject({ type: 'categorical', evidence: '2 whole numbers, each in 5 rows on average' })
    expect(await ask({ c: { type: 'numeric' } })).toMatchObject({ type: 'numeric', evidence: 'you chose it' })
  })
})
