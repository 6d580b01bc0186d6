import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { TableSummary } from '../../../src/shared/dataset'
import type { ColumnSummary } from '../../../src/shared/table/profile'
import { csvDialect } from '../../support/reading'
import { dataBench, examples, fixtures } from './harness'

const bench = dataBench()

function column(table: TableSummary, name: string): ColumnSummary {
  const found = table.columns.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`There is no column ${name}.`)
  return found
}

/** One column beside another one, so that blank cells are no blank lines. */
async function columnOf(values: readonly (string | number)[]): Promise<ColumnSummary> {
  return column(await bench.inspectText(`x,y\n${values.map((value) => `${value},1\n`).join('')}`), 'x')
}

const repeated = (values: readonly (string | number)[], times: number): (string | number)[] =>
  Array.from({ length: times }, () => values).flat()

describe('types, over all rows', () => {
  test.each([
    ['whole numbers', [1, -2, 3], 'numeric'],
    ['decimals and exponents', ['1.5', '-2e3', '.5', '+7'], 'numeric'],
    ['numbers and missing values', ['1', '', 'NA', '?'], 'numeric'],
    ['numbers and the missing values of databases and workbooks', ['1', '\\N', '#N/A', ' #n/a '], 'numeric'],
    ['text', ['a', 'b'], 'categorical'],
    ['truth values', ['true', 'false'], 'boolean'],
    ['a text among numbers', [1, 2, 'three'], 'categorical'],
    ['leading zeros', ['00123', '01234'], 'categorical'],
    ['one leading zero among numbers', [12, 13, '014'], 'categorical'],
    ['zeros that do not lead', ['0', '0.5', '-0.25'], 'numeric'],
    ['more digits than a number can hold', ['1234567890123456', '1234567890123457'], 'categorical'],
    ['the words for infinity', ['1', 'inf', '-Infinity'], 'categorical'],
    ['numbers beyond a float64', ['1', '1e400'], 'categorical'],
    ['dates', ['2024-01-01', '2024-01-02'], 'date'],
    ['nothing at all', ['', 'NA'], 'categorical']
  ])('%s', async (_name, values, type) => {
    expect((await columnOf(values)).type).toBe(type)
  })

  test('a text in row 120,000 is found, and set missing', async () => {
    const rows = Array.from({ length: 120_000 }, (_, index) => String(index % 9))
    rows[119_999] = 'nine'
    expect(await columnOf(rows)).toMatchObject({ type: 'numeric', distinct: 9, missing: 1 })
  })

  test('numbers too large to compute with are said', async () => {
    const found = await bench.inspectText('x,y\n1e200,1\n2,2\n')
    expect(found.columns.map((one) => one.type)).toEqual(['categorical', 'numeric'])
    expect(found.notes).toEqual(['Column "x" holds numbers beyond ±1e+150 and is read as text.'])
  })
})

describe('types as a target', () => {
  test.each([
    ['few whole numbers, often enough', repeated([1, 2, 3], 5), 'categorical'],
    ['few whole numbers, too seldom', repeated([1, 2, 3], 4), 'numeric'],
    [
      '20 whole numbers',
      repeated(
        Array.from({ length: 20 }, (_, index) => index),
        5
      ),
      'categorical'
    ],
    [
      '21 whole numbers',
      repeated(
        Array.from({ length: 21 }, (_, index) => index),
        5
      ),
      'numeric'
    ],
    ['decimals', repeated([0.5, 1.5], 50), 'numeric'],
    ['zero and one, however seldom', [0, 1, 1, 0], 'categorical'],
    ['text', ['a', 'b', 'c'], 'categorical']
  ])('%s', async (_name, values, targetType) => {
    expect((await columnOf(values)).targetType).toBe(targetType)
  })
})

describe('profiles', () => {
  test('of numbers', async () => {
    const found = await columnOf([4, 1, '', 3, 2, 10])
    expect(found.numeric).toEqual({
      min: 1,
      mean: 4,
      median: 3,
      max: 10,
      standardDeviation: Math.sqrt(10),
      integer: true,
      histogram: [1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    })
    expect(found).toMatchObject({ missing: 1, distinct: 5 })
    expect(found.categories).toEqual([1, 2, 3, 4, 10].map((value) => ({ value: String(value), count: 1 })))
  })

  test('of numbers with very many values: exact counts, no categories', async () => {
    const values = Array.from({ length: 5000 }, (_, index) => ((index * 7919) % 5000) / 8)
    const found = await columnOf([...values, 0.125])
    expect(found).toMatchObject({ distinct: 5000, distinctExact: true, categories: [] })
    expect(found.numeric).toMatchObject({ min: 0, max: 4999 / 8, median: 2499 / 8, integer: false })
    expect(found.numeric?.histogram).toEqual([251, ...Array.from({ length: 19 }, () => 250)])
  })

  test('of more different numbers than are counted: an estimate, and it says so', async () => {
    const rows = 130_000
    const path = await bench.file('many.csv', `x\n${Array.from({ length: rows }, (_, row) => row / 8).join('\n')}\n`)
    const [found] = (await bench.inspect(path)).columns
    expect(found).toMatchObject({ distinctExact: false, numeric: { median: (rows - 1) / 16 } })
    expect(Math.abs((found?.distinct ?? 0) / rows - 1)).toBeLessThan(0.1)
  })

  test('of categories: the most frequent first, then by code point, at most 50', async () => {
    const found = await columnOf(['b', 'é', 'a', 'Z', 'b', 'a', '  b '])
    expect(found.categories).toEqual([
      { value: 'b', count: 3 },
      { value: 'a', count: 2 },
      { value: 'Z', count: 1 },
      { value: 'é', count: 1 }
    ])
    const many = await columnOf(
      repeated(
        Array.from({ length: 60 }, (_, index) => `c${index}`),
        3
      )
    )
    expect(many.categories).toHaveLength(50)
    expect(many.distinct).toBe(60)
  })
})

describe('what "auto" leaves out, and why', () => {
  const long = (index: number): string => `a text of more than thirty characters, number ${index}`
  test.each<[string, readonly (string | number)[], string | null]>([
    ['an empty column', ['', 'NA', '?'], 'empty: no row has a value'],
    ['a constant number', [3, 3, 3], 'constant: every row is 3'],
    ['a constant text', ['x', 'x', 'x'], 'constant: every row is "x"'],
    ['a constant with gaps', ['x', '', 'x'], 'constant: all 2 values are "x"'],
    ['row numbers from 1', [1, 2, 3, 4], 'identifier: it counts the rows from 1'],
    ['row numbers from 0', [0, 1, 2, 3], 'identifier: it counts the rows from 0'],
    ['whole numbers in another order', [2, 1, 3, 4], null],
    ['years in a row', [1990, 1991, 1992], null],
    ['different decimals', [1.5, 2.5, 3.5], null],
    ['a different text in every row', ['a', 'b', 'c'], 'identifier: every row has a different text'],
    [
      'nearly as many texts as rows',
      [...Array.from({ length: 60 }, (_, index) => `n${index}`), 'n0'],
      'identifier: 60 different texts in 61 rows'
    ],
    [
      'prose',
      [...Array.from({ length: 150 }, (_, index) => `"${long(index)}"`), `"${long(0)}"`],
      'free text: 150 different texts of 48 characters on average'
    ],
    [
      'too many categories',
      repeated(
        Array.from({ length: 1001 }, (_, index) => `c${index}`),
        3
      ),
      'free text: 1001 different texts, the 50 most frequent in 5 % of the rows: too many for categories'
    ],
    [
      'very many categories, a few of them frequent',
      [
        ...repeated(
          Array.from({ length: 1001 }, (_, index) => `c${index}`),
          2
        ),
        ...repeated(['most'], 4000)
      ],
      null
    ],
    ['categories', ['a', 'b', 'a'], null],
    ['codes that come again', ['01', '02', '01'], null]
  ])('%s', async (_name, values, excluded) => {
    const found = await columnOf(values)
    expect(found.excluded?.replace(/ to \d+$/, '') ?? null).toBe(excluded)
  })
})

describe('the whole table', () => {
  test('iris', async () => {
    const path = join(examples, 'iris.csv')
    const found = await bench.inspect(path)
    const bytes = await readFile(path)
    expect(found).toMatchObject({
      name: 'iris.csv',
      rows: 150,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      notes: []
    })
    expect(found.columns.map((one) => [one.name, one.type, one.targetType, one.distinct, one.excluded])).toEqual([
      ['sepal_length', 'numeric', 'numeric', 35, null],
      ['sepal_width', 'numeric', 'numeric', 23, null],
      ['petal_length', 'numeric', 'numeric', 43, null],
      ['petal_width', 'numeric', 'numeric', 22, null],
      ['species', 'categorical', 'categorical', 3, null]
    ])
    expect(column(found, 'sepal_length').numeric).toMatchObject({
      min: 4.3,
      mean: 5.843333333333334,
      median: 5.8,
      max: 7.9
    })
    expect(column(found, 'sepal_length').numeric?.standardDeviation).toBeCloseTo(0.8253012917851409, 14)
    expect(found.preview).toHaveLength(100)
    expect(found.preview[0]).toEqual(['5.1', '3.5', '1.4', '0.2', 'setosa'])
  })

  test('wine', async () => {
    const found = await bench.inspect(join(examples, 'wine.csv'))
    expect(found.rows).toBe(178)
    expect(found.columns.filter((one) => one.type === 'numeric')).toHaveLength(13)
    expect(column(found, 'cultivar').categories.map(({ count }) => count)).toEqual([71, 59, 48])
    expect(column(found, 'proline').numeric).toMatchObject({ min: 278, max: 1680, integer: true })
  })

  test('digits: classes are whole numbers, dead pixels are constant', async () => {
    const found = await bench.inspect(join(examples, 'digits.csv'))
    expect(found.rows).toBe(1797)
    expect(column(found, 'digit')).toMatchObject({
      type: 'numeric',
      targetType: 'categorical',
      distinct: 10,
      excluded: null
    })
    expect(
      found.columns.filter((one) => one.excluded !== null).map((one) => `${one.name} ${one.excluded ?? ''}`)
    ).toEqual([
      'pixel_0_0 constant: every row is 0',
      'pixel_4_0 constant: every row is 0',
      'pixel_4_7 constant: every row is 0'
    ])
  })

  test('passengers: quotes, gaps, identifiers', async () => {
    const found = await bench.inspect(join(fixtures, 'passengers.csv'))
    expect(found.rows).toBe(12)
    expect(found.columns.map((one) => [one.name, one.type, one.missing, one.excluded])).toEqual([
      ['id', 'numeric', 0, 'identifier: it counts the rows from 1 to 12'],
      ['survived', 'boolean', 0, null],
      ['class', 'numeric', 0, null],
      ['name', 'categorical', 0, 'identifier: every row has a different text'],
      ['sex', 'categorical', 0, null],
      ['age', 'numeric', 3, null],
      ['fare', 'numeric', 1, null],
      ['cabin', 'categorical', 8, 'identifier: every row has a different text'],
      ['port', 'categorical', 1, null],
      ['ship', 'categorical', 0, 'constant: every row is "Lamina"']
    ])
    expect(found.preview[1]).toEqual([
      '2',
      'yes',
      '1',
      'Bell, Mrs. Ada "Addie"',
      'female',
      '38',
      '71.2833',
      'C85',
      'C',
      'Lamina'
    ])
    expect(found.preview[5]?.[5]).toBeNull()
  })

  test('messungen: windows-1252, semicolons, decimal commas, CRLF', async () => {
    const found = await bench.inspect(join(fixtures, 'messungen.csv'))
    expect(found.dialect).toEqual({
      ...csvDialect,
      encoding: 'windows-1252',
      lineEnd: '\r\n',
      delimiter: ';',
      quote: '"',
      header: true,
      decimalMark: ','
    })
    expect(found.columns.map((one) => [one.name, one.type])).toEqual([
      ['Länge', 'numeric'],
      ['Prüfung', 'categorical'],
      ['Preis €', 'numeric']
    ])
    expect(column(found, 'Länge').numeric?.mean).toBe(2)
    expect(column(found, 'Preis €').numeric?.max).toBe(1200.5)
  })

  test('a file that changes is read anew', async () => {
    const first = await bench.inspectText('a,b\n1,x\n2,y\n')
    const second = await bench.inspectText('a,b\n3,x\n4,y\n')
    expect(second.sha256).not.toBe(first.sha256)
    expect(second.columns[0]?.numeric?.mean).toBe(3.5)
  })
})

test('says the same of a column of texts beside very many others', async () => {
  const rows = Array.from({ length: 40 }, (_, row) => [
    row % 3 === 0 ? 'é' : '',
    `t${row % 7}`,
    row % 2 ? '😀' : 'ﬀ',
    'x'
  ])
  const others = Array.from({ length: 300 }, (_, index) => `o${index}`)
  const lines = [['a', 'b', 'c', 'd'], ...rows]
  const [narrow, wide] = [
    await bench.inspectText(lines.map((cells) => cells.join(',')).join('\n'), { header: true }),
    await bench.inspectText(lines.map((cells) => [...cells, ...others].join(',')).join('\n'), { header: true })
  ]
  expect(wide.columns.slice(0, 4)).toEqual(narrow.columns)
  expect(narrow.columns.map(({ distinct }) => distinct)).toEqual([1, 7, 2, 1])
})
