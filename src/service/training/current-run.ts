import { randomUUID } from 'node:crypto'
import type { Run } from '../../shared/contract'
import type { Design } from '../../shared/design/schema'
import type { LaminaError } from '../../shared/errors'
import type { NetworkPlan } from '../../shared/network/plan'
import type { PreparedManifest } from '../../shared/prepared'
import type { EpochRecord, MetricsFrame, Progress, RunDescription, RunState } from '../../shared/training-run'
import { RunBroadcast } from './run-broadcast'

/** Trained weights at one moment of a run: W_B of each dense operation in order, row-major. */
export interface WeightsSnapshot {
  readonly weights: readonly Float32Array[]
  readonly step: number
  readonly epoch: number
  /** The last whole epoch before that moment; null when there was none. */
  readonly lastEpoch: EpochRecord | null
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
  progress: Progress
  error: LaminaError | null = null
  lastEpoch: EpochRecord | null = null
  /** The latest weights fetched from the worker: all that is left of a run whose worker died. */
  snapshot: WeightsSnapshot | null = null
  /** Where the run was when they were last asked for. */
  fetchedAt: number | null = null
  /** The worker no longer has this run: it can be exported, not continued. */
  lost: LaminaError | null = null

  constructor(
    readonly plan: RunPlan,
    readonly description: RunDescription,
    acknowledgeWorker: (sequence: number) => void,
    everyEpoch: boolean
  ) {
    const { training } = plan.design
    this.broadcast = new RunBroadcast(description.layers.length, acknowledgeWorker, everyEpoch)
    this.progress = {
      state: 'paused',
      step: 0,
      epoch: 0,
      epochs: training.epochs,
      stepsPerEpoch: Math.ceil(description.trainRows / training.batchSize),
      learningRate: training.optimizer.learningRate,
      stepsPerSecond: 0,
      seconds: 0
    }
  }

  get underWay(): boolean {
    return underWay.includes(this.progress.state)
  }

  advance(progress: Progress): void {
    this.progress = progress
    // A run that failed may go on with a lower learning rate; then the failure is history.
    if (progress.state === 'running') this.error = null
  }

  receive(frame: MetricsFrame): void {
    this.advance(frame.progress)
    this.lastEpoch = frame.epochs.at(-1) ?? this.lastEpoch
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
