import { LaminaError } from '../shared/errors'
import type { TableProgress } from '../shared/table/progress'

export type Stage = TableProgress['stage']

/** Reports are at most so often; the first of a stage is always sent as well. */
const INTERVAL_MS = 100
/** Before this, what is left cannot be told from the speed so far. */
const SETTLED_MS = 400

/** What is known of the file meanwhile. */
export interface Amount {
  readonly rows: number
  readonly totalBytes: number
}

/**
 * How far the present request has come, and whether it is still wanted: whoever reports progress regularly also stops
 * soon after the request was given up.
 */
export class Progress {
  private signal: AbortSignal | null = null
  private last = 0
  private stage: Stage | null = null
  private stageBegan = 0
  private firstFraction = 0
  private amount: Amount | null = null

  constructor(private readonly send: (event: TableProgress) => void) {}

  /** A new request begins. @param signal aborted when it is not wanted any more */
  restart(signal: AbortSignal): void {
    this.signal = signal
    this.stage = null
    this.amount = null
  }

  /** @throws LaminaError `cancelled` when the request was given up */
  check(): void {
    if (this.signal?.aborted === true) throw cancelled()
  }

  /**
   * @param fraction of the stage that is done, or null when that is unknown
   * @throws LaminaError `cancelled` when the request was given up
   */
  report(stage: Stage, fraction: number | null, amount: Amount | null = this.amount): void {
    this.check()
    this.amount = amount
    const now = performance.now()
    if (stage === this.stage && now - this.last < INTERVAL_MS) return
    if (stage !== this.stage) {
      this.stageBegan = now
      this.firstFraction = fraction ?? 0
    }
    this.stage = stage
    this.last = now
    const done = fraction === null ? null : Math.min(1, Math.max(0, fraction))
    this.send({
      stage,
      fraction: done,
      rows: amount?.rows ?? null,
      bytesPerSecond: stage === 'reading' ? this.bytesPerSecond(now, done) : null,
      secondsLeft: this.secondsLeft(now, done)
    })
  }

  private bytesPerSecond(now: number, done: number | null): number | null {
    const elapsed = now - this.stageBegan
    if (this.amount === null || done === null || elapsed < SETTLED_MS) return null
    return ((done - this.firstFraction) * this.amount.totalBytes * 1000) / elapsed
  }

  private secondsLeft(now: number, done: number | null): number | null {
    const elapsed = now - this.stageBegan
    if (done === null || done <= this.firstFraction || elapsed < SETTLED_MS) return null
    return ((elapsed / 1000) * (1 - done)) / (done - this.firstFraction)
  }
}

export function cancelled(): LaminaError {
  return new LaminaError('cancelled', 'The work on the table was cancelled.')
}

/** Reports of a part of a stage, mapped onto `from` … `to` of it. */
export function span(progress: Progress, stage: Stage, from: number, to: number): (fraction: number) => void {
  return (fraction) => progress.report(stage, from + (to - from) * fraction)
}
