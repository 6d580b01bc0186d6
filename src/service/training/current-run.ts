import { randomUUID } from 'node:crypto'
import type { Run } from '../../shared/contract'
import type { Design } from '../../shared/design/schema'
import type { LaminaError } from '../../shared/errors'
import type { NetworkPlan } from '../../shared/network/plan'
import type { PreparedManifest } from '../../shared/prepared'
import type { EpochRecord, MetricsFrame, Progress, RunDescription, RunState } from '../../shared/training-run'
import { RunBroadcast } from './run-broadcast'

/**
 * Trained weights of a run: W_B of each dense operation in order, row-major. They are those of one moment or, when a run
 * with early stopping is finished, of its best epoch.
 */
export interface WeightsSnapshot {
  readonly weights: readonly Float32Array[]
  readonly step: number
  readonly epoch: number
  /** The last whole epoch these weights have behind them; null when there was none. */
  readonly record: EpochRecord | null
}

export interface RunPlan {
  /** As it was when the run started; editing goes on meanwhile. */
  readonly design: Design
  readonly seed: number
  readonly network: NetworkPlan
  readonly manifest: PreparedManifest
}

const underWay: readonly RunState[] = ['loading', 'running', 'paused']

/** What the service knows of the run in the training worker. */
export class CurrentRun {
  readonly id = randomUUID()
  readonly broadcast: RunBroadcast
  error: LaminaError | null = null
  /** The latest weights fetched from the worker: all that is left of a run whose worker died. */
  snapshot: WeightsSnapshot | null = null
  /** Where the run was when they were last asked for; see `place`. */
  fetchedAt: string | null = null
  /** The worker no longer has this run: it can be exported, not continued. */
  lost: LaminaError | null = null

  constructor(
    readonly plan: RunPlan,
    readonly description: RunDescription,
    public progress: Progress,
    acknowledgeWorker: (sequence: number) => void,
    everyEpoch: boolean
  ) {
    this.broadcast = new RunBroadcast(description.layers.length, acknowledgeWorker, everyEpoch)
  }

  get underWay(): boolean {
    return underWay.includes(this.progress.state)
  }

  /** Changes with the weights the run has to show for: with every step, and when it ends, which brings back the best. */
  get place(): string {
    const { state, step } = this.progress
    return `${state === 'finished' ? 'end' : 'step'} ${step}`
  }

  advance(progress: Progress): void {
    this.progress = progress
    // A run that failed may go on with a lower learning rate; then the failure is history.
    if (progress.state !== 'failed') this.error = null
  }

  receive(frame: MetricsFrame): void {
    this.advance(frame.progress)
    this.broadcast.push(frame)
  }

  fail(error: LaminaError): void {
    this.error = error
    this.progress = { ...this.progress, state: 'failed', stepsPerSecond: 0 }
  }

  describe(): Run {
    const { id, description, progress } = this
    return { id, name: this.plan.design.name, description, progress, error: this.error?.toData() ?? null }
  }
}
