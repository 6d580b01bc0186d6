import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clockTicks,
  growingEnd,
  linearTicks,
  logTicks,
  niceStep,
  verticalRange
} from '../../../src/renderer/charts/axis'

describe('growingEnd', () => {
  it('goes to the next round number, at most to the limit', () => {
    expect([0.5, 1, 7, 101, 160, 260, 5200, 999_999].map((value) => growingEnd(value))).toEqual([
      0.5, 1, 8, 120, 200, 300, 6000, 1e6
    ])
    expect(growingEnd(7900, 7950)).toBe(7950)
    expect(growingEnd(0)).toBe(1)
  })

  it('never lies before the data and wastes at most a third of the axis', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), (value) => {
        const end = growingEnd(value)
        expect(end).toBeGreaterThanOrEqual(value * (1 - 1e-8))
        expect(end).toBeLessThanOrEqual(value * 1.34)
      })
    )
  })
})

describe('ticks', () => {
  it('are round numbers inside the range', () => {
    expect(linearTicks({ min: 0, max: 1 }, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(linearTicks({ min: 3, max: 97 }, 5)).toEqual([20, 40, 60, 80])
    expect(linearTicks({ min: 0, max: 8 }, 20, 1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })
  it('of time are whole seconds, minutes, hours', () => {
    expect(clockTicks({ min: 0, max: 150 }, 5)).toEqual([0, 30, 60, 90, 120, 150])
    expect(clockTicks({ min: 0, max: 3600 }, 4)).toEqual([0, 900, 1800, 2700, 3600])
    expect(clockTicks({ min: 0, max: 2 }, 4)).toEqual([0, 0.5, 1, 1.5, 2])
  })
  it('of a logarithmic axis are decades, with 2 and 5 between when there is room', () => {
    expect(logTicks({ min: 1e-4, max: 1 }, 5)).toEqual([1e-4, 1e-3, 1e-2, 1e-1, 1])
    expect(logTicks({ min: 0.05, max: 2 }, 6)).toEqual([0.05, 0.1, 0.2, 0.5, 1, 2])
    expect(logTicks({ min: 1e-12, max: 1 }, 4)).toEqual([1e-12, 1e-9, 1e-6, 1e-3, 1])
  })
  it('steps are 1, 2 or 5 times a power of ten', () => {
    expect([0.11, 0.2, 3, 5.1, 70].map(niceStep)).toEqual([0.2, 0.2, 5, 10, 100])
    expect(niceStep(0)).toBe(1)
  })
})

describe('verticalRange', () => {
  it('goes round the data at round values, from zero when the data comes near it', () => {
    expect(verticalRange({ min: 0.07, max: 1.31 }, 'linear', null)).toEqual({ min: 0, max: 1.5 })
    expect(verticalRange({ min: 98.2, max: 99.6 }, 'linear', null)).toEqual({ min: 98, max: 100 })
  })
  it('stays while the data fits and fills it, and follows when it does not', () => {
    const first = verticalRange({ min: 0.5, max: 2 }, 'linear', null)
    expect(first).toEqual({ min: 0, max: 2 })
    expect(verticalRange({ min: 0.1, max: 1.2 }, 'linear', first)).toBe(first)
    expect(verticalRange({ min: 0.1, max: 2.3 }, 'linear', first)).toEqual({ min: 0, max: 2.5 })
    expect(verticalRange({ min: 0.01, max: 0.3 }, 'linear', first)).toEqual({ min: 0, max: 0.3 })
  })
  it('respects limits and survives a flat line', () => {
    expect(verticalRange({ min: 0.9, max: 1 }, 'linear', null, { min: 0, max: 1 })).toEqual({ min: 0.9, max: 1 })
    const flat = verticalRange({ min: 5, max: 5 }, 'linear', null)
    expect(flat.min).toBeLessThan(5)
    expect(flat.max).toBeGreaterThan(5)
    expect(verticalRange({ min: 0, max: 0 }, 'linear', null)).toEqual({ min: 0, max: 1 })
  })
  it('has positive bounds on a logarithmic axis, at 1-2-5 values, whatever zeros there are', () => {
    expect(verticalRange({ min: 0.0018, max: 0.32 }, 'log', null)).toEqual({ min: 0.001, max: 0.5 })
    expect(verticalRange({ min: 0, max: 3 }, 'log', null)).toEqual({ min: 0.2, max: 5 })
    expect(verticalRange({ min: 3e-9, max: 4 }, 'log', null)).toEqual({ min: 1e-9, max: 10 })
    expect(verticalRange({ min: 0, max: 0 }, 'log', null)).toEqual({ min: 1e-3, max: 1 })
    expect(verticalRange({ min: 1, max: 1 }, 'log', null)).toEqual({ min: 0.5, max: 2 })
  })
  it('always contains the data', () => {
    const value = fc.double({ min: 1e-12, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(value, value, fc.constantFrom('linear' as const, 'log' as const), (a, b, kind) => {
        const data = { min: Math.min(a, b), max: Math.max(a, b) }
        const range = verticalRange(data, kind, null)
        expect(range.max).toBeGreaterThanOrEqual(data.max * (1 - 1e-8))
        // Beyond 16 decades below the largest value nothing can be told apart on a screen.
        expect(range.min).toBeLessThanOrEqual(Math.max(data.min, data.max / 1e16) * (1 + 1e-8))
        expect(range.max).toBeGreaterThan(range.min)
      }),
      { numRuns: 500 }
    )
  })
})
