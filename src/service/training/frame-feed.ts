import type { MetricsFrame } from '../../shared/training-run'
import { FrameAccumulator } from './frame-accumulator'

/** Frames a client may have before it acknowledged the first of them. */
const MOST_IN_FLIGHT = 2

/**
 * One client's view of a run. A client that keeps up gets every frame as it came; one that does not gets fewer, merged
 * ones, so nothing queues up behind it.
 */
export class FrameFeed {
  private inFlight: number[] = []
  private waiting: FrameAccumulator | null = null

  /** @param layers number of dense layers of the run */
  constructor(
    private readonly layers: number,
    private readonly send: (frame: MetricsFrame) => void
  ) {}

  push(frame: MetricsFrame): void {
    if (this.waiting === null && this.inFlight.length < MOST_IN_FLIGHT) {
      this.deliver(frame)
      return
    }
    this.waiting ??= new FrameAccumulator(this.layers)
    this.waiting.add(frame)
  }

  /** The client took in everything up to frame `sequence`. */
  acknowledge(sequence: number): void {
    this.inFlight = this.inFlight.filter((sent) => sent > sequence)
    if (this.waiting === null || this.inFlight.length >= MOST_IN_FLIGHT) return
    const merged = this.waiting.frame()
    this.waiting = null
    if (merged !== null) this.deliver(merged)
  }

  private deliver(frame: MetricsFrame): void {
    this.inFlight.push(frame.sequence)
    this.send(frame)
  }
}
