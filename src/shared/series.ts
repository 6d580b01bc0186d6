import type { EpochRecord, StepBuckets } from './training-run'

const INITIAL_BUCKETS = 256
/** Some points for each pixel of a chart; what is kept is gone over for every picture of it. */
export const DEFAULT_BUCKETS = 4096
export const DEFAULT_EPOCHS = 2048

/** However many layers there are, a curve needs some points. */
const FEWEST_BUCKETS = 16

/**
 * How many buckets fit into a number of numbers: mean, min and max of the loss and of two measures a layer.
 * @param layers number of dense layers
 * @param most buckets, where there is room for more
 */
export function bucketsWithin(numbers: number, layers: number, most: number): number {
  return Math.min(most, Math.max(FEWEST_BUCKETS, Math.floor(numbers / (3 * (1 + 2 * layers)))))
}

/** One quantity over the buckets of a `StepSeries`; NaN where it was not finite or not measured. */
export interface Channel {
  mean: Float64Array
  min: Float64Array
  max: Float64Array
}

/** The last values that arrived, unsmoothed: of one step while the window keeps up. */
export interface LatestStep {
  readonly step: number
  readonly seconds: number
  readonly loss: number
  readonly gradientNorms: Float64Array
  readonly updateRatios: Float64Array
}

/**
 * The measurements of all steps of a run in bounded memory. While there is room a bucket is what arrived; when it is
 * full, the bucket width doubles and neighbours merge (mean weighted by their steps, min of mins, max of maxes), so the
 * whole run is covered evenly by capacity/2 … capacity buckets however long it gets.
 */
export class StepSeries {
  /** Buckets in use; columns are longer. */
  length = 0
  /** The step each bucket ends with, counted from 1. */
  last: Float64Array
  /** Steps in each bucket. */
  count: Float64Array
  /** Training seconds at the end of each bucket, interpolated between the times that arrived. */
  seconds: Float64Array
  readonly loss: Channel
  /** One channel per dense layer, in the plan's order. */
  readonly gradientNorms: readonly Channel[]
  readonly updateRatios: readonly Channel[]
  latest: LatestStep | null = null

  /** Steps a bucket may cover at most, unless it arrived wider. */
  #width = 1
  #secondsSeen = 0
  readonly #channels: readonly Channel[]

  /** @param layers number of dense layers */
  constructor(
    readonly layers: number,
    readonly capacity: number = DEFAULT_BUCKETS
  ) {
    if (!Number.isInteger(capacity) || capacity < 2)
      throw new RangeError(`A series needs room for 2 buckets or more, not ${capacity}.`)
    const size = Math.min(INITIAL_BUCKETS, capacity)
    this.last = new Float64Array(size)
    this.count = new Float64Array(size)
    this.seconds = new Float64Array(size)
    this.loss = emptyChannel(size)
    this.gradientNorms = Array.from({ length: layers }, () => emptyChannel(size))
    this.updateRatios = Array.from({ length: layers }, () => emptyChannel(size))
    this.#channels = [this.loss, ...this.gradientNorms, ...this.updateRatios]
  }

  get width(): number {
    return this.#width
  }
  /** The first step covered, or 0 while there is none. */
  get firstStep(): number {
    return this.length === 0 ? 0 : at(this.last, 0) - at(this.count, 0) + 1
  }
  get lastStep(): number {
    return this.length === 0 ? 0 : at(this.last, this.length - 1)
  }

  /** @param seconds training time at the end of these buckets */
  append(buckets: StepBuckets, seconds: number): void {
    const arriving = buckets.last.length
    if (arriving === 0) return
    const from = this.lastStep === 0 ? at(buckets.last, 0) - at(buckets.count, 0) : this.lastStep
    const to = at(buckets.last, arriving - 1)
    const pace = to > from ? (seconds - this.#secondsSeen) / (to - from) : 0
    const sources = [buckets.loss, ...buckets.gradientNorms, ...buckets.updateRatios]
    for (let i = 0; i < arriving; i++) {
      const last = at(buckets.last, i)
      const count = at(buckets.count, i)
      const slot = this.#slotFor(count)
      const before = at(this.count, slot)
      for (let c = 0; c < this.#channels.length; c++) {
        const channel = this.#channels[c]
        const source = sources[c]
        if (channel === undefined) continue
        fold(
          channel,
          slot,
          before,
          measured(source?.mean[i]),
          measured(source?.min[i]),
          measured(source?.max[i]),
          count
        )
      }
      this.last[slot] = last
      this.count[slot] = before + count
      this.seconds[slot] = this.#secondsSeen + pace * (last - from)
    }
    this.#secondsSeen = seconds
    const final = arriving - 1
    this.latest = {
      step: to,
      seconds,
      loss: measured(buckets.loss.mean[final]),
      gradientNorms: Float64Array.from({ length: this.layers }, (_, l) =>
        measured(buckets.gradientNorms[l]?.mean[final])
      ),
      updateRatios: Float64Array.from({ length: this.layers }, (_, l) => measured(buckets.updateRatios[l]?.mean[final]))
    }
  }

  /**
   * Forget every step after `step`, so that they can be appended again. Of a bucket that covers steps on both sides, the
   * steps go and its values stay.
   */
  cutAfter(step: number): void {
    if (step >= this.lastStep) return
    while (this.length > 0 && this.#stepBefore(this.length - 1) >= step) this.length -= 1
    const open = this.length - 1
    if (open >= 0 && at(this.last, open) > step) {
      const before = this.#stepBefore(open)
      const start = open === 0 ? 0 : at(this.seconds, open - 1)
      const share = (step - before) / at(this.count, open)
      this.seconds[open] = start + (at(this.seconds, open) - start) * share
      this.last[open] = step
      this.count[open] = step - before
    }
    this.#secondsSeen = open < 0 ? 0 : at(this.seconds, open)
    this.latest = open < 0 ? null : this.#stepOfBucket(open)
  }

  /** The bucket that covers a step, or the nearest one; −1 while there is none. */
  indexOfStep(step: number): number {
    return this.length === 0 ? -1 : Math.min(lowerBound(this.last, this.length, step), this.length - 1)
  }

  #stepBefore(bucket: number): number {
    return at(this.last, bucket) - at(this.count, bucket)
  }

  #stepOfBucket(bucket: number): LatestStep {
    const means = (channels: readonly Channel[]): Float64Array =>
      Float64Array.from(channels, ({ mean }) => at(mean, bucket))
    return {
      step: at(this.last, bucket),
      seconds: at(this.seconds, bucket),
      loss: at(this.loss.mean, bucket),
      gradientNorms: means(this.gradientNorms),
      updateRatios: means(this.updateRatios)
    }
  }

  /** The bucket the next `count` steps go to: the last one while it has room, otherwise a fresh, empty one. */
  #slotFor(count: number): number {
    const open = this.length - 1
    if (open >= 0 && at(this.count, open) + count <= this.#width) return open
    if (this.length === this.capacity) {
      this.#halve()
      return this.#slotFor(count)
    }
    if (this.length === this.last.length) this.#grow()
    const slot = this.length++
    this.count[slot] = 0
    return slot
  }

  /** Doubles the bucket width, more than once where that frees too little, and merges neighbours that fit into one. */
  #halve(): void {
    const { length } = this
    const into = new Int32Array(length)
    let write: number
    do {
      this.#width *= 2
      write = 0
      let steps = at(this.count, 0)
      for (let read = 1; read < length; read++) {
        const count = at(this.count, read)
        const fits = steps + count <= this.#width
        steps = fits ? steps + count : count
        if (!fits) write += 1
        into[read] = write
      }
    } while (write + 1 > this.capacity / 2)
    for (const channel of this.#channels) mergeBuckets(channel, into, this.count)
    for (let read = 1; read < length; read++) {
      const slot = at(into, read)
      this.last[slot] = at(this.last, read)
      this.seconds[slot] = at(this.seconds, read)
      this.count[slot] = at(this.count, read) + (slot === at(into, read - 1) ? at(this.count, slot) : 0)
    }
    this.length = write + 1
  }

  #grow(): void {
    const size = Math.min(this.last.length * 2, this.capacity)
    this.last = resized(this.last, size)
    this.count = resized(this.count, size)
    this.seconds = resized(this.seconds, size)
    for (const channel of this.#channels) {
      channel.mean = resized(channel.mean, size)
      channel.min = resized(channel.min, size)
      channel.max = resized(channel.max, size)
    }
  }
}

export const epochColumns = [
  'epoch',
  'step',
  'seconds',
  'trainLoss',
  'validationLoss',
  'trainMetric',
  'validationMetric'
] as const
export type EpochColumn = (typeof epochColumns)[number]

/** The epoch with the smallest validation loss. */
export interface BestEpoch {
  readonly epoch: number
  readonly step: number
  readonly validationLoss: number
}

/**
 * Epoch records in bounded memory. Each kept record is exact; when there is no room left every second one is dropped,
 * never the last.
 */
export class EpochSeries {
  length = 0
  readonly columns: Readonly<Record<EpochColumn, Float64Array>>
  latest: EpochRecord | null = null
  /** The record with the smallest validation loss so far, dropped from the columns or not. */
  best: BestEpoch | null = null
  /** Arrived records each kept one stands for. */
  readonly #members: Float64Array
  #stride = 1

  constructor(readonly capacity: number = DEFAULT_EPOCHS) {
    if (!Number.isInteger(capacity) || capacity < 2)
      throw new RangeError(`A series needs room for 2 epochs or more, not ${capacity}.`)
    const column = (): Float64Array => new Float64Array(capacity)
    this.columns = {
      epoch: column(),
      step: column(),
      seconds: column(),
      trainLoss: column(),
      validationLoss: column(),
      trainMetric: column(),
      validationMetric: column()
    }
    this.#members = column()
  }

  append(records: readonly EpochRecord[]): void {
    for (const record of records) {
      const slot = this.#slot()
      for (const name of epochColumns) this.columns[name][slot] = measured(record[name])
      this.latest = record
      this.#offerBest(record.epoch, record.step, record.validationLoss ?? Number.NaN)
    }
  }

  /** Forget every epoch that ended after `step`, so that they can be appended again. */
  cutAfter(step: number): void {
    const { columns } = this
    while (this.length > 0 && at(columns.step, this.length - 1) > step) this.length -= 1
    if (this.latest !== null && this.latest.step > step) this.latest = null
    if (this.best === null || this.best.step <= step) return
    this.best = null
    for (let i = 0; i < this.length; i++)
      this.#offerBest(at(columns.epoch, i), at(columns.step, i), at(columns.validationLoss, i))
  }

  #offerBest(epoch: number, step: number, validationLoss: number): void {
    if (validationLoss < (this.best?.validationLoss ?? Infinity)) this.best = { epoch, step, validationLoss }
  }

  #slot(): number {
    const open = this.length - 1
    const members = this.#members
    if (open >= 0 && at(members, open) < this.#stride) {
      members[open] = at(members, open) + 1
      return open
    }
    if (this.length === this.capacity) {
      this.#stride *= 2
      // From the end, so that the last record stays: it is the later one of its pair.
      const kept = Math.ceil(this.length / 2)
      for (let i = 0; i < kept; i++) {
        const from = this.length - 1 - 2 * (kept - 1 - i)
        for (const name of epochColumns) this.columns[name][i] = at(this.columns[name], from)
        members[i] = this.#stride
      }
      this.length = kept
    }
    members[this.length] = 1
    return this.length++
  }
}

/** The first of `length` ascending values that is not below `value`; `length` when there is none. */
export function lowerBound(values: ArrayLike<number>, length: number, value: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (at(values, middle) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Take `added` steps into bucket `slot`, which stands for `before` steps; a NaN on one side leaves the other. */
function fold(
  channel: Channel,
  slot: number,
  before: number,
  mean: number,
  min: number,
  max: number,
  added: number
): void {
  const oldMean = at(channel.mean, slot)
  if (before === 0 || Number.isNaN(oldMean)) {
    channel.mean[slot] = mean
    channel.min[slot] = min
    channel.max[slot] = max
    return
  }
  if (Number.isNaN(mean)) return
  channel.mean[slot] = oldMean + (mean - oldMean) * (added / (before + added))
  if (min < at(channel.min, slot)) channel.min[slot] = min
  if (max > at(channel.max, slot)) channel.max[slot] = max
}

/** @param into the slot of each bucket: ascending by 0 or 1, never beyond its own place */
function mergeBuckets(channel: Channel, into: Int32Array, count: Float64Array): void {
  const { mean, min, max } = channel
  let before = at(count, 0)
  for (let read = 1; read < into.length; read++) {
    const slot = at(into, read)
    const own = at(count, read)
    const isFirst = slot !== at(into, read - 1)
    fold(channel, slot, isFirst ? 0 : before, at(mean, read), at(min, read), at(max, read), own)
    before = isFirst ? own : before + own
  }
}

function emptyChannel(size: number): Channel {
  return { mean: new Float64Array(size), min: new Float64Array(size), max: new Float64Array(size) }
}
function resized(column: Float64Array, size: number): Float64Array {
  const copy = new Float64Array(size)
  copy.set(column)
  return copy
}
function measured(value: number | null | undefined): number {
  return value ?? Number.NaN
}
function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN
}
