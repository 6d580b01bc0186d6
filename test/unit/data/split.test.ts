import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SplitRandom } from '../../../src/data/prepare/random'
import { allot, parts, splitRows, type RowClasses } from '../../../src/data/prepare/split'
import { failure } from './harness'

const settings = (changes: Partial<{ validation: number; test: number; seed: number; stratify: boolean }> = {}) => ({
  validation: 0.2,
  test: 0,
  seed: 1,
  stratify: true,
  ...changes
})
const classesOf = (counts: readonly number[]): RowClasses => ({
  classes: Uint32Array.from(counts.flatMap((count, index) => Array.from({ length: count }, () => index))),
  count: counts.length
})
const inPart = (split: Uint8Array, part: number): number[] =>
  Array.from(split.keys()).filter((row) => split[row] === part)

describe('the generator', () => {
  test('gives the same numbers for ever', () => {
    // Computed with an independent implementation of sfc32.
    const random = new SplitRandom(1)
    expect([random.next(), random.next(), random.next()]).toEqual([792534090, 3215351813, 160231488])
    expect(new SplitRandom(0).next()).not.toBe(new SplitRandom(1).next())
  })

  test('shuffles evenly', () => {
    const counts = new Map<string, number>()
    for (let seed = 0; seed < 6000; seed++) {
      const items = Uint32Array.of(0, 1, 2)
      new SplitRandom(seed).shuffle(items)
      counts.set(items.join(''), (counts.get(items.join('')) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    // 1000 expected of each; the standard deviation is 29.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})

describe('largest remainders', () => {
  test.each([
    [[50, 50, 50], 30, null, [10, 10, 10]],
    [[59, 71, 48], 36, null, [12, 14, 10]],
    [[3, 3, 3], 4, null, [2, 1, 1]],
    [[1, 9], 5, null, [0, 5]],
    [[2, 2, 2], 5, [1, 1, 1], [1, 1, 1]],
    [[1, 1, 8], 4, [0, 0, 7], [0, 0, 4]],
    [[0, 10], 3, null, [0, 3]]
  ])('%j, %d in all, at most %j', (sizes, total, most, expected) => {
    expect(allot(sizes, total, most)).toEqual(expected)
  })
})

describe('a split', () => {
  test('at random has the sizes asked for, and every row once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 500 }),
        fc.double({ min: 0.1, max: 0.5, noNaN: true }),
        fc.double({ min: 0.1, max: 0.4, noNaN: true }),
        fc.nat(),
        (rows, validation, share, seed) => {
          const split = splitRows(rows, null, null, settings({ validation, test: share, seed }), 'x.csv')
          expect(split.counts.validation).toBe(Math.round(rows * validation))
          expect(split.counts.test).toBe(Math.round(rows * share))
          expect(split.counts.train).toBe(rows - split.counts.validation - split.counts.test)
          for (const name of ['train', 'validation', 'test'] as const)
            expect(inPart(split.parts, parts[name])).toHaveLength(split.counts[name])
        }
      ),
      { numRuns: 50 }
    )
  })

  test('by class keeps the shares and a training row of every class', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 6 }),
        fc.nat(),
        (counts, seed) => {
          const rows = counts.reduce((sum, count) => sum + count, 0)
          fc.pre(rows >= 10)
          const stratification = classesOf(counts)
          const split = splitRows(rows, null, stratification, settings({ validation: 0.3, test: 0.2, seed }), 'x.csv')
          for (const [index, count] of counts.entries()) {
            const of = (part: number): number =>
              inPart(split.parts, part).filter((row) => stratification.classes[row] === index).length
            expect(of(parts.train)).toBeGreaterThanOrEqual(1)
            // A whole row of rounding, and one more where a small class could not give up its last training row.
            expect(Math.abs(of(parts.validation) - count * 0.3)).toBeLessThan(2.5)
            expect(of(parts.train) + of(parts.validation) + of(parts.test)).toBe(count)
          }
        }
      ),
      { numRuns: 50 }
    )
  })

  test('of iris is 40 and 10 of each class', () => {
    const stratification = classesOf([50, 50, 50])
    const split = splitRows(150, null, stratification, settings(), 'iris.csv')
    const byClass = [0, 1, 2].map(
      (index) => inPart(split.parts, parts.validation).filter((row) => stratification.classes[row] === index).length
    )
    expect(byClass).toEqual([10, 10, 10])
  })

  test('depends on the seed and on nothing else', () => {
    const split = (seed: number): string => splitRows(100, null, null, settings({ seed }), 'x.csv').parts.join('')
    expect(split(1)).toBe(split(1))
    expect(new Set([0, 1, 2, 3, 4_294_967_295].map(split)).size).toBe(5)
  })

  test('does not touch rows that are left out', () => {
    const usable = Uint8Array.from({ length: 100 }, (_, row) => row % 2)
    const split = splitRows(100, usable, null, settings({ validation: 0.2, test: 0.2 }), 'x.csv')
    expect(inPart(split.parts, parts.dropped)).toEqual(Array.from({ length: 50 }, (_, index) => 2 * index))
    expect(split.counts).toEqual({ train: 30, validation: 10, test: 10 })
  })

  test('without validation and test is all training', () => {
    expect(splitRows(3, null, null, settings({ validation: 0 }), 'x.csv').counts).toEqual({
      train: 3,
      validation: 0,
      test: 0
    })
  })

  test.each([
    [
      { rows: 2, validation: 0.2, test: 0 },
      '"x.csv" has too few rows for this split: a validation share of 0.2 of 2 rows is no row at all. Use a larger share, or 0 for none.'
    ],
    [
      { rows: 1, validation: 0.9, test: 0 },
      '"x.csv" has too few rows for this split: of 1 row, 1 would go to validation and 0 to test, which leaves none to train on. Use smaller shares or a larger table.'
    ],
    [
      { rows: 2, validation: 0.45, test: 0.45 },
      '"x.csv" has too few rows for this split: of 2 rows, 1 would go to validation and 1 to test, which leaves none to train on. Use smaller shares or a larger table.'
    ]
  ])('refuses %j', async ({ rows, validation, test: share }, message) => {
    const error = await failure(
      Promise.resolve().then(() => splitRows(rows, null, null, settings({ validation, test: share }), 'x.csv'))
    )
    expect(error).toMatchObject({ code: 'invalidData', message })
  })
})
