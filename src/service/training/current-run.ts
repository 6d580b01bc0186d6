import type { Run } from '../../shared/contract'
import type { Design } from '../../shared/design/schema'
import type { LaminaError } from '../../shared/errors'
import type { NetworkPlan } from '../../shared/network/plan'
import type { Fold, PreparedManifest } from '../../shared/prepared'
import type { Checkpoint, Recovery, RunRecord } from '../../shared/run-history'
import type { DialectOverrides } from '../../shared/table/dialect'
import type {
  Envelope,
  EpochRecord,
  MetricsFrame,
  Progress,
  RunDescription,
  RunState,
  StepBuckets
} from '../../shared/training-run'
import { RestartPolicy } from './restart-policy'
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

/** All that a run is made of: enough to make it again, and to say what its weights mean. */
export interface RunPlan {
  /** As it was when the run started; editing goes on meanwhile. */
  readonly design: Design
  readonly seed: number
  /** Null leaves it to the engine. */
  readonly threads: number | null
  readonly everyEpoch: boolean
  /** To start from, with the name they are called by. Not kept on the disk: a checkpoint has what became of them. */
  readonly initialWeights: { readonly name: string; readonly weights: readonly Float32Array[] } | null
  readonly fold: Fold | null
  readonly network: NetworkPlan
  readonly manifest: PreparedManifest
  readonly manifestPath: string
  readonly table: { readonly path: string; readonly overrides: DialectOverrides }
}

/** Who a run is, and where it is kept. */
export interface RunIdentity {
  readonly id: string
  readonly name: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** The file the worker keeps its state in; null where none can be kept. */
  readonly checkpointPath: string | null
  /** Whether it belongs in the history; a round of cross-validation does not. */
  readonly kept: boolean
}

const underWay: readonly RunState[] = ['loading', 'running', 'paused']

/** What the service knows of the run in the training worker, over all processes that ever train it. */
export class CurrentRun {
  readonly broadcast: RunBroadcast
  readonly id: string
  name: string
  error: LaminaError | null = null
  /** The latest weights fetched from the worker. */
  snapshot: WeightsSnapshot | null = null
  /** Where the run was when they were last asked for; see `place`. */
  fetchedAt: string | null = null
  /** The run is over for good: another one has the worker. It can be exported, not continued. */
  lost: LaminaError | null = null
  /** The newest state on the disk. */
  checkpoint: Checkpoint | null = null
  /** What is being done about a process that ended unasked. */
  recovery: Recovery | null = null
  readonly restarts = new RestartPolicy()
  best: RunRecord['best'] = null
  /** Whether the worker's process has the run; otherwise it is loaded again when something is asked of it. */
  loaded = true
  /** Loading it again, while that is under way. */
  loading: Promise<void> | null = null
  /** Frames told before the worker loaded the run: every process numbers its frames from 1. */
  private base = 0
  /** Of the newest frame; 0 before the first. */
  sequence = 0

  constructor(
    readonly identity: RunIdentity,
    readonly plan: RunPlan,
    readonly description: RunDescription,
    public progress: Progress,
    acknowledgeWorker: (sequence: number) => void
  ) {
    this.id = identity.id
    this.name = identity.name
    this.broadcast = new RunBroadcast(
      description.layers.length,
      (sequence) => {
        if (sequence > this.base) acknowledgeWorker(sequence - this.base)
      },
      plan.everyEpoch
    )
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
    if (progress.state === 'failed') return
    this.error = null
    if (this.recovery?.phase === 'asking') this.recovery = null
  }

  /** A frame of the worker. */
  receive(frame: MetricsFrame): void {
    this.advance(frame.progress)
    for (const record of frame.epochs) this.offerBest(record)
    this.tell({ ...frame, sequence: this.base + frame.sequence })
  }

  /** The worker has the run again, as it was at a step. Windows go back to that, and on from there. */
  reloaded(progress: Progress): void {
    this.loaded = true
    this.progress = progress
    this.tellOwn({ ...this.emptyFrame(), rewind: progress.step })
    this.best = null
    for (const record of this.broadcast.past()?.epochs ?? []) this.offerBest(record)
  }

  /** What a run of the history measured, before it is loaded. */
  recall(past: MetricsFrame): void {
    for (const record of past.epochs) this.offerBest(record)
    this.tellOwn({ ...past, sequence: 1 })
  }

  /** Tell of progress while there is no worker to tell of it. */
  tellProgress(): void {
    this.tellOwn(this.emptyFrame())
  }

  fail(error: LaminaError): void {
    this.error = error
    this.progress = { ...this.progress, state: 'failed', stepsPerSecond: 0 }
  }

  describe(): Run {
    const { id, name, description, progress, recovery, sequence } = this
    return { id, name, description, progress, recovery, sequence, error: this.error?.toData() ?? null }
  }

  /** A frame that no worker sent, so none waits for its acknowledgement. */
  private tellOwn(frame: MetricsFrame): void {
    this.base = frame.sequence
    this.tell(frame)
  }

  private tell(frame: MetricsFrame): void {
    this.sequence = frame.sequence
    this.broadcast.push(frame)
  }

  private emptyFrame(): MetricsFrame {
    const layers = this.description.layers.length
    return { sequence: this.sequence + 1, progress: this.progress, steps: noSteps(layers), epochs: [], marks: [] }
  }

  private offerBest({ epoch, validationLoss, validationMetric }: EpochRecord): void {
    if (validationLoss === null || validationLoss >= (this.best?.validationLoss ?? Infinity)) return
    this.best = { epoch, validationLoss, validationMetric }
  }
}

function noSteps(layers: number): StepBuckets {
  const none: Envelope = { mean: [], min: [], max: [] }
  const each = Array.from({ length: layers }, () => none)
  return { last: [], count: [], loss: none, gradientNorms: each, updateRatios: each }
}
