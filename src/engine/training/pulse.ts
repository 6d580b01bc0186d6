import type { Trainer } from '../engine'

/** Milliseconds that any chunk may stand still: a machine is busy at times. */
const SLACK_MS = 5000
/** How many times as long as what is usual something may take. */
const TOLERANCE = 10
/** Multiplications and additions a millisecond, of the slowest machine with the slowest engine. */
const LEAST_SPEED = 100_000
/** Samples that an engine evaluates at a time, at most: a block of them may take longer than a step. */
const EVALUATED = 1024

/** How a chunk under way is doing. Milliseconds. */
export interface Pulse {
  /** Since it was last seen to get on, or began. */
  readonly milliseconds: number
  /** How long that may be; beyond it the chunk hangs. */
  readonly limit: number
}

/** Tells a chunk that hangs from one that takes long, by the steps and blocks of samples that it gets through. */
export class PulseMeter {
  private since: number | null = null
  private beats = 0
  private beatsAtStart = 0
  /** Milliseconds of a step, or of a block of samples where that takes longer. */
  private usual: number
  private readonly blocksPerStep: number

  /**
   * @param weights numbers in all of the network's weights
   * @param batch b
   */
  constructor(
    private readonly trainer: Pick<Trainer, 'beats'>,
    weights: number,
    batch: number,
    private readonly now: () => number = () => performance.now()
  ) {
    // Forward, and backward twice as much, for as many samples as are worked on at a time.
    this.usual = (6 * weights * Math.max(batch, EVALUATED)) / LEAST_SPEED
    this.blocksPerStep = Math.max(1, EVALUATED / batch)
  }

  begin(): void {
    this.since = this.now()
    this.beats = this.trainer.beats
    this.beatsAtStart = this.beats
  }

  /** @param milliseconds that the chunk computed */
  end(milliseconds: number): void {
    this.since = null
    const done = this.trainer.beats - this.beatsAtStart
    if (done > 0) this.usual = (milliseconds / done) * this.blocksPerStep
  }

  /** Null while nothing is computed. */
  read(): Pulse | null {
    if (this.since === null) return null
    const { beats } = this.trainer
    if (beats !== this.beats) {
      this.beats = beats
      this.since = this.now()
    }
    return { milliseconds: this.now() - this.since, limit: SLACK_MS + TOLERANCE * this.usual }
  }
}
