import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Database } from '../../../src/data/database'
import { Scratch } from '../../../src/data/scratch'
import { distinctUpTo, eachColumn, modeOf, quantilesOf, valuesAtRanks } from '../../../src/data/order-statistics'
import { dataBench } from './harness'

const bench = dataBench()
let scratch: Scratch
let database: Database
beforeAll(async () => {
  scratch = new Scratch(bench.folder)
  database = new Database(scratch)
  await database.run(
    'CREATE TABLE t AS SELECT i::DOUBLE AS a, (9 - i)::DOUBLE AS b, CASE WHEN i % 2 = 0 THEN i::DOUBLE END AS c FROM range(10) r(i)'
  )
})
afterAll(async () => {
  await database.dispose()
  scratch.dispose()
})

describe('columns one by one', () => {
  // All at once, two at a time, one at a time although not even one fits.
  test.each([1000, 20, 1])('with room for %d cells', async (cells) => {
    const found: Record<string, number[]> = {}
    const columns = [
      { value: 'a', count: 10 },
      { value: 'b', count: 10 },
      { value: 'c', count: 5 }
    ]
    await eachColumn(
      database,
      { id: 't', rows: 10, stored: null },
      columns,
      null,
      ({ value }, values) => (found[value] = Array.from(values)),
      () => undefined,
      cells
    )
    expect(found).toEqual({
      a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      b: [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
      c: [0, 2, 4, 6, 8]
    })
  })

  test('of some rows only', async () => {
    const found: number[] = []
    const firstHalf = Uint8Array.from({ length: 10 }, (_, row) => (row < 5 ? 0 : 1))
    await eachColumn(
      database,
      { id: 't', rows: 10, stored: null },
      [{ value: 'c', count: 3 }],
      firstHalf,
      (_, values) => found.push(...values),
      () => undefined
    )
    expect(found).toEqual([0, 2, 4])
  })
})

test.each([
  [[3], 3],
  [[1, 2], 1],
  [[1, 2, 2], 2],
  [[1, 1, 2, 2], 1],
  [[-3, 0, 5, 5, 9], 5]
])('%j has the mode %d', (values, mode) => {
  expect(modeOf(Float64Array.from(values))).toBe(mode)
})

// numpy.percentile of NumPy 1.24, whose default is the same linear interpolation.
test.each([
  [[16, 1, 8, 2, 4], 0.1, 1.4],
  [[1, 2, 4, 8, 16], 0.25, 2],
  [[1, 2, 4, 8, 16], 1, 16],
  [[3.5, 3], 0.25, 3.125],
  [[3, 3.5], 0.75, 3.375],
  [[7], 0.25, 7]
])('of %j, the share %d lies below %d', (values, share, expected) => {
  expect(quantilesOf(Float64Array.from(values), [share])[0]).toBeCloseTo(expected, 12)
})

describe('values at ranks are those of the sorted values', () => {
  const many = 20_000
  const pseudo = (index: number): number => ((index * 7919) % many) / many
  const shapes: Record<string, (index: number) => number> = {
    uniform: (index) => pseudo(index) * 100 - 50,
    'of every size': (index) => (index % 2 === 0 ? 1 : -1) * 10 ** (pseudo(index) * 600 - 300),
    'nearly all the same': (index) => (index === 77 ? 1e9 : 5),
    'differing in the last bits': (index) => 1 + pseudo(index) * 2 ** -40,
    'on both sides of zero': (index) => [-0, 0, Number.MIN_VALUE, -Number.MIN_VALUE][index % 4] ?? 0
  }
  test.each(Object.keys(shapes))('%s', (name) => {
    const values = Float64Array.from({ length: many }, (_, index) => shapes[name]?.(index) ?? 0)
    const sorted = values.slice().sort()
    const ranks = [many - 1, 0, 1, 77, 5000, 5000, 9999, 10_000, 15_001]
    expect(valuesAtRanks(values, ranks)).toEqual(ranks.map((rank) => sorted[rank]))
  })
})

test('different values are counted up to a limit', () => {
  const values = Float64Array.from({ length: 5000 }, (_, index) => (index % 700) / 8)
  values[1] = -0
  expect(distinctUpTo(values, 700)).toBe(700)
  expect(distinctUpTo(values, 699)).toBeNull()
  expect(distinctUpTo(new Float64Array(0), 10)).toBe(0)
  expect(distinctUpTo(Float64Array.of(0, -0, 0), 10)).toBe(1)
})
