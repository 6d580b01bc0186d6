import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EpochSeries, lowerBound, StepSeries } from '../../../src/shared/series'
import type { Envelope, EpochRecord, StepBuckets } from '../../../src/shared/training-run'

/** Buckets of the given widths from step `from` + 1 on; the value of a step is `valueOf(step)`, for every channel. */
function buckets(
  from: number,
  widths: readonly number[],
  valueOf: (step: number) => number | null,
  layers = 1
): StepBuckets {
  const last: number[] = []
  const envelope: Envelope = { mean: [], min: [], max: [] }
  let step = from
  for (const width of widths) {
    const values = Array.from({ length: width }, (_, i) => valueOf(step + 1 + i)).filter((value) => value !== null)
    step += width
    last.push(step)
    envelope.mean.push(values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length)
    envelope.min.push(values.length === 0 ? null : Math.min(...values))
    envelope.max.push(values.length === 0 ? null : Math.max(...values))
  }
  const perLayer = Array.from({ length: layers }, () => envelope)
  return { last, count: [...widths], loss: envelope, gradientNorms: perLayer, updateRatios: perLayer }
}
const single = (from: number, count: number, valueOf: (step: number) => number): StepBuckets =>
  buckets(
    from,
    Array.from({ length: count }, () => 1),
    valueOf
  )
const used = (column: Float64Array, series: StepSeries): number[] => Array.from(column.subarray(0, series.length))
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

describe('StepSeries', () => {
  it('keeps every step as it came while there is room', () => {
    const series = new StepSeries(1, 8)
    series.append(
      single(0, 5, (step) => step * 10),
      5
    )
    expect(used(series.last, series)).toEqual([1, 2, 3, 4, 5])
    expect(used(series.loss.mean, series)).toEqual([10, 20, 30, 40, 50])
    expect(used(series.seconds, series)).toEqual([1, 2, 3, 4, 5])
    expect(series.width).toBe(1)
  })

  it('merges neighbours evenly when it is full: weighted mean, min of mins, max of maxes', () => {
    const series = new StepSeries(1, 4)
    series.append(
      single(0, 5, (step) => step),
      5
    )
    expect(used(series.last, series)).toEqual([2, 4, 5])
    expect(used(series.count, series)).toEqual([2, 2, 1])
    expect(used(series.loss.mean, series)).toEqual([1.5, 3.5, 5])
    expect(used(series.loss.min, series)).toEqual([1, 3, 5])
    expect(used(series.loss.max, series)).toEqual([2, 4, 5])
  })

  it('fills the last bucket up to the width before it begins another', () => {
    const series = new StepSeries(1, 4)
    series.append(
      single(0, 5, (step) => step),
      5
    )
    series.append(
      single(5, 1, (step) => step),
      6
    )
    expect(used(series.last, series)).toEqual([2, 4, 6])
    expect(used(series.loss.mean, series)).toEqual([1.5, 3.5, 5.5])
  })

  it('keeps the latest values exactly, whatever was merged', () => {
    const series = new StepSeries(2, 4)
    const last = buckets(100, [1], () => 0.1 + 0.2, 2)
    series.append(
      buckets(
        0,
        Array.from({ length: 100 }, () => 1),
        (step) => step,
        2
      ),
      10
    )
    series.append(last, 11)
    expect(series.latest).toEqual({
      step: 101,
      seconds: 11,
      loss: 0.1 + 0.2,
      gradientNorms: Float64Array.of(0.1 + 0.2, 0.1 + 0.2),
      updateRatios: Float64Array.of(0.1 + 0.2, 0.1 + 0.2)
    })
  })

  it('takes what was not measured as NaN and lets measured neighbours stand', () => {
    const series = new StepSeries(1, 2)
    series.append(
      buckets(0, [1, 1, 1, 1], (step) => (step === 1 ? null : step)),
      4
    )
    expect(used(series.last, series)).toEqual([2, 4])
    expect(used(series.loss.mean, series)).toEqual([2, 3.5])
    const unmeasured = new StepSeries(1, 4)
    unmeasured.append(
      buckets(0, [1], () => null),
      1
    )
    expect(used(unmeasured.loss.mean, unmeasured)).toEqual([Number.NaN])
  })

  it('keeps its memory bounded and covers a long run evenly', () => {
    const series = new StepSeries(1, 64)
    for (let from = 0; from < 100_000; from += 100)
      series.append(
        single(from, 100, (step) => 1 / step),
        from / 1000
      )
    expect(series.last.length).toBe(64)
    expect(series.length).toBeLessThanOrEqual(64)
    expect(series.length).toBeGreaterThan(32)
    const widths = used(series.count, series)
    expect(Math.max(...widths)).toBe(2048)
    // All but the open one at the end are equally wide.
    expect(new Set(widths.slice(0, -1))).toEqual(new Set([2048]))
  })

  it('adds up to all steps, bounds every step, and keeps the overall mean, for any buckets', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.array(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }), {
          minLength: 1,
          maxLength: 30
        }),
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 }),
        (capacity, frames, palette) => {
          const series = new StepSeries(1, capacity)
          const valueOf = (step: number): number => palette[step % palette.length] ?? 0
          let steps = 0
          for (const widths of frames) {
            series.append(buckets(steps, widths, valueOf), steps)
            steps += sum(widths)
          }
          const counts = used(series.count, series)
          expect(series.length).toBeLessThanOrEqual(capacity)
          expect(sum(counts)).toBe(steps)
          expect(series.lastStep).toBe(steps)
          expect(series.firstStep).toBe(1)
          let weighted = 0
          for (let i = 0; i < series.length; i++) {
            const end = series.last[i] ?? 0
            const members = Array.from({ length: counts[i] ?? 0 }, (_, k) => valueOf(end - k))
            expect(series.loss.min[i]).toBe(Math.min(...members))
            expect(series.loss.max[i]).toBe(Math.max(...members))
            expect(series.loss.mean[i]).toBeCloseTo(sum(members) / members.length, 5)
            weighted += (series.loss.mean[i] ?? 0) * (counts[i] ?? 0)
          }
          expect(weighted / steps).toBeCloseTo(sum(Array.from({ length: steps }, (_, k) => valueOf(k + 1))) / steps, 5)
          expect(used(series.gradientNorms[0]?.mean ?? new Float64Array(), series)).toEqual(
            used(series.loss.mean, series)
          )
        }
      ),
      { numRuns: 200 }
    )
  })

  it('finds the bucket of a step', () => {
    const series = new StepSeries(1, 8)
    expect(series.indexOfStep(1)).toBe(-1)
    series.append(
      buckets(0, [10, 10, 10], (step) => step),
      3
    )
    expect([1, 10, 11, 30, 99].map((step) => series.indexOfStep(step))).toEqual([0, 0, 1, 2, 2])
  })

  it('begins where a window came in late', () => {
    const series = new StepSeries(1, 8)
    series.append(
      single(500, 2, (step) => step),
      10
    )
    expect([series.firstStep, series.lastStep]).toEqual([501, 502])
  })

  it('refuses a capacity that cannot work', () => {
    expect(() => new StepSeries(1, 1)).toThrow('A series needs room for 2 buckets or more, not 1.')
  })
})

const record = (epoch: number, validationLoss: number | null = 1 / epoch): EpochRecord => ({
  epoch,
  step: epoch * 8,
  trainLoss: 2 / epoch,
  validationLoss,
  trainMetric: null,
  validationMetric: null,
  gradientNorms: [],
  learningRate: 0.1,
  seconds: epoch / 10
})

describe('a run that went back to its checkpoint', () => {
  it('goes on without a gap and without a step told twice', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 64 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 200 }),
        fc.nat({ max: 1000 }),
        (capacity, widths, draw) => {
          const series = new StepSeries(1, capacity)
          const total = sum(widths)
          series.append(
            buckets(0, widths, (step) => step),
            total
          )
          const back = draw % (total + 1)
          series.cutAfter(back)
          expect([series.lastStep, sum(used(series.count, series))]).toEqual([back, back])
          expect(series.latest?.step ?? 0).toBe(back)
          series.append(
            single(back, total - back + 3, (step) => step),
            total + 3
          )
          const last = used(series.last, series)
          expect(last).toEqual([...new Set(last)].sort((a, b) => a - b))
          expect([series.lastStep, sum(used(series.count, series))]).toEqual([total + 3, total + 3])
          const seconds = used(series.seconds, series)
          expect(seconds).toEqual(seconds.toSorted((a, b) => a - b))
        }
      )
    )
  })

  it('knows the best of the epochs that are left', () => {
    const series = new EpochSeries(8)
    series.append([record(1, 3), record(2, 1), record(3, 2), record(4, 0.5)])
    series.cutAfter(record(3).step)
    expect(Array.from(series.columns.epoch.subarray(0, series.length))).toEqual([1, 2, 3])
    expect(series.best).toEqual({ epoch: 2, step: record(2).step, validationLoss: 1 })
    series.append([record(4, 0.25)])
    expect(series.best?.epoch).toBe(4)
  })
})

describe('EpochSeries', () => {
  it('keeps every record while there is room', () => {
    const series = new EpochSeries(4)
    series.append([record(1), record(2)])
    expect(Array.from(series.columns.epoch.subarray(0, series.length))).toEqual([1, 2])
    expect(Array.from(series.columns.trainLoss.subarray(0, 2))).toEqual([2, 1])
    expect(series.columns.trainMetric[0]).toBeNaN()
  })

  it('stays bounded; what it keeps is exact, ascending, and ends with the last record', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), fc.integer({ min: 1, max: 2000 }), (capacity, epochs) => {
        const series = new EpochSeries(capacity)
        for (let epoch = 1; epoch <= epochs; epoch++) series.append([record(epoch)])
        const kept = Array.from(series.columns.epoch.subarray(0, series.length))
        expect(series.length).toBeLessThanOrEqual(capacity)
        expect(series.length).toBeGreaterThanOrEqual(Math.min(epochs, Math.floor(capacity / 2)))
        expect(kept.at(-1)).toBe(epochs)
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b))
        for (const [index, epoch] of kept.entries()) expect(series.columns.validationLoss[index]).toBe(1 / epoch)
        expect(series.latest).toEqual(record(epochs))
      })
    )
  })

  it('remembers the smallest validation loss even when its record was dropped', () => {
    const series = new EpochSeries(4)
    for (let epoch = 1; epoch <= 100; epoch++) series.append([record(epoch, Math.abs(epoch - 37))])
    expect(series.best).toMatchObject({ epoch: 37, step: record(37).step, validationLoss: 0 })
    const unvalidated = new EpochSeries(4)
    unvalidated.append([record(1, null)])
    expect(unvalidated.best).toBeNull()
  })
})

describe('lowerBound', () => {
  it('is the first index that is not below', () => {
    const values = [1, 3, 3, 7, 99]
    expect([0, 1, 2, 3, 4, 7, 8].map((value) => lowerBound(values, 4, value))).toEqual([0, 0, 1, 1, 3, 3, 4])
  })
})
