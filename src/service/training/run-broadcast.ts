import type { MetricsFrame } from '../../shared/training-run'
import { FrameAccumulator } from './frame-accumulator'
import { FrameFeed } from './frame-feed'

/** How long the worker waits for the fastest client before the service speaks for all of them. */
const PATIENCE_MS = 250

/**
 * Carries the frames of one run from the worker to the clients. The fastest client sets the worker's pace; slower ones
 * get merged frames; without clients the service acknowledges by itself, so training never waits for anybody, unless it
 * was asked to report every single epoch.
 */
export class RunBroadcast {
  private readonly history: FrameAccumulator
  private readonly feeds = new Map<string, FrameFeed>()
  private arrived = 0
  private acknowledged = 0
  private patience: NodeJS.Timeout | null = null

  /**
   * @param layers number of dense layers of the run
   * @param acknowledgeWorker everything up to this frame was taken in
   * @param everyEpoch whether no epoch may be thinned out: then training waits for whoever listens, however long
   */
  constructor(
    private readonly layers: number,
    private readonly acknowledgeWorker: (sequence: number) => void,
    private readonly everyEpoch = false
  ) {
    this.history = new FrameAccumulator(layers)
  }

  /** A client wants the run's frames; it first gets everything so far as one frame. Attaching again changes nothing. */
  attach(client: string, send: (frame: MetricsFrame) => void): void {
    if (this.feeds.has(client)) return
    const feed = new FrameFeed(this.layers, send)
    this.feeds.set(client, feed)
    const past = this.history.frame()
    if (past !== null) feed.push(past)
  }

  /** Everything so far as one frame; null before the first. */
  past(): MetricsFrame | null {
    return this.history.frame()
  }

  reaches(client: string): boolean {
    return this.feeds.has(client)
  }

  detach(client: string): void {
    this.feeds.delete(client)
    if (this.feeds.size === 0) this.passOn(this.arrived)
  }

  push(frame: MetricsFrame): void {
    this.arrived = frame.sequence
    this.history.add(frame)
    for (const feed of this.feeds.values()) feed.push(frame)
    if (this.feeds.size === 0) this.passOn(this.arrived)
    else if (!this.everyEpoch) this.patience ??= setTimeout(() => this.passOn(this.arrived), PATIENCE_MS)
  }

  acknowledge(client: string, sequence: number): void {
    this.feeds.get(client)?.acknowledge(sequence)
    this.passOn(Math.min(sequence, this.arrived))
  }

  /** No frame comes any more. */
  close(): void {
    if (this.patience !== null) clearTimeout(this.patience)
    this.patience = null
    this.feeds.clear()
  }

  private passOn(sequence: number): void {
    if (sequence <= this.acknowledged) return
    this.acknowledged = sequence
    if (this.patience !== null && sequence >= this.arrived) {
      clearTimeout(this.patience)
      this.patience = null
    }
    this.acknowledgeWorker(sequence)
  }
}
