import type { EventPayload } from '../shared/rpc'
import type { DataWorkerContract } from '../shared/workers/data'

export type ProgressEvent = EventPayload<DataWorkerContract, 'progress'>
export type Stage = ProgressEvent['stage']

/** At most ten reports a second; the first of a stage is always sent as well. */
const INTERVAL_MS = 100

export class Progress {
  private last = 0
  private stage: Stage | null = null

  constructor(private readonly send: (event: ProgressEvent) => void) {}

  /** A new request begins. */
  restart(): void {
    this.stage = null
  }

  /** @param fraction of the stage that is done, or null when that is unknown */
  report(stage: Stage, fraction: number | null): void {
    const now = performance.now()
    if (stage === this.stage && now - this.last < INTERVAL_MS) return
    this.stage = stage
    this.last = now
    this.send({ stage, fraction: fraction === null ? null : Math.min(1, Math.max(0, fraction)) })
  }
}

/** Reports of a part of a stage, mapped onto `from` … `to` of it. */
export function span(progress: Progress, stage: Stage, from: number, to: number): (fraction: number) => void {
  return (fraction) => progress.report(stage, from + (to - from) * fraction)
}
