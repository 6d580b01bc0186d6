import { predictedTarget, weighedClasses } from '../../shared/class-weights'
import type { Run } from '../../shared/contract'
import { datasetSettingsOf, type Design } from '../../shared/design/schema'
import { LaminaError, messageOf } from '../../shared/errors'
import { categoricalEncodingFor } from '../../shared/network/propose'
import type { Fold, SplitName } from '../../shared/prepared'
import type { MetricsFrame, Progress, RunState } from '../../shared/training-run'
import type { TrainingWorkerContract } from '../../shared/workers/training'
import type { Params, Result } from '../../shared/rpc'
import type { Datasets } from '../datasets/datasets'
import type { WorkerSlot } from '../workers/worker-slot'
import { planFor, requireFittingWeights, requireTrainable } from './check-design'
import { CurrentRun, type WeightsSnapshot } from './current-run'

/** While training, weights are fetched about this often, so that a crash cannot take more than that. */
const SNAPSHOT_INTERVAL_MS = 10_000
const settledStates: readonly RunState[] = ['paused', 'finished', 'stopped', 'failed']

export interface StartRequest {
  readonly design: Design
  /** Id of an open table. */
  readonly dataset: string
  /** To start from, with the name to call them by. */
  readonly initialWeights: { readonly name: string; readonly weights: readonly Float32Array[] } | null
  readonly paused: boolean
  readonly everyEpoch: boolean
  /** In place of the design's. */
  readonly seed: number | null
  /** Null leaves it to the engine. */
  readonly threads: number | null
  /** One round of cross-validation. */
  readonly fold?: Fold | undefined
}

/** Where a client hears of runs. */
export interface RunListener {
  readonly id: string
  started(run: Run): void
  frame(run: string, frame: MetricsFrame): void
  failed(run: string, error: LaminaError): void
}

type Control = 'resume' | 'pause' | 'step' | 'stop' | 'setLearningRate' | 'setEpochs'

/** The one training run of the service: started, steered, watched, and its weights kept safe. */
export class Runs {
  private current: CurrentRun | null = null
  private queue: Promise<unknown> = Promise.resolve()
  private readonly listeners = new Map<string, RunListener>()
  private snapshotAt = 0
  private fetching = false

  constructor(
    private readonly training: WorkerSlot<TrainingWorkerContract>,
    private readonly datasets: Datasets,
    private readonly warn: (message: string) => void
  ) {
    training.on('frame', (frame) => this.receive(frame))
    training.on('failed', (data) => {
      if (this.current !== null) this.fail(this.current, LaminaError.fromData(data))
    })
  }

  get state(): RunState | null {
    return this.current?.progress.state ?? null
  }

  listen(listener: RunListener): void {
    this.listeners.set(listener.id, listener)
  }
  leave(listener: string): void {
    this.listeners.delete(listener)
    this.current?.broadcast.detach(listener)
  }

  /**
   * Prepare, load and start; the run before it ends. Starts come one after the other.
   * @param signal gives the preparation up
   * @throws LaminaError `invalidDesign`, `invalidData`, `invalidWeights`, `workerFailed`
   */
  start(request: StartRequest, starter: string, signal: AbortSignal): Promise<Run> {
    const turn = this.queue.then(() => this.begin(request, starter, signal))
    this.queue = turn.catch(() => undefined)
    return turn
  }

  describe(): Run | null {
    return this.current?.describe() ?? null
  }

  /** Send a client what the run did so far, and what it does from now on. Nothing happens when the run is over. */
  attach(id: string, listenerId: string): void {
    const run = this.current
    const listener = this.listeners.get(listenerId)
    if (run === null || run.id !== id || listener === undefined) return
    run.broadcast.attach(listenerId, (frame) => listener.frame(id, frame))
    if (run.error !== null) listener.failed(id, run.error)
  }

  /** @throws LaminaError `notFound`, or `workerFailed` when the run was lost with its worker */
  async control<N extends Control>(id: string, name: N, params: Params<TrainingWorkerContract, N>): Promise<Progress> {
    const run = this.require(id)
    if (run.lost !== null) throw run.lost
    const { error } = run
    const progress = await this.training.request(name, params)
    // Frames and a failure that were sent after the reply may be handled before it; then the reply is history.
    const failedSince = run.error !== null && run.error !== error
    if (failedSince || progress.step < run.progress.step) return run.progress
    this.advance(run, progress)
    return progress
  }

  acknowledge(id: string, listener: string, sequence: number): void {
    // An acknowledgement that crosses the start of another run means nothing to anybody.
    if (this.current?.id === id) this.current.broadcast.acknowledge(listener, sequence)
  }

  async evaluate(id: string, split: SplitName): Promise<Result<TrainingWorkerContract, 'evaluate'>> {
    const run = this.require(id)
    if (run.lost !== null) throw run.lost
    if (run.plan.manifest.rows[split] === 0) {
      throw new LaminaError(
        'invalidArgument',
        `This run has no ${split} rows: the design's split keeps none. Change the split and train again.`,
        { split }
      )
    }
    return this.training.request('evaluate', { split })
  }

  /** @throws LaminaError `notFound` for any run but the current one */
  require(id: string): CurrentRun {
    if (this.current?.id === id) return this.current
    throw new LaminaError('notFound', 'This training run is over: another one was started, or Lamina was restarted.', {
      run: id
    })
  }

  /** The weights the run has to show for now or, when the worker is gone, as they were when last seen. */
  async weightsOf(run: CurrentRun): Promise<WeightsSnapshot> {
    if (run.lost === null) return this.fetchWeights()
    if (run.snapshot !== null) return run.snapshot
    throw run.lost
  }

  private fetchWeights(): Promise<WeightsSnapshot> {
    return this.training.request('weights', {})
  }

  /** The training worker is gone, and with it whatever it was doing. */
  workerEnded(reason: string): void {
    const run = this.current
    if (run === null || run.lost !== null) return
    const kept = run.snapshot === null ? '' : ` The weights of step ${run.snapshot.step} were kept and can be exported.`
    run.lost = new LaminaError('workerFailed', `The training worker ${reason}.${kept} Start training again to go on.`, {
      worker: 'training',
      reason
    })
    if (run.underWay) this.fail(run, run.lost)
  }

  close(): void {
    this.current?.broadcast.close()
  }

  private async begin(request: StartRequest, starter: string, signal: AbortSignal): Promise<Run> {
    const { design, initialWeights, everyEpoch, threads, fold } = request
    const settings = datasetSettingsOf(requireTrainable(design))
    const prepared = await this.datasets.prepare(
      request.dataset,
      settings,
      categoricalEncodingFor(design.network),
      fold,
      signal
    )
    const network = planFor(design, prepared.manifest)
    weighedClasses(design.training.classWeights, predictedTarget(prepared.manifest.preprocessing))
    if (initialWeights !== null) requireFittingWeights(network, initialWeights.name, initialWeights.weights)

    await this.endCurrent()
    const seed = request.seed ?? design.training.seed
    const { description, progress } = await this.training.request('load', {
      ...design.training,
      manifestPath: prepared.manifestPath,
      network,
      seed,
      threads,
      initialWeights: initialWeights === null ? null : [...initialWeights.weights],
      everyEpoch
    })
    const run: CurrentRun = new CurrentRun(
      { design, seed, network, manifest: prepared.manifest },
      description,
      progress,
      (sequence) => this.acknowledgeWorker(run, sequence),
      everyEpoch
    )
    this.current = run
    this.snapshotAt = Date.now()
    for (const listener of this.listeners.values()) {
      if (listener.id === starter) continue
      listener.started(run.describe())
      this.attach(run.id, listener.id)
    }
    if (!request.paused) await this.control(run.id, 'resume', {})
    return run.describe()
  }

  /** The worker holds one run: the one before has to be over, its weights kept, before the next is loaded. */
  private async endCurrent(): Promise<void> {
    const run = this.current
    if (run === null) return
    if (run.lost === null) {
      if (run.progress.state === 'running') await this.control(run.id, 'stop', {})
      // Should loading the next run fail, this one can still be exported.
      run.snapshot = await this.fetchWeights()
    }
    run.lost ??= new LaminaError('notFound', 'This training run ended because another one was started.', {
      run: run.id
    })
    run.broadcast.close()
    if (run.underWay) run.progress = { ...run.progress, state: 'stopped', stepsPerSecond: 0 }
  }

  private receive(frame: MetricsFrame): void {
    const run = this.current
    if (run === null || run.lost !== null) return
    run.receive(frame)
    this.keepWeights(run)
  }

  private advance(run: CurrentRun, progress: Progress): void {
    if (run.lost !== null) return
    run.advance(progress)
    this.keepWeights(run)
  }

  /** Fetch the weights when the run came to rest, and now and then while it goes on. */
  private keepWeights(run: CurrentRun): void {
    const { state } = run.progress
    const settled = settledStates.includes(state) && run.fetchedAt !== run.place
    const due = state === 'running' && Date.now() - this.snapshotAt >= SNAPSHOT_INTERVAL_MS
    if ((!settled && !due) || this.fetching || run.lost !== null) return
    this.fetching = true
    this.snapshotAt = Date.now()
    run.fetchedAt = run.place
    this.fetchWeights()
      .then(
        (snapshot) => {
          if (run.lost === null) run.snapshot = snapshot
        },
        (error: unknown) => this.warnUnlessOver(run, 'The weights were not kept', error)
      )
      .finally(() => {
        this.fetching = false
        // It may have come to rest meanwhile.
        this.keepWeights(run)
      })
  }

  private fail(run: CurrentRun, error: LaminaError): void {
    run.fail(error)
    for (const listener of this.listeners.values()) {
      if (run.broadcast.reaches(listener.id)) listener.failed(run.id, error)
    }
  }

  private acknowledgeWorker(run: CurrentRun, sequence: number): void {
    if (run !== this.current || run.lost !== null) return
    this.training.request('acknowledge', { sequence }).catch((error: unknown) => {
      this.warnUnlessOver(run, 'A frame was not acknowledged', error)
    })
  }

  /** What fails because its worker died or Lamina is closing is told where that is handled. */
  private warnUnlessOver(run: CurrentRun, what: string, error: unknown): void {
    const closing = error instanceof LaminaError && error.code === 'cancelled'
    if (run.lost === null && !closing) this.warn(`${what}: ${messageOf(error)}`)
  }
}
