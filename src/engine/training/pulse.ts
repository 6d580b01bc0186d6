import type { Trainer } from '../engine'

/** Milliseconds that any chunk may stand still: a machine is busy at times. */
const SLACK_MS = 5000
/** What counts at most between two looks: a process that was stopped, or a machine that slept, has not hung meanwhile. */
const LONGEST_MS = 1000
/** How many times as long as what is usual something may take. */
const TOLERANCE = 10
/** Multiplications and additions a millisecond, of the slowest machine with the slowest engine. */
const LEAST_SPEED = 100_000
/** Samples that an engine evaluates at a time, at most: a block of them may take longer than a step. */
const EVALUATED = 1024

/** How a chunk under way is doing. Milliseconds. */
export interface Pulse {
  /** For which it was not seen to get on. */
  readonly milliseconds: number
  /** How long that may be; beyond it the chunk hangs. */
  readonly limit: number
}

/** Tells a chunk that hangs from one that takes long, by the steps and blocks of samples that it gets through. */
export class PulseMeter {
  /** Milliseconds without progress; null while nothing is computed. */
  private quiet: number | null = null
  private readAt = 0
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
    this.quiet = 0
    this.readAt = this.now()
    this.beats = this.trainer.beats
    this.beatsAtStart = this.beats
  }

  /** @param milliseconds that the chunk computed */
  end(milliseconds: number): void {
    this.quiet = null
    const done = this.trainer.beats - this.beatsAtStart
    if (done > 0) this.usual = (milliseconds / done) * this.blocksPerStep
  }

  /** To be read again and again, and more often than every second. Null while nothing is computed. */
  read(): Pulse | null {
    if (this.quiet === null) return null
    const now = this.now()
    const { beats } = this.trainer
    this.quiet = beats === this.beats ? this.quiet + Math.min(now - this.readAt, LONGEST_MS) : 0
    this.beats = beats
    this.readAt = now
    return { milliseconds: this.quiet, limit: SLACK_MS + TOLERANCE * this.usual }
  }
}
