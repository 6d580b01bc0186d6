import { beforeAll, describe, expect, test } from 'vitest'
import { plainView, type ColumnFilter, type TablePage, type TableView } from '../../../src/shared/table/view'
import { dataBench, failure } from './harness'

/** n: number with a missing value and equal ones; name: text; code: numbers that are names. */
const table = `n,name,price
10,Anna,"5.90"
9,bob,12
NA,Zoë,1e3
-3.5,,12.0
10,anna,?
100,O'Neil,0.5
`

const bench = dataBench()
let path: string
beforeAll(async () => {
  path = await bench.file('view.csv', table)
})

interface Where {
  on?: string
  offset?: number
  limit?: number
  columns?: { from: number; to: number }
}

function page(
  view: Partial<TableView>,
  { on = path, offset = 0, limit = 100, columns }: Where = {}
): Promise<TablePage> {
  return bench.client.request('view', {
    path: on,
    overrides: {},
    view: { ...plainView, ...view },
    window: { offset, limit, columns: columns ?? { from: 0, to: 3 } }
  })
}
const place = async (view: Partial<TableView>, row: number): Promise<number | null> => {
  const found = await bench.client.request('place', { path, overrides: {}, view: { ...plainView, ...view }, row })
  return found.position
}
const numbers = ({ rows }: TablePage): number[] => rows.map(({ row }) => row)
const rowsOf = async (...filters: ColumnFilter[]): Promise<number[]> => numbers(await page({ filters }))
const found = async (search: string, on = path): Promise<number[]> => numbers(await page({ search }, { on }))
const sorted = async (column: number, direction: 'ascending' | 'descending'): Promise<number[]> =>
  numbers(await page({ sort: { column, direction } }))

describe('a plain view', () => {
  test('shows cells as they stand in the file, and missing ones as such', async () => {
    expect(await page({})).toEqual({
      shown: 6,
      rows: [
        { row: 1, cells: ['10', 'Anna', '5.90'] },
        { row: 2, cells: ['9', 'bob', '12'] },
        { row: 3, cells: [null, 'Zoë', '1e3'] },
        { row: 4, cells: ['-3.5', null, '12.0'] },
        { row: 5, cells: ['10', 'anna', null] },
        { row: 6, cells: ['100', "O'Neil", '0.5'] }
      ]
    })
  })

  test('gives the columns and rows asked for, fewer at the end, none behind it', async () => {
    expect(await page({}, { offset: 4, limit: 10, columns: { from: 1, to: 2 } })).toEqual({
      shown: 6,
      rows: [
        { row: 5, cells: ['anna'] },
        { row: 6, cells: ["O'Neil"] }
      ]
    })
    expect(await page({}, { offset: 6, limit: 10 })).toEqual({ shown: 6, rows: [] })
  })
})

describe('sorting', () => {
  test.each([
    ['numbers by value', 0, 'ascending', [4, 2, 1, 5, 6, 3]],
    ['equal ones by row both ways, missing ones last both ways', 0, 'descending', [6, 1, 5, 2, 4, 3]],
    ['text by code point', 1, 'ascending', [1, 6, 3, 5, 2, 4]],
    ['text backwards', 1, 'descending', [2, 5, 3, 6, 1, 4]]
  ] as const)('puts %s', async (_, column, direction, expected) => {
    expect(await sorted(column, direction)).toEqual(expected)
  })

  test('agrees with a sort of all rows, page by page, over many stretches of the file', async () => {
    const values = Array.from({ length: 5000 }, (_, index) => (index % 97 === 0 ? null : (index * 7919) % 1000))
    const many = await bench.file('many.csv', `v,t\n${values.map((v, i) => `${v ?? ''},"t${i}"`).join('\n')}\n`)
    const expected = values
      .map((value, index) => ({ value, row: index + 1 }))
      .sort((a, b) => (a.value ?? Infinity) - (b.value ?? Infinity) || a.row - b.row)
    const view: Partial<TableView> = { sort: { column: 0, direction: 'ascending' } }
    for (const offset of [0, 2000, 4950]) {
      const part = await page(view, { on: many, offset, columns: { from: 0, to: 2 } })
      expect(part.rows).toEqual(
        expected
          .slice(offset, offset + 100)
          .map(({ value, row }) => ({ row, cells: [value === null ? null : String(value), `t${row - 1}`] }))
      )
    }
  })

  test('reads rows whose quoted cells span lines, and skips blank lines', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `${i},"a\n${i}"${i % 10 === 0 ? '\n' : ''}`)
    const spread = await bench.file('spread.csv', `v,t\n${lines.join('\n')}\n`)
    const part = await page(
      { sort: { column: 0, direction: 'descending' } },
      { on: spread, offset: 1000, limit: 2, columns: { from: 0, to: 2 } }
    )
    expect(part.rows).toEqual([
      { row: 2000, cells: ['1999', 'a\n1999'] },
      { row: 1999, cells: ['1998', 'a\n1998'] }
    ])
  })
})

describe('filters', () => {
  test.each<[string, ColumnFilter, number[]]>([
    ['text that contains, in any case', { kind: 'contains', column: 1, text: 'AN' }, [1, 5]],
    ['text that is exactly so', { kind: 'equals', column: 1, text: 'anna' }, [5]],
    ['a number however it is written', { kind: 'equals', column: 2, text: '12.00' }, [2, 4]],
    ['numbers that contain digits', { kind: 'contains', column: 0, text: '10' }, [1, 5, 6]],
    ['no zero that is not there', { kind: 'contains', column: 0, text: '0.' }, []],
    ['a number that contains, as the file writes it', { kind: 'contains', column: 2, text: '5.90' }, [1]],
    ['a range, limits included', { kind: 'range', column: 0, min: 9, max: 10 }, [1, 2, 5]],
    ['a range to one side', { kind: 'range', column: 0, min: null, max: 9 }, [2, 4]],
    ['a range without limits: every number', { kind: 'range', column: 0, min: null, max: null }, [1, 2, 4, 5, 6]],
    ['a number with an exponent', { kind: 'equals', column: 2, text: '1000' }, [3]],
    ['missing numbers', { kind: 'missing', column: 0 }, [3]],
    ['missing text', { kind: 'missing', column: 1 }, [4]],
    ['what is there', { kind: 'present', column: 2 }, [1, 2, 3, 4, 6]]
  ])('find %s', async (_, filter, expected) => {
    expect(await rowsOf(filter)).toEqual(expected)
  })

  test('all hold, with a search and a sort', async () => {
    const view: Partial<TableView> = {
      sort: { column: 2, direction: 'descending' },
      filters: [
        { kind: 'present', column: 0 },
        { kind: 'range', column: 2, min: 0, max: 100 }
      ],
      search: 'n'
    }
    expect(numbers(await page(view))).toEqual([1, 6])
  })

  test('read numbers as the file writes them: with decimal commas', async () => {
    const commas = await bench.file('commas.csv', 'a;b\n1,5;x\n2,5;y\n15;z\n')
    const columns = { from: 0, to: 2 }
    const rows = async (filter: ColumnFilter): Promise<number[]> =>
      numbers(await page({ filters: [filter] }, { on: commas, columns }))
    expect(await rows({ kind: 'equals', column: 0, text: '2,50' })).toEqual([2])
    expect(await rows({ kind: 'contains', column: 0, text: ',5' })).toEqual([1, 2])
  })

  test.each(["'", "x' OR '1'='1", "'; DROP TABLE cells; --", '%', '_', '\\', '"', '$1', '?', '🦊\ud800'])(
    'take %j for a text',
    async (text) => {
      const expected = text === "'" ? [6] : []
      expect(await rowsOf({ kind: 'contains', column: 1, text })).toEqual(expected)
      expect(await rowsOf({ kind: 'equals', column: 1, text })).toEqual([])
      expect(await found(text)).toEqual(expected)
      expect((await page({})).shown).toBe(6)
    }
  )

  test('that cannot be asked are refused in words', async () => {
    const refusal = (filter: ColumnFilter): Promise<string> =>
      failure(page({ filters: [filter] })).then(({ code, message }) => `${code}: ${message}`)
    expect(await refusal({ kind: 'equals', column: 0, text: '0x10' })).toBe(
      'invalidArgument: Column "n" holds numbers, and "0x10" is none. Numbers of this table are written like 1.5.'
    )
    expect(await refusal({ kind: 'range', column: 1, min: 1, max: 2 })).toMatch(
      /^invalidArgument: Column "name" holds text/
    )
    expect(await refusal({ kind: 'missing', column: 3 })).toBe(
      'invalidArgument: "view.csv" has no column 4: there are 3.'
    )
    expect(await refusal({ kind: 'contains', column: 1, text: 'a\0b' })).toMatch(/^invalidArgument: .*zero bytes/)
    expect(await refusal({ kind: 'range', column: 0, min: Number.NaN, max: null })).toMatch(/^invalidArgument/)
    expect((await failure(page({ sort: { column: 3, direction: 'ascending' } }))).code).toBe('invalidArgument')
    expect((await failure(page({}, { columns: { from: 0, to: 4 } }))).code).toBe('invalidArgument')
    expect((await failure(page({}, { limit: 1001 }))).code).toBe('invalidArgument')
    expect(bench.defects).toEqual([])
  })
})

describe('a search', () => {
  test.each<[string, number[]]>([
    ['ANNA', [1, 5]],
    ['zoË', [3]],
    ['12', [2, 4]],
    ['10', [1, 3, 5, 6]],
    ['-3', [4]],
    ['nothing of it', []]
  ])('for %j looks into all columns', async (search, expected) => {
    expect(await found(search)).toEqual(expected)
  })

  test('looks into very many columns', async () => {
    const width = 3000
    const cells = (prefix: string): string => Array.from({ length: width }, (_, i) => `${prefix}${i}`).join(',')
    const wide = await bench.file('wide.csv', `${cells('h')}\n${cells('a')}\n${cells('b')}\n`)
    expect(await found('b2999', wide)).toEqual([2])
    const sort = { column: 2999, direction: 'descending' } as const
    expect(numbers(await page({ search: '7', sort }, { on: wide }))).toEqual([2, 1])
  })
})

describe('the place of a row', () => {
  test('is found in any view, and told to be left out', async () => {
    const sort = { column: 0, direction: 'ascending' } as const
    const filters: ColumnFilter[] = [{ kind: 'range', column: 0, min: 10, max: null }]
    expect([
      await place({}, 6),
      await place({}, 7),
      await place({ sort }, 3),
      await place({ sort, filters }, 6)
    ]).toEqual([5, null, 5, 2])
    expect(await place({ sort, filters }, 2)).toBeNull()
  })
})

test('another table leaves nothing of the old view behind', async () => {
  const sort = { column: 0, direction: 'descending' } as const
  const other = await bench.file('other.csv', 'n,name,price\n1,a,1\n2,b,2\n')
  expect(await sorted(0, 'descending')).toEqual([6, 1, 5, 2, 4, 3])
  expect(numbers(await page({ sort }, { on: other }))).toEqual([2, 1])
  expect(await sorted(0, 'descending')).toEqual([6, 1, 5, 2, 4, 3])
})

const wide = dataBench()
test('a table of more columns than memory is allowed for is refused before any is taken', async () => {
  const columns = Array.from({ length: 400 }, (_, column) => String(column))
  const file = await wide.file('wide.csv', `${columns.map((column) => `c${column}`).join()}\n${columns.join()}\n`)
  await wide.client.request('limitMemory', { bytes: 16 << 20 })
  const { message } = await failure(wide.inspect(file))
  expect(message).toMatch(/^"wide.csv" has 400 columns\. .* about 0\.0 GB .* Allow more memory for tables/)
  await wide.client.request('limitMemory', { bytes: 1 << 30 })
  expect((await wide.inspect(file)).columns).toHaveLength(400)
})
