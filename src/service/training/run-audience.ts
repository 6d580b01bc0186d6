import type { Run } from '../../shared/contract'
import type { LaminaError } from '../../shared/errors'
import type { Recovery } from '../../shared/run-history'
import type { MetricsFrame, Progress } from '../../shared/training-run'
import type { CurrentRun } from './current-run'

/** Where a client hears of runs. */
export interface RunListener {
  readonly id: string
  started(run: Run): void
  frame(run: string, frame: MetricsFrame): void
  /** @param sequence of the frame before it */
  failed(run: string, error: LaminaError, sequence: number): void
  recovery(run: string, recovery: Recovery, progress: Progress, sequence: number): void
}

/** Everybody who may hear of runs. What becomes of a run is told to those who look at it. */
export class RunAudience {
  private readonly listeners = new Map<string, RunListener>()

  join(listener: RunListener): void {
    this.listeners.set(listener.id, listener)
  }
  leave(id: string): void {
    this.listeners.delete(id)
  }

  /** Send a client what the run did so far, and what it does from now on. */
  attach(run: CurrentRun, listenerId: string): void {
    const listener = this.listeners.get(listenerId)
    if (listener === undefined) return
    run.broadcast.attach(listenerId, (frame) => listener.frame(run.id, frame))
    if (run.error !== null) listener.failed(run.id, run.error, run.sequence)
  }

  /** Everybody looks at a run that begins; whoever started it asks for it. */
  announce(run: CurrentRun, starter: string): void {
    for (const listener of this.listeners.values()) {
      if (listener.id === starter) continue
      listener.started(run.describe())
      this.attach(run, listener.id)
    }
  }

  failed(run: CurrentRun, error: LaminaError): void {
    for (const listener of this.of(run)) listener.failed(run.id, error, run.sequence)
  }

  recovering(run: CurrentRun, recovery: Recovery): void {
    for (const listener of this.of(run)) listener.recovery(run.id, recovery, run.progress, run.sequence)
  }

  private of({ broadcast }: CurrentRun): RunListener[] {
    return [...this.listeners.values()].filter(({ id }) => broadcast.reaches(id))
  }
}
