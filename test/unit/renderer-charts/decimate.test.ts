import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Columns, decimate, type Source } from '../../../src/renderer/charts/decimate'
import { smooth } from '../../../src/renderer/charts/smoothing'
import { lowerBound } from '../../../src/shared/series'

function source(values: readonly number[], more: Partial<Source> = {}): Source {
  return {
    length: values.length,
    x: values.map((_, i) => i + 1),
    factor: 1,
    mean: values,
    min: values,
    max: values,
    weight: null,
    ...more
  }
}
function cut(from: Source, max: number, pixels: number): Columns {
  const columns = new Columns(4)
  decimate(from, { min: 0, max }, pixels, columns)
  return columns
}
const used = (column: Float64Array, { length }: Columns): number[] => Array.from(column.subarray(0, length))

describe('decimate', () => {
  it('leaves a line alone that has fewer points than pixels', () => {
    const columns = cut(source([3, 1, 2]), 4, 100)
    expect(used(columns.x, columns)).toEqual([1, 2, 3])
    expect(used(columns.mean, columns)).toEqual([3, 1, 2])
    expect(columns.hasSpread).toBe(false)
  })
  it('makes one point of what shares a column: weighted mean, extremes, the last place', () => {
    const columns = cut(source([1, 2, 6, 8], { x: [1, 2, 11, 12], weight: [3, 1, 1, 1] }), 20, 2)
    expect(used(columns.x, columns)).toEqual([2, 12])
    expect(used(columns.mean, columns)).toEqual([1.25, 7])
    expect(used(columns.min, columns)).toEqual([1, 6])
    expect(used(columns.max, columns)).toEqual([2, 8])
    expect(columns.hasSpread).toBe(true)
  })
  it('leaves out what was not measured', () => {
    const columns = cut(source([1, Number.NaN, 3]), 4, 100)
    expect(used(columns.mean, columns)).toEqual([1, 3])
  })
  it('scales x by its factor and keeps one point beyond each end', () => {
    const columns = new Columns()
    decimate(source([1, 2, 3, 4, 5, 6], { factor: 0.5 }), { min: 1.1, max: 2 }, 90, columns)
    expect(used(columns.x, columns)).toEqual([1, 1.5, 2, 2.5])
  })
  it('draws nothing without data, pixels or an axis', () => {
    expect(cut(source([]), 10, 100).length).toBe(0)
    expect(cut(source([1]), 10, 0).length).toBe(0)
    expect(cut(source([1]), 0, 100).length).toBe(0)
  })
  it('never loses an extreme and never exceeds the pixels by more than its ends', () => {
    const values = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 500 })
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 60 }), (data, pixels) => {
        const columns = cut(source(data), data.length, pixels)
        expect(columns.length).toBeLessThanOrEqual(Math.min(data.length, pixels + 1))
        expect(Math.min(...used(columns.min, columns))).toBe(Math.min(...data))
        expect(Math.max(...used(columns.max, columns))).toBe(Math.max(...data))
        const xs = used(columns.x, columns)
        expect(xs).toEqual([...xs].sort((a, b) => a - b))
      })
    )
  })
})

describe('smooth', () => {
  const line = (values: readonly number[], max = values.length, pixels = 1000): Columns =>
    cut(source(values), max, pixels)

  it('changes nothing at strength 0', () => {
    const columns = line([1, 5, 2])
    smooth(columns, 0, 3, 'linear')
    expect(used(columns.smooth, columns)).toEqual([1, 5, 2])
  })
  it('leaves a constant line constant, and starts without a bias towards its first point', () => {
    const columns = line(Array.from({ length: 200 }, () => 7))
    smooth(columns, 0.9, 200, 'linear')
    for (const value of used(columns.smooth, columns)) expect(value).toBeCloseTo(7, 12)
  })
  it('follows the formula of exponential smoothing with the start corrected for', () => {
    const columns = cut(source([1, 2, 4]), 1000, 1000)
    smooth(columns, 0.5, 1000, 'linear')
    // Points are one thousandth of the view apart: each keeps the fourth root of the strength.
    const keep = 0.5 ** 0.25
    expect(columns.smooth[1]).toBeCloseTo((1 * keep + 2) / (keep + 1), 12)
    expect(columns.smooth[2]).toBeCloseTo((1 * keep ** 2 + 2 * keep + 4) / (keep ** 2 + keep + 1), 12)
  })
  it('averages logarithms on a logarithmic axis, and leaves a gap where there is none', () => {
    const columns = line([1e-4, 0, 1e-2], 1000)
    smooth(columns, 0.999999, 1000, 'log')
    expect(columns.smooth[1]).toBeNaN()
    expect(columns.smooth[2]).toBeCloseTo(1e-3, 4)
  })
  it('looks alike however finely the same curve was measured', () => {
    const curve = (x: number): number => Math.exp(-5 * x) + (x > 0.5 ? 1 : 0)
    const measured = (points: number): Columns => {
      const columns = new Columns()
      const x = Array.from({ length: points }, (_, i) => (i + 1) / points)
      decimate(source(x.map(curve), { x }), { min: 0, max: 1 }, points, columns)
      smooth(columns, 0.9, 1, 'linear')
      return columns
    }
    const valueAt = (columns: Columns, x: number): number =>
      columns.smooth[lowerBound(columns.x, columns.length, x - 1e-9)] ?? Number.NaN
    const coarse = measured(500)
    const fine = measured(5000)
    for (const share of [0.2, 0.45, 0.6, 0.9]) {
      expect(valueAt(coarse, share)).toBeCloseTo(valueAt(fine, share), 1)
    }
  })
})
