import { describe, expect, test } from 'vitest'
import { sortValues } from '../../../src/data/sort-values'

/** Numbers in [0, 1) that follow from the index alone. */
const random = (index: number): number => {
  const x = Math.sin(index * 12.9898 + 4.1) * 43_758.5453
  return x - Math.floor(x)
}
const many = (valueOf: (index: number) => number, count = 50_000): Float64Array =>
  Float64Array.from({ length: count }, (_, index) => valueOf(index))

describe('sortValues', () => {
  test.each<[string, Float64Array]>([
    ['nothing', many(random, 0)],
    ['one value', many(random, 1)],
    ['few values', many(random, 100)],
    ['values spread evenly', many(random)],
    ['values that come again', many((i) => Math.floor(random(i) * 100) - 50)],
    ['all the same', many(() => 7)],
    ['a range without room', many((i) => (random(i) < 0.5 ? 0 : 5e-324))],
    ['ascending', many((i) => i)],
    ['descending', many((i) => -i)],
    ['one value far from all others', many((i) => (i === 777 ? 1e15 : random(i)))],
    ['many sizes', many((i) => 10 ** (random(i) * 300 - 150) * (i % 2 === 0 ? 1 : -1))],
    ['the largest numbers there are', many((i) => (random(i) - 0.5) * Number.MAX_VALUE * 2)]
  ])('%s', (_name, values) => {
    const expected = values.slice().sort()
    sortValues(values)
    expect(values).toEqual(expected)
  })
})
