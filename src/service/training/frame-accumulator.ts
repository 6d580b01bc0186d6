import { bucketsWithin, StepSeries, type Channel } from '../../shared/series'
import type { Envelope, EpochRecord, Mark, MetricsFrame, StepBuckets } from '../../shared/training-run'

/** Resolution of what is kept: more than a chart has pixels across. */
const MOST_BUCKETS = 2048
const MOST_EPOCHS = 2048
const MOST_MARKS = 1024
/** Numbers in the buckets of a merged frame, and in its epochs: as text, a few megabytes, however many layers there are. */
const MOST_NUMBERS = 200_000
/** Besides the gradient norms of its layers. */
const NUMBERS_OF_EPOCH = 9

/**
 * Many frames as one, in bounded memory however many there are: buckets merge evenly (counts still add up to all
 * steps), epochs are thinned evenly, the last one and the best one always stay. This is how a slow window catches up and
 * how a window that comes late sees the whole run.
 */
export class FrameAccumulator {
  private readonly steps: StepSeries
  private readonly mostEpochs: number
  private epochs: EpochRecord[] = []
  private marks: Mark[] = []
  private latest: MetricsFrame | null = null
  /** The earliest step that what was added went back to. */
  private rewind: number | null = null

  /** @param layers number of dense layers */
  constructor(layers: number) {
    this.steps = new StepSeries(layers, bucketsWithin(MOST_NUMBERS, layers, MOST_BUCKETS))
    this.mostEpochs = Math.min(MOST_EPOCHS, Math.max(16, Math.floor(MOST_NUMBERS / 2 / (NUMBERS_OF_EPOCH + layers))))
  }

  add(frame: MetricsFrame): void {
    this.latest = frame
    if (frame.rewind !== undefined) this.cutAfter(frame.rewind)
    this.steps.append(frame.steps, frame.progress.seconds)
    this.epochs.push(...frame.epochs)
    if (this.epochs.length > 2 * this.mostEpochs)
      this.epochs = thinned(this.epochs, this.mostEpochs, frame.progress.bestEpoch)
    this.marks = [...this.marks, ...frame.marks].slice(-MOST_MARKS)
  }

  /** Everything added so far, numbered like the last frame; null before the first. */
  frame(): MetricsFrame | null {
    if (this.latest === null) return null
    const { sequence, progress } = this.latest
    return {
      sequence,
      progress,
      ...(this.rewind === null ? {} : { rewind: this.rewind }),
      steps: this.buckets(),
      epochs: [...this.epochs],
      marks: [...this.marks]
    }
  }

  /** What was added of later steps is void; so is what came before this accumulator, which is for the reader to forget. */
  private cutAfter(step: number): void {
    this.rewind = Math.min(step, this.rewind ?? step)
    this.steps.cutAfter(step)
    this.epochs = this.epochs.filter((record) => record.step <= step)
    this.marks = this.marks.filter((mark) => mark.step <= step)
  }

  private buckets(): StepBuckets {
    const { steps } = this
    const { length } = steps
    return {
      last: Array.from(steps.last.subarray(0, length)),
      count: Array.from(steps.count.subarray(0, length)),
      loss: envelope(steps.loss, length),
      gradientNorms: steps.gradientNorms.map((channel) => envelope(channel, length)),
      updateRatios: steps.updateRatios.map((channel) => envelope(channel, length))
    }
  }
}

function envelope(channel: Channel, length: number): Envelope {
  const measures = (values: Float64Array): (number | null)[] =>
    Array.from(values.subarray(0, length), (value) => (Number.isFinite(value) ? value : null))
  return { mean: measures(channel.mean), min: measures(channel.min), max: measures(channel.max) }
}

/** About `most` of the records, evenly spaced in epochs, the first, the best and the last among them. */
function thinned(records: readonly EpochRecord[], most: number, best: number | null): EpochRecord[] {
  const first = records[0]?.epoch ?? 0
  const last = records.at(-1)
  if (last === undefined) return []
  const spacing = (last.epoch - first) / most
  let next = first
  const kept = records.filter((record) => {
    if (record.epoch === best) return true
    if (record.epoch < next) return false
    next = record.epoch + spacing
    return true
  })
  return kept.at(-1) === last ? kept : [...kept, last]
}
