import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { TableWarning } from '../../../src/shared/table/warnings'
import { dataBench, examples, fixtures } from './harness'

const bench = dataBench()

function table(header: string, rows: number, row: (index: number) => readonly (string | number)[]): string {
  return `${header}\n${Array.from({ length: rows }, (_, index) => `${row(index).join(',')}\n`).join('')}`
}
async function warnings<K extends TableWarning['kind']>(
  content: string,
  kind: K
): Promise<Extract<TableWarning, { kind: K }>[]> {
  const found = await bench.inspectText(content)
  return found.warnings.filter((warning): warning is Extract<TableWarning, { kind: K }> => warning.kind === kind)
}

describe('warnings about examples', () => {
  test('iris has one row twice, as is known of this copy of it', async () => {
    expect((await bench.inspect(join(examples, 'iris.csv'))).warnings).toMatchObject([
      {
        kind: 'duplicateRows',
        rows: 1,
        groups: 1,
        examples: [[102, 143]],
        message: '1 row repeats an earlier row in every column, for example row 143 (the same as row 102).'
      }
    ])
  })

  test('digits has dead pixels; wine has nothing to warn of', async () => {
    expect((await bench.inspect(join(examples, 'digits.csv'))).warnings).toMatchObject([
      { kind: 'constant', message: '"pixel_0_0", "pixel_4_0" and "pixel_4_7" have one value only.' }
    ])
    expect((await bench.inspect(join(examples, 'wine.csv'))).warnings).toEqual([])
  })

  test('passengers: what is left out is said', async () => {
    const found = (await bench.inspect(join(fixtures, 'passengers.csv'))).warnings
    expect(found.map(({ kind, columns }) => [kind, columns])).toEqual([
      ['constant', ['ship']],
      ['identifier', ['id', 'name', 'cabin']]
    ])
    for (const { advice } of found) expect(advice).toContain('left out unless you choose them')
  })
})

describe('rows that repeat', () => {
  test('are counted, with the first examples', async () => {
    const content = 'a,b\n1,x\n2,y\n1,x\n,x\n1,x\n2,y\n,x\n1,y\n2,x\n2,x\n'
    expect(await warnings(content, 'duplicateRows')).toMatchObject([
      {
        rows: 5,
        groups: 4,
        examples: [
          [1, 3, 5],
          [2, 6],
          [4, 7]
        ],
        message: '5 rows repeat an earlier row in every column, for example row 3 (the same as row 1).'
      }
    ])
  })

  test('need every column to be the same', async () => {
    expect(await warnings('a,b,c\n1,x,1\n1,x,2\n1,y,1\n2,x,1\n', 'duplicateRows')).toEqual([])
    // One column that differs everywhere settles it.
    expect(
      await warnings(
        table('id,b', 50, (i) => [i, 'x']),
        'duplicateRows'
      )
    ).toEqual([])
  })

  test('are told from rows that only share their most different columns', async () => {
    // 300 values each in a and b, moving together: they do not tell apart the rows that c does.
    const content = table('a,b,c', 600, (i) => [(i % 300) / 8, (i % 300) * 3, i < 300 || i === 599 ? 'x' : 'y'])
    expect(await warnings(content, 'duplicateRows')).toMatchObject([{ rows: 1, groups: 1, examples: [[300, 600]] }])
  })
})

describe('columns', () => {
  test('that are copies of each other are grouped', async () => {
    const content = table('a,b,c,d,e,f', 40, (i) => {
      const text = ['u', 'v', 'w'][(i * i) % 3] ?? ''
      return [(i * 7) % 11, text, (i * 7) % 11, (i * 7 + 1) % 11, text, `${(i * 7) % 11}.0`]
    })
    expect((await warnings(content, 'copies')).map(({ columns }) => columns)).toEqual([
      ['a', 'c', 'f'],
      ['b', 'e']
    ])
    expect((await warnings(content, 'copies'))[1]?.message).toBe('"e" holds the same as "b" in every row.')
  })

  test('with the same values in other rows, or other gaps, are no copies', async () => {
    const content = table('a,b,c', 40, (i) => [i % 2, (i + 1) % 2, i === 3 ? '' : i % 2])
    expect(await warnings(content, 'copies')).toEqual([])
  })

  test('with many missing values are listed, the emptiest first', async () => {
    const content = table('a,b,c,d', 10, (i) => [i * i, i < 3 ? '' : i % 2, i < 2 ? '' : i % 3, i < 6 ? '' : i % 4])
    expect(await warnings(content, 'missing')).toMatchObject([
      { columns: ['d', 'b'], shares: [0.6, 0.3], message: 'Many values are missing: "d" (60 %) and "b" (30 %).' }
    ])
  })

  test('without any value are said to be empty', async () => {
    expect(await warnings('a,b\n1,\n2,NA\n4,\n', 'empty')).toMatchObject([
      { columns: ['b'], message: '"b" has no value in any row.' }
    ])
  })

  test('with many categories', async () => {
    const city = (n: number): string => table('city,x', 300, (i) => [`c${i % n}`, (i * 7) % 13])
    expect(await warnings(city(50), 'manyCategories')).toEqual([])
    expect(await warnings(city(51), 'manyCategories')).toMatchObject([
      { columns: ['city'], distinct: [51], message: 'There are many categories: "city" (51 categories).' }
    ])
  })

  test('of very different size: root mean squares are compared', async () => {
    const content = (factor: number): string => table('large,small', 50, (i) => [factor * (1 + (i % 3)), 1 + (i % 3)])
    expect(await warnings(content(9999), 'scale')).toEqual([])
    expect(await warnings(content(10_001), 'scale')).toMatchObject([
      { columns: ['large', 'small'], ratio: expect.closeTo(10_001, 6) as number }
    ])
  })
})

describe('values far out', () => {
  test('are counted, with the farthest and where it is', async () => {
    // 1071.5 is the limit: numpy.percentile gives the quartiles 26 and 77, and the median 51.5.
    const values = [...Array.from({ length: 100 }, (_, index) => ((index * 37) % 100) + 1 + 0.5), 5000, -2000, 1072]
    const content = `x,y\n${values.map((value, index) => `${value},${index % 3}\n`).join('')}`
    expect(await warnings(content, 'outliers')).toMatchObject([
      {
        columns: ['x'],
        outliers: [{ count: 3, value: 5000, row: 101 }],
        message:
          'Values lie far out, more than 20 interquartile ranges from the median: "x" (3 values, like 5000 in row 101).'
      }
    ])
  })

  test('among few different values likewise; on the limit is not beyond it', async () => {
    // Quartiles 1 and 2, median 1: the limit is 21.
    const few = (last: number): string => table('x,y', 101, (i) => [i === 100 ? last : i < 60 ? 1 : 2, (i * 7) % 5])
    expect(await warnings(few(21), 'outliers')).toEqual([])
    expect(await warnings(few(-20), 'outliers')).toMatchObject([{ outliers: [{ count: 1, value: -20, row: 101 }] }])
  })

  test('are not looked for where half of the values are the same', async () => {
    expect(
      await warnings(
        table('x,y', 100, (i) => [i < 5 ? 1000 : 0, i % 3]),
        'outliers'
      )
    ).toEqual([])
  })
})
