import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Moments } from '../../../src/data/moments'

function momentsOf(values: readonly number[]): Moments {
  const moments = new Moments()
  moments.add(Float64Array.from(values), values.length)
  return moments
}

/** Two passes over exact integers scaled by a power of two: nothing here rounds before the last division. */
function exactly(integers: readonly bigint[]): { mean: number; variance: number } {
  const n = BigInt(integers.length)
  const sum = integers.reduce((a, b) => a + b, 0n)
  const squares = integers.reduce((a, b) => a + (n * b - sum) ** 2n, 0n)
  return { mean: Number(sum) / integers.length, variance: Number(squares) / Number(n) ** 3 }
}

describe('mean and standard deviation', () => {
  test('agree with exact arithmetic', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 1, maxLength: 3000 }),
        (values) => {
          const moments = momentsOf(values)
          const expected = exactly(values.map(BigInt))
          expect(moments.mean).toBeCloseTo(expected.mean, 9)
          expect(moments.standardDeviation).toBeCloseTo(Math.sqrt(expected.variance), 6)
          expect(moments.min).toBe(Math.min(...values))
          expect(moments.max).toBe(Math.max(...values))
          expect(moments.count).toBe(values.length)
        }
      ),
      { numRuns: 50 }
    )
  })

  test('do not lose a small spread on a large offset', () => {
    const values = Array.from({ length: 10_000 }, (_, index) => 1e9 + (index % 2))
    expect(momentsOf(values).mean).toBe(1e9 + 0.5)
    expect(momentsOf(values).standardDeviation).toBe(0.5)
  })

  test('a constant has no spread at all', () => {
    const moments = momentsOf(Array.from({ length: 3000 }, () => 0.1))
    expect(moments.mean).toBe(0.1)
    expect(moments.standardDeviation).toBe(0)
  })

  test('in whatever pieces they arrive, with gaps or without', () => {
    const values = Float64Array.from({ length: 5000 }, (_, index) => Math.sin(index) * 1e3)
    const whole = momentsOf([...values])
    const pieces = new Moments()
    for (let from = 0; from < values.length; from += 7) {
      const piece = Float64Array.from([...values.subarray(from, from + 7), Number.NaN])
      pieces.add(piece, piece.length)
    }
    expect([pieces.mean, pieces.standardDeviation]).toEqual([whole.mean, whole.standardDeviation])
  })

  test('nothing has neither', () => {
    expect(new Moments().mean).toBeNaN()
    expect(new Moments().standardDeviation).toBeNaN()
  })
})
