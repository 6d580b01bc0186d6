import type { EarlyStoppingSettings } from '../../shared/catalogue/schedules'
import type { RunSnapshot } from '../../shared/checkpoint'
import type { EpochRecord, Mark, MetricsFrame } from '../../shared/training-run'
import type { Chunk } from '../engine'
import { EpochCollector } from './epoch-collector'
import { RateMeter } from './rate-meter'
import { StepBucketCollector } from './step-buckets'

/** Numbers a frame's buckets hold at most, for networks with so many layers that this is reached. */
const FRAME_NUMBERS = 4096
const MOST_BUCKETS = 64

/** What there is to tell of a run: of the chunks that were taken in, which the trainer may be one ahead of. */
export class RunRecords {
  step = 0
  epoch = 0
  /** Of training, pauses not counted. */
  seconds = 0
  private readonly rate = new RateMeter()
  private readonly buckets: StepBucketCollector
  private readonly epochs: EpochCollector
  private marks: Mark[] = []

  /**
   * @param layers number of dense layers
   * @param everyEpoch whether no record of an epoch may be dropped
   * @param metricScale what the engine's metric is multiplied by to be in the target's units
   * @param earlyStopping null where no epoch is better than another
   */
  constructor(layers: number, everyEpoch: boolean, metricScale: number, earlyStopping: EarlyStoppingSettings | null) {
    this.buckets = new StepBucketCollector(layers, bucketCapacity(layers))
    this.epochs = new EpochCollector(layers, everyEpoch, metricScale, earlyStopping)
  }

  /** Over the last second or so. */
  get stepsPerSecond(): number {
    return this.rate.perSecond
  }
  /** With early stopping: the best epoch so far; null before there is one. */
  get best(): EpochRecord | null {
    return this.epochs.best
  }
  /** The newest epoch; null before the first. */
  get latest(): EpochRecord | null {
    return this.epochs.latest
  }
  /** Records of epochs that wait for a frame. */
  get waiting(): number {
    return this.epochs.waiting
  }

  /** A chunk that is done becomes part of what the next frame tells. @param milliseconds that it took */
  take(chunk: Chunk, milliseconds: number): void {
    const seconds = milliseconds / 1000
    this.buckets.add(chunk, this.step + 1)
    this.epochs.add(chunk, this.step + 1, this.seconds, seconds)
    this.step += chunk.steps
    this.epoch = chunk.epochs.at(-1)?.epoch ?? this.epoch
    this.seconds += seconds
    this.rate.add(chunk.steps, seconds)
  }

  mark(mark: Mark): void {
    this.marks.push(mark)
  }

  /** Everything since the last time. */
  takeFrame(): Pick<MetricsFrame, 'steps' | 'epochs' | 'marks'> {
    const marks = this.marks.filter((mark) => mark.step <= this.step)
    this.marks = this.marks.filter((mark) => mark.step > this.step)
    return { steps: this.buckets.take(), epochs: this.epochs.take(), marks }
  }

  /** What a checkpoint keeps, but for what waits for a frame: that is told before. */
  get state(): Pick<RunSnapshot, 'seconds' | 'epochs'> {
    return { seconds: this.seconds, epochs: this.epochs.state }
  }

  /** Goes on from what was kept at a step. */
  restore(state: Pick<RunSnapshot, 'seconds' | 'epochs'>, step: number, epoch: number): void {
    this.step = step
    this.epoch = epoch
    this.seconds = state.seconds
    this.epochs.state = state.epochs
  }
}

function bucketCapacity(layers: number): number {
  const fitting = Math.floor(FRAME_NUMBERS / (1 + 2 * layers))
  return Math.min(MOST_BUCKETS, Math.max(4, fitting - (fitting % 2)))
}
