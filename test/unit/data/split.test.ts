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

describe('folds', () => {
  const fold = (
    rows: number,
    index: number,
    count: number,
    classes: RowClasses | null = null,
    changes: Parameters<typeof settings>[0] = {}
  ) => splitRows(rows, null, classes, settings(changes), 'x.csv', { index, count })

  // Computed with scikit-learn 1.2.1: StratifiedKFold(k).split(…), rows of each class in each fold.
  test.each([
    [
      [7, 11, 4],
      5,
      [
        [2, 2, 1],
        [2, 2, 1],
        [1, 3, 0],
        [1, 2, 1],
        [1, 2, 1]
      ]
    ],
    [[59, 71, 48], 10, [...Array.from({ length: 8 }, () => [6, 7, 5]), [6, 7, 4], [5, 8, 4]]],
    [
      [3, 20],
      5,
      [
        [1, 4],
        [1, 4],
        [1, 4],
        [0, 4],
        [0, 4]
      ]
    ]
  ])('by class %j, dealt into %d', (counts, k, expected) => {
    const stratification = classesOf(counts)
    const rows = counts.reduce((sum, count) => sum + count, 0)
    const found = Array.from({ length: k }, (_, index) => {
      const { parts: into } = fold(rows, index, k, stratification)
      return counts.map(
        (_, code) => inPart(into, parts.validation).filter((row) => stratification.classes[row] === code).length
      )
    })
    expect(found).toEqual(expected)
  })

  test('have every row in one of them, and the test rows of the plain split in none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 2, max: 12 }),
        fc.constantFrom(0, 0.25),
        fc.nat(),
        (counts, k, share, seed) => {
          const rows = counts.reduce((sum, count) => sum + count, 0)
          fc.pre(rows >= 20)
          const stratification = counts.length === 1 ? null : classesOf(counts)
          const changes = { test: share, seed }
          const plain = splitRows(rows, null, stratification, settings(changes), 'x.csv')
          const times = new Uint8Array(rows)
          const sizes = Array.from({ length: k }, (_, index) => {
            const split = fold(rows, index, k, stratification, changes)
            expect(inPart(split.parts, parts.test)).toEqual(inPart(plain.parts, parts.test))
            for (const row of inPart(split.parts, parts.validation)) times[row] = (times[row] ?? 0) + 1
            for (const name of ['train', 'validation', 'test'] as const)
              expect(inPart(split.parts, parts[name])).toHaveLength(split.counts[name])
            return split.counts.validation
          })
          expect(Array.from(times)).toEqual(Array.from(plain.parts, (part) => (part === parts.test ? 0 : 1)))
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        }
      ),
      { numRuns: 60 }
    )
  })

  test('depend on the seed, not on the validation share', () => {
    const dealt = (changes: Parameters<typeof settings>[0]): string => fold(100, 3, 10, null, changes).parts.join('')
    expect(dealt({ seed: 1 })).toBe(dealt({ seed: 1, validation: 0 }))
    expect(dealt({ seed: 1 })).not.toBe(dealt({ seed: 2 }))
  })

  test('may hold one row each', () => {
    expect(fold(3, 2, 3).counts).toEqual({ train: 2, validation: 1, test: 0 })
  })

  test.each([
    [
      { rows: 4, share: 0 },
      '"x.csv" has too few rows for 5 folds: 4 rows can be dealt out, and every fold needs one to validate on. Use at most 4 folds.'
    ],
    [
      { rows: 5, share: 0.2 },
      '"x.csv" has too few rows for 5 folds: 4 rows can be dealt out, and every fold needs one to validate on. Use at most 4 folds.'
    ],
    [
      { rows: 1, share: 0 },
      '"x.csv" has too few rows for 5 folds: 1 row can be dealt out, and every fold needs one to validate on. Use a larger table.'
    ]
  ])('refuse %j', async ({ rows, share }, message) => {
    const error = await failure(Promise.resolve().then(() => fold(rows, 0, 5, null, { test: share })))
    expect(error).toMatchObject({ code: 'invalidData', message })
  })
})
