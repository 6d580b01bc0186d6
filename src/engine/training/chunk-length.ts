import type { Engine } from '../engine'

/** The reference engine computes on the worker's own thread, which is deaf meanwhile. */
const REFERENCE_MS = 8
/** About a frame: what a window shows of the native engine's work is not older. */
const SHORTEST_MS = 30
const LONGEST_MS = 100
/** Of its time the native engine may stand still between chunks. */
const IDLE_SHARE = 0.05
/** How far the average follows the newest chunk. */
const SMOOTHING = 0.2

/**
 * How long a chunk computes. Commands act between chunks, but they cut short one of the native engine, so only frames
 * wait for its end. Between two of its chunks it stands still until this thread has been given a processor: a fraction of
 * a millisecond, or many where a window draws and others compute on the same few cores. Then chunks become longer.
 */
export class ChunkLength {
  /** Milliseconds that a chunk takes beyond computing, on average. */
  private idle = 0

  constructor(private readonly engine: Engine['name']) {}

  get milliseconds(): number {
    if (this.engine === 'reference') return REFERENCE_MS
    return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, this.idle / IDLE_SHARE))
  }

  /** A chunk came back. @param elapsed milliseconds since it was asked for, of which it was `computing` */
  observe(elapsed: number, computing: number): void {
    this.idle += SMOOTHING * (Math.max(0, elapsed - computing) - this.idle)
  }
}
