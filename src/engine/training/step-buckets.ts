import { DEFAULT_BUCKETS } from '../../shared/series'
import type { Envelope, StepBuckets } from '../../shared/training-run'
import type { Chunk } from '../engine'
import { addTo, at } from '../float-array'

/** The arrays of a chunk: dense layer l of step s at `s * layers + l`. */
type Measures = Pick<Chunk, 'loss' | 'gradientNorms' | 'updateRatios'>

/**
 * Steps on their way into a frame. One bucket holds one step while there is room; then the bucket width doubles and
 * neighbours merge, so a frame stays small however many steps it covers. In a long run buckets start as wide as whoever
 * keeps the whole run will make them (`DEFAULT_BUCKETS`), so frames become smaller the longer it gets. The last step
 * always stands alone, so that the newest values are exact.
 */
export class StepBucketCollector {
  /** The loss, the gradient norm of every layer, the update ratio of every layer. */
  private readonly series: number
  /** Bucket i of series s is at `i * series + s`. */
  private readonly sums: Float64Array
  private readonly minima: Float64Array
  private readonly maxima: Float64Array
  private readonly counts: Float64Array
  private readonly lasts: Float64Array
  private used = 0
  private width = 1
  /** The newest step, kept apart until another one comes. */
  private readonly newest: Measures
  private newestStep: number | null = null

  /**
   * @param layers number of dense layers
   * @param capacity most buckets before they merge; even
   */
  constructor(
    private readonly layers: number,
    private readonly capacity: number
  ) {
    this.series = 1 + 2 * layers
    // One more than the capacity, for the newest step.
    const size = (capacity + 1) * this.series
    this.sums = new Float64Array(size)
    this.minima = new Float64Array(size)
    this.maxima = new Float64Array(size)
    this.counts = new Float64Array(capacity + 1)
    this.lasts = new Float64Array(capacity + 1)
    this.newest = {
      loss: new Float64Array(1),
      gradientNorms: new Float64Array(layers),
      updateRatios: new Float64Array(layers)
    }
  }

  /** @param firstStep number of the chunk's first step, counted from 1 over the run */
  add(chunk: Chunk, firstStep: number): void {
    if (chunk.steps === 0) return
    if (this.newestStep !== null) this.addRange(this.newest, 0, 1, this.newestStep)
    const last = chunk.steps - 1
    this.addRange(chunk, 0, last, firstStep)
    this.newest.loss[0] = at(chunk.loss, last)
    this.newest.gradientNorms.set(chunk.gradientNorms.subarray(last * this.layers, chunk.steps * this.layers))
    this.newest.updateRatios.set(chunk.updateRatios.subarray(last * this.layers, chunk.steps * this.layers))
    this.newestStep = firstStep + last
  }

  /** Everything since the last time, and an empty collector. */
  take(): StepBuckets {
    if (this.newestStep !== null) {
      this.openBucket()
      this.addToBucket(this.newest, 0, 1, this.newestStep)
    }
    const layers = Array.from({ length: this.layers }, (_, layer) => layer)
    const buckets = {
      last: Array.from(this.lasts.subarray(0, this.used)),
      count: Array.from(this.counts.subarray(0, this.used)),
      loss: this.envelope(0),
      gradientNorms: layers.map((layer) => this.envelope(1 + layer)),
      updateRatios: layers.map((layer) => this.envelope(1 + this.layers + layer))
    }
    this.used = 0
    if (this.newestStep !== null) this.width = thingsPerPlace(this.newestStep, DEFAULT_BUCKETS)
    this.newestStep = null
    return buckets
  }

  /** Steps from ≤ s < to of some measures; step `from` has number `firstStep`. */
  private addRange(measures: Measures, from: number, to: number, firstStep: number): void {
    let step = from
    while (step < to) {
      if (this.used === 0 || at(this.counts, this.used - 1) >= this.width) {
        if (this.used === this.capacity) this.mergeNeighbours()
        this.openBucket()
      }
      const room = this.width - at(this.counts, this.used - 1)
      const end = Math.min(to, step + room)
      this.addToBucket(measures, step, end, firstStep + step - from)
      step = end
    }
  }

  private openBucket(): void {
    const first = this.used * this.series
    this.sums.fill(0, first, first + this.series)
    this.minima.fill(Number.POSITIVE_INFINITY, first, first + this.series)
    this.maxima.fill(Number.NEGATIVE_INFINITY, first, first + this.series)
    this.counts[this.used] = 0
    this.used += 1
  }

  /** All steps of a range into the newest bucket. */
  private addToBucket(measures: Measures, from: number, to: number, firstStep: number): void {
    const bucket = this.used - 1
    const first = bucket * this.series
    this.reduce(measures.loss, 1, 0, from, to, first)
    for (let layer = 0; layer < this.layers; layer++) {
      this.reduce(measures.gradientNorms, this.layers, layer, from, to, first + 1 + layer)
      this.reduce(measures.updateRatios, this.layers, layer, from, to, first + 1 + this.layers + layer)
    }
    addTo(this.counts, bucket, to - from)
    this.lasts[bucket] = firstStep + to - from - 1
  }

  private reduce(source: Float64Array, stride: number, offset: number, from: number, to: number, slot: number): void {
    let sum = at(this.sums, slot)
    let minimum = at(this.minima, slot)
    let maximum = at(this.maxima, slot)
    for (let index = from * stride + offset; index < to * stride; index += stride) {
      const value = at(source, index)
      sum += value
      if (value < minimum) minimum = value
      if (value > maximum) maximum = value
    }
    this.sums[slot] = sum
    this.minima[slot] = minimum
    this.maxima[slot] = maximum
  }

  /** Halves the buckets, which are all full, and doubles their width. */
  private mergeNeighbours(): void {
    const { sums, minima, maxima, series } = this
    for (let bucket = 0; bucket < this.capacity / 2; bucket++) {
      for (let s = 0; s < series; s++) {
        const left = 2 * bucket * series + s
        const right = left + series
        const slot = bucket * series + s
        sums[slot] = at(sums, left) + at(sums, right)
        minima[slot] = Math.min(at(minima, left), at(minima, right))
        maxima[slot] = Math.max(at(maxima, left), at(maxima, right))
      }
      this.counts[bucket] = at(this.counts, 2 * bucket) + at(this.counts, 2 * bucket + 1)
      this.lasts[bucket] = at(this.lasts, 2 * bucket + 1)
    }
    this.used = this.capacity / 2
    this.width *= 2
  }

  private envelope(series: number): Envelope {
    const mean: (number | null)[] = []
    const min: (number | null)[] = []
    const max: (number | null)[] = []
    for (let bucket = 0; bucket < this.used; bucket++) {
      const slot = bucket * this.series + series
      mean.push(measured(at(this.sums, slot) / at(this.counts, bucket)))
      min.push(measured(at(this.minima, slot)))
      max.push(measured(at(this.maxima, slot)))
    }
    return { mean, min, max }
  }
}

/** A power of two: how many of `count` things each of `room` places for all of them has to stand for, at least. */
export function thingsPerPlace(count: number, room: number): number {
  return count <= room ? 1 : 2 ** Math.floor(Math.log2(count / room))
}

/** A number as frames carry it: null where it is not finite. */
export function measured(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
