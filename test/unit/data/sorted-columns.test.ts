import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Database } from '../../../src/data/database'
import { Scratch } from '../../../src/data/scratch'
import { distinctOf, eachColumn, medianOf, modeOf, quantileOf } from '../../../src/data/sorted-columns'
import { DataBench } from './harness'

let bench: DataBench
let scratch: Scratch
let database: Database
beforeAll(async () => {
  bench = await DataBench.start()
  scratch = new Scratch(bench.folder)
  database = new Database(scratch)
  await database.run(
    'CREATE TABLE t AS SELECT i::DOUBLE AS a, (9 - i)::DOUBLE AS b, CASE WHEN i % 2 = 0 THEN i::DOUBLE END AS c FROM range(10) r(i)'
  )
})
afterAll(async () => {
  await database.dispose()
  scratch.dispose()
  await bench.stop()
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
      't',
      10,
      columns,
      null,
      ({ value }, values) => (found[value] = Array.from(values)),
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
    await eachColumn(database, 't', 10, [{ value: 'c', count: 3 }], firstHalf, (_, values) => found.push(...values))
    expect(found).toEqual([0, 2, 4])
  })
})

test.each([
  [[3], 3, 3, 1],
  [[1, 2], 1.5, 1, 2],
  [[1, 2, 2], 2, 2, 2],
  [[1, 1, 2, 2], 1.5, 1, 2],
  [[-3, 0, 5, 5, 9], 5, 5, 4]
])('%j has the median %d, the mode %d and %d different values', (values, median, mode, distinct) => {
  const sorted = Float64Array.from(values)
  expect([medianOf(sorted), modeOf(sorted), distinctOf(sorted)]).toEqual([median, mode, distinct])
})

// numpy.percentile of NumPy 1.24, whose default is the same linear interpolation.
test.each([
  [[1, 2, 4, 8, 16], 0.1, 1.4],
  [[1, 2, 4, 8, 16], 0.25, 2],
  [[1, 2, 4, 8, 16], 1, 16],
  [[3, 3.5], 0.25, 3.125],
  [[3, 3.5], 0.75, 3.375],
  [[7], 0.25, 7]
])('of %j, the share %d lies below %d', (values, share, expected) => {
  expect(quantileOf(Float64Array.from(values), share)).toBeCloseTo(expected, 12)
})
