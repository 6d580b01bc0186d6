import type { EarlyStoppingSettings } from '../../shared/catalogue/schedules'
import { DEFAULT_EPOCHS } from '../../shared/series'
import type { EpochRecord } from '../../shared/training-run'
import type { RunSnapshot } from '../../shared/checkpoint'
import { EarlyStopping, monitoredLoss } from '../early-stopping'
import type { Chunk, EpochResult } from '../engine'
import { at } from '../float-array'
import { measured, thingsPerPlace } from './step-buckets'

type EpochState = RunSnapshot['epochs']

/**
 * Records a frame carries at most, besides the last one, when they may be thinned out: all of a hundred epochs that took
 * less than a frame. Long runs carry fewer, because whoever keeps them keeps no more.
 */
const MOST_RECORDS = 256

/**
 * Epochs on their way into a frame. Where epochs are shorter than a frame, only every 2nd, 4th, … is kept, and always
 * the last one and, with early stopping, the best one.
 */
export class EpochCollector {
  private records: EpochRecord[] = []
  /** Epochs whose number is a multiple of this are kept. */
  private spacing = 1
  /** The newest epoch, when it is not among the records. */
  private skipped: { result: EpochResult; seconds: number } | null = null
  private readonly skippedNorms: Float64Array
  /** Tells as the trainer does which epoch is the best so far. */
  private readonly earlyStopping: EarlyStopping | null
  private bestRecord: EpochRecord | null = null
  /** Whether a frame had it. */
  private bestTold = false
  /** The last epoch that was kept or taken. */
  private lastRecord: EpochRecord | null = null
  /** Of the epoch under way. */
  private readonly normSums: Float64Array
  private normCount = 0

  /**
   * @param layers number of dense layers
   * @param everyEpoch whether all epochs must be kept
   * @param metricScale what the engine's metric is multiplied by to be in the target's units
   * @param earlyStopping null where no epoch is better than another
   */
  constructor(
    private readonly layers: number,
    private readonly everyEpoch: boolean,
    private readonly metricScale: number,
    earlyStopping: EarlyStoppingSettings | null
  ) {
    this.earlyStopping = earlyStopping === null ? null : new EarlyStopping(earlyStopping)
    this.skippedNorms = new Float64Array(layers)
    this.normSums = new Float64Array(layers)
  }

  get waiting(): number {
    return this.records.length
  }
  /** With early stopping: the best epoch so far; null before there is one. */
  get best(): EpochRecord | null {
    return this.bestRecord
  }
  /** The newest epoch; null before the first. */
  get latest(): EpochRecord | null {
    return this.skippedRecord() ?? this.lastRecord
  }

  /** What it knows of epochs, but for records that wait for a frame. */
  get state(): EpochState {
    return {
      normSums: Array.from(this.normSums),
      normCount: this.normCount,
      earlyStopping: this.earlyStopping?.state ?? null,
      best: this.bestRecord,
      latest: this.latest
    }
  }
  set state({ normSums, normCount, earlyStopping, best, latest }: EpochState) {
    this.normSums.set(normSums)
    this.normCount = normCount
    if (this.earlyStopping !== null && earlyStopping !== null) this.earlyStopping.state = earlyStopping
    this.bestRecord = best
    this.bestTold = true
    this.lastRecord = latest
  }

  /**
   * @param firstStep number of the chunk's first step, counted from 1 over the run
   * @param started training seconds when the chunk began
   * @param seconds how long it took
   */
  add(chunk: Chunk, firstStep: number, started: number, seconds: number): void {
    let next = 0
    for (const result of chunk.epochs) {
      const end = Math.max(next, result.step - firstStep + 1)
      this.addNorms(chunk, next, end)
      next = end
      this.addEpoch(result, started + (chunk.steps === 0 ? seconds : (seconds * end) / chunk.steps))
      this.normSums.fill(0)
      this.normCount = 0
    }
    this.addNorms(chunk, next, chunk.steps)
  }

  /** Everything kept since the last time. */
  take(): EpochRecord[] {
    const { records, bestRecord } = this
    const skipped = this.skippedRecord()
    if (skipped !== null) records.push(skipped)
    this.lastRecord = records.at(-1) ?? this.lastRecord
    if (bestRecord !== null && !this.bestTold) insert(records, bestRecord)
    this.records = []
    this.skipped = null
    this.bestTold = true
    // Training may have become slower: keep more again, if that fits, but no more than whoever keeps the whole run will.
    this.spacing = Math.max(1, this.spacing / 2, thingsPerPlace(this.lastRecord?.epoch ?? 0, DEFAULT_EPOCHS))
    return records
  }

  private addNorms({ gradientNorms }: Chunk, from: number, to: number): void {
    for (let layer = 0; layer < this.layers; layer++) {
      // Step by step, so that where chunks end does not show in the sum.
      let sum = at(this.normSums, layer)
      for (let index = from * this.layers + layer; index < to * this.layers; index += this.layers) {
        sum += at(gradientNorms, index)
      }
      this.normSums[layer] = sum
    }
    this.normCount += to - from
  }

  private addEpoch(result: EpochResult, seconds: number): void {
    if (this.earlyStopping?.endEpoch(monitoredLoss(result)) === 'better') {
      this.bestRecord = this.record(result, seconds, this.meanNorms(new Float64Array(this.layers)))
      this.bestTold = false
    }
    if (!this.everyEpoch) {
      while (this.records.length >= MOST_RECORDS) this.thin()
      if (result.epoch % this.spacing !== 0) {
        this.skipped = { result, seconds }
        this.meanNorms(this.skippedNorms)
        return
      }
    }
    this.lastRecord = this.record(result, seconds, this.meanNorms(new Float64Array(this.layers)))
    this.records.push(this.lastRecord)
    this.skipped = null
  }

  private skippedRecord(): EpochRecord | null {
    return this.skipped === null ? null : this.record(this.skipped.result, this.skipped.seconds, this.skippedNorms)
  }

  private thin(): void {
    this.spacing *= 2
    this.records = this.records.filter((record) => record.epoch % this.spacing === 0)
  }

  private meanNorms(into: Float64Array): Float64Array {
    for (let layer = 0; layer < this.layers; layer++) into[layer] = at(this.normSums, layer) / this.normCount
    return into
  }

  private record(result: EpochResult, seconds: number, norms: Float64Array): EpochRecord {
    return {
      epoch: result.epoch,
      step: result.step,
      trainLoss: measured(result.trainLoss),
      validationLoss: this.optional(result.validationLoss, 1),
      trainMetric: measured(result.trainMetric * this.metricScale),
      validationMetric: this.optional(result.validationMetric, this.metricScale),
      gradientNorms: Array.from(norms, measured),
      learningRate: result.learningRate,
      seconds
    }
  }

  private optional(value: number | null, scale: number): number | null {
    return value === null ? null : measured(value * scale)
  }
}

/** Puts a record where it belongs in the order of epochs, unless it is there. */
function insert(records: EpochRecord[], record: EpochRecord): void {
  const place = records.findIndex(({ epoch }) => epoch >= record.epoch)
  if (place === -1) records.push(record)
  else if (records[place]?.epoch !== record.epoch) records.splice(place, 0, record)
}
