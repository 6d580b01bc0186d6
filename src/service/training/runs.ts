import { randomUUID } from 'node:crypto'
import type { Run } from '../../shared/contract'
import { LaminaError } from '../../shared/errors'
import type { SplitName } from '../../shared/prepared'
import type { Params, Result } from '../../shared/rpc'
import type { RunRecord } from '../../shared/run-history'
import type { MetricsFrame, Progress, RunState } from '../../shared/training-run'
import type { TrainingWorkerContract } from '../../shared/workers/training'
import type { Datasets } from '../datasets/datasets'
import type { RunKeeper } from '../history/run-keeper'
import { OUT_OF_MEMORY } from '../workers/process-words'
import type { WorkerSlot } from '../workers/worker-slot'
import { CurrentRun, type RunIdentity, type RunPlan, type WeightsSnapshot } from './current-run'
import { planAgain, planRun, type StartRequest } from './plan-run'
import { RunRecovery } from './recovery'
import { RunAudience, type RunListener } from './run-audience'
import { RunLoader } from './run-loader'
import { WeightsFetcher } from './weights-fetcher'

/** A run of the history that is to go on. */
export interface ResumeRequest {
  readonly id: string
  /** Reads it from the disk, when it is not the current one. */
  take(): Promise<{ record: RunRecord; past: MetricsFrame | null }>
  /** How many are planned from now on; null for as many as were. */
  readonly epochs: number | null
  readonly paused: boolean
}

/** Who closes Lamina does not wait longer than this for a checkpoint. */
const CLOSING_MS = 1000

type Control = 'resume' | 'pause' | 'step' | 'stop' | 'setLearningRate' | 'setEpochs'

export interface RunsOptions {
  readonly training: WorkerSlot<TrainingWorkerContract>
  readonly datasets: Datasets
  readonly keeper: RunKeeper
  /** Whether a person wants runs to go on by themselves when their process ended. */
  resumesAutomatically(): Promise<boolean>
  warn(message: string): void
}

/** The one training run of the service: started, steered, watched, resumed, and its work kept safe. */
export class Runs {
  private current: CurrentRun | null = null
  private queue: Promise<unknown> = Promise.resolve()
  private readonly audience = new RunAudience()
  private readonly loader: RunLoader
  private readonly recovery: RunRecovery
  private readonly fetcher: WeightsFetcher
  private readonly training: WorkerSlot<TrainingWorkerContract>
  private readonly keeper: RunKeeper

  constructor(private readonly options: RunsOptions) {
    const { training, datasets, keeper } = options
    this.training = training
    this.keeper = keeper
    this.loader = new RunLoader(training, datasets)
    this.fetcher = new WeightsFetcher(
      training,
      () => keeper.saveWeights(),
      (run, error) => this.warnUnlessOver(run, 'The weights were not kept', error)
    )
    this.recovery = new RunRecovery({
      load: (run) => this.ensureLoaded(run),
      resume: () => training.request('resume', {}),
      automatic: () => options.resumesAutomatically(),
      tell: (run, recovery) => this.audience.recovering(run, recovery),
      failed: (run, error) => this.tellFailure(run, error)
    })
    training.on('frame', (frame) => this.receive(frame))
    training.on('failed', (data) => {
      const run = this.current
      if (run === null) return
      if (data.code === 'outOfMemory') {
        training.giveUpOn(OUT_OF_MEMORY)
        return
      }
      run.fail(LaminaError.fromData(data))
      this.tellFailure(run, LaminaError.fromData(data))
    })
    training.on('checkpointed', (checkpoint) => {
      if (this.current === null) return
      this.current.checkpoint = checkpoint
      // At once, so that after a crash of Lamina itself the curves reach as far as the checkpoint.
      keeper.save()
    })
    training.on('checkpointFailed', ({ message }) => options.warn(message))
  }

  get state(): RunState | null {
    return this.current?.progress.state ?? null
  }

  listen(listener: RunListener): void {
    this.audience.join(listener)
  }
  leave(listener: string): void {
    this.audience.leave(listener)
    this.current?.broadcast.detach(listener)
  }

  /**
   * Prepare, load and start; the run before it ends. Starts come one after the other.
   * @param signal gives the preparation up
   * @throws LaminaError `invalidDesign`, `invalidData`, `invalidWeights`, `workerFailed`
   */
  start(request: StartRequest, starter: string, signal: AbortSignal): Promise<Run> {
    return this.inTurn(() => this.begin(request, starter, signal))
  }

  /**
   * Go on with a run of the history, or with the current one; the run before it ends.
   * @throws LaminaError `invalidData` when its table is not what it was, `invalidCheckpoint`, `invalidArgument` when all
   * epochs are done
   */
  resume(request: ResumeRequest, starter: string): Promise<Run> {
    return this.inTurn(() => this.goOn(request, starter))
  }

  describe(): Run | null {
    return this.current?.describe() ?? null
  }

  /** The run of this id when it is the current one. */
  find(id: string): CurrentRun | null {
    return this.current?.id === id ? this.current : null
  }

  /** Send a client what the run did so far, and what it does from now on. Nothing happens when the run is over. */
  attach(id: string, listenerId: string): void {
    const run = this.find(id)
    if (run !== null) this.audience.attach(run, listenerId)
  }

  /** @throws LaminaError `notFound`; `workerFailed` when the process ended and the run could not be loaded again */
  async control<N extends Control>(id: string, name: N, params: Params<TrainingWorkerContract, N>): Promise<Progress> {
    const run = this.require(id)
    if (run.lost !== null) throw run.lost
    if (!run.loaded) {
      if (name === 'pause' || name === 'stop') {
        this.recovery.cancel(run)
        return this.rest(run, name === 'pause' ? 'paused' : 'stopped')
      }
      // What is only set applies to a run that goes on by itself as well.
      if (name === 'setLearningRate' || name === 'setEpochs') await this.ensureLoaded(run)
      else await this.recovery.loadNow(run)
    }
    const { error } = run
    let progress
    try {
      progress = await this.training.request(name, params)
    } catch (thrown) {
      // The process ended meanwhile; the next one does what was asked for.
      if (run.loaded || !isWorkerFailure(thrown)) throw thrown
      return this.control(id, name, params)
    }
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

  async evaluate(
    id: string,
    split: SplitName,
    signal?: AbortSignal
  ): Promise<Result<TrainingWorkerContract, 'evaluate'>> {
    const run = this.require(id)
    if (run.lost !== null) throw run.lost
    if (run.plan.manifest.rows[split] === 0) {
      throw new LaminaError(
        'invalidArgument',
        `This run has no ${split} rows: the design's split keeps none. Change the split and train again.`,
        { split }
      )
    }
    await this.ensureLoaded(run)
    return this.training.request('evaluate', { split }, { signal })
  }

  /** @throws LaminaError `notFound` for any run but the current one */
  require(id: string): CurrentRun {
    const run = this.find(id)
    if (run !== null) return run
    throw new LaminaError('notFound', 'This training run is over: another one was started, or Lamina was restarted.', {
      run: id
    })
  }

  /** The weights the run has to show for now or, when it is over, as they were when last seen. */
  async weightsOf(run: CurrentRun): Promise<WeightsSnapshot> {
    if (run.snapshot !== null && (run.lost !== null || (!run.loaded && run.fetchedAt === run.place)))
      return run.snapshot
    if (run.lost !== null) throw run.lost
    await this.ensureLoaded(run)
    return this.training.request('weights', {})
  }

  /** The training worker is gone, and with it whatever it was doing. */
  workerEnded(reason: string): void {
    const run = this.current
    if (run === null || run.lost !== null) return
    run.loaded = false
    // One that rests is loaded again when something is asked of it.
    const { state } = run.progress
    if (state === 'running' || state === 'loading') void this.recovery.ended(run, reason)
  }

  /** Let go of the run in good order; it can be resumed later. */
  async close(): Promise<void> {
    const run = this.current
    this.recovery.close()
    run?.broadcast.close()
    if (run !== null && run.lost === null && run.loaded && run.progress.state === 'running')
      await this.lastCheckpoint(run)
    await this.keeper.end()
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(work)
    this.queue = turn.catch(() => undefined)
    return turn
  }

  private async begin(request: StartRequest, starter: string, signal: AbortSignal): Promise<Run> {
    const plan = await planRun(request, this.options.datasets, signal)
    await this.endCurrent()
    const id = randomUUID()
    const checkpointPath = await this.keeper.makePlace(id)
    const { description, progress } = await this.loader.load(plan, checkpointPath, false)
    const { design, fold } = plan
    const identity = { id, name: design.name, startedAt: Date.now(), checkpointPath, kept: fold === null }
    const run = this.newRun(identity, plan, description, progress)
    this.keeper.begin(run)
    return this.announce(run, starter, request.paused)
  }

  private async goOn({ id, take, epochs, paused }: ResumeRequest, starter: string): Promise<Run> {
    const current = this.find(id)
    if (current !== null && current.lost === null) {
      if (epochs !== null) await this.control(current.id, 'setEpochs', { epochs })
      if (!paused) await this.control(current.id, 'resume', {})
      return current.describe()
    }
    const { record, past } = await take()
    const plan = planAgain(record, await this.loader.prepareAgain(record))
    await this.endCurrent()
    const checkpointPath = await this.keeper.makePlace(record.id)
    const { description, progress } = await this.loader.load(plan, checkpointPath, true)
    const identity = { id: record.id, name: record.name, startedAt: record.startedAt, checkpointPath, kept: true }
    const run = this.newRun(identity, plan, description, progress)
    run.checkpoint = record.checkpoint
    if (past !== null) run.recall(past)
    run.reloaded(progress)
    this.keeper.begin(run, record.weights)
    if (epochs !== null && epochs !== progress.epochs) await this.control(run.id, 'setEpochs', { epochs })
    return this.announce(run, starter, paused || run.progress.state === 'finished')
  }

  private newRun(
    identity: RunIdentity,
    plan: RunPlan,
    description: Run['description'],
    progress: Progress
  ): CurrentRun {
    const run: CurrentRun = new CurrentRun(identity, plan, description, progress, (sequence) =>
      this.acknowledgeWorker(run, sequence)
    )
    this.current = run
    this.fetcher.begin()
    return run
  }

  private async announce(run: CurrentRun, starter: string, paused: boolean): Promise<Run> {
    this.audience.announce(run, starter)
    if (!paused) await this.control(run.id, 'resume', {})
    return run.describe()
  }

  /** The worker holds one run: the one before has to be over, its work kept, before the next is loaded. */
  private async endCurrent(): Promise<void> {
    const run = this.current
    if (run === null) return
    this.recovery.cancel(run)
    if (run.lost === null && run.loaded) {
      if (run.progress.state === 'running') await this.control(run.id, 'stop', {})
      // Should loading the next run fail, this one can still be exported.
      run.snapshot = await this.training.request('weights', {})
      this.keeper.saveWeights()
    }
    run.lost ??= new LaminaError('notFound', 'This training run ended because another one was started.', {
      run: run.id
    })
    run.broadcast.close()
    if (run.underWay) run.progress = { ...run.progress, state: 'stopped', stepsPerSecond: 0 }
    await this.keeper.end()
  }

  private ensureLoaded(run: CurrentRun): Promise<void> {
    if (run.loaded) return Promise.resolve()
    run.loading ??= this.loader.loadAgain(run).finally(() => {
      run.loading = null
    })
    return run.loading
  }

  /** What a person decides while there is no process to ask. */
  private rest(run: CurrentRun, state: 'paused' | 'stopped'): Progress {
    run.advance({ ...run.progress, state, stepsPerSecond: 0 })
    run.tellProgress()
    this.keeper.save()
    return run.progress
  }

  /** Where the run can go on when Lamina is opened again; without it, a moment of training is done twice. */
  private async lastCheckpoint(run: CurrentRun): Promise<void> {
    if (run.identity.checkpointPath === null) return
    const { state } = run.progress
    const signal = AbortSignal.timeout(CLOSING_MS)
    try {
      // At rest, so that the curves end where the checkpoint does.
      await this.training.request('pause', {}, { signal })
      run.checkpoint = await this.training.request('checkpoint', {}, { signal })
    } catch (error) {
      this.warnUnlessOver(run, 'The last steps are not in a checkpoint', error)
    }
    // Not a person's pause: it was cut off, and is offered again as that.
    if (run.progress.state === 'paused') run.progress = { ...run.progress, state }
  }

  private receive(frame: MetricsFrame): void {
    const run = this.current
    if (run === null || run.lost !== null || !run.loaded) return
    run.receive(frame)
    this.keepUp(run)
  }

  private advance(run: CurrentRun, progress: Progress): void {
    if (run.lost !== null) return
    run.advance(progress)
    this.keepUp(run)
  }

  private keepUp(run: CurrentRun): void {
    this.fetcher.keepUp(run)
    this.keeper.saveSoon()
  }

  private tellFailure(run: CurrentRun, error: LaminaError): void {
    this.audience.failed(run, error)
    this.keeper.saveSoon()
  }

  private acknowledgeWorker(run: CurrentRun, sequence: number): void {
    if (run !== this.current || run.lost !== null || !run.loaded) return
    this.training.request('acknowledge', { sequence }).catch((error: unknown) => {
      this.warnUnlessOver(run, 'A frame was not acknowledged', error)
    })
  }

  /** What fails because its worker died or Lamina is closing is told where that is handled. */
  private warnUnlessOver(run: CurrentRun, what: string, error: unknown): void {
    const closing = error instanceof LaminaError && error.code === 'cancelled'
    if (run.lost !== null || closing || isWorkerFailure(error)) return
    this.options.warn(`${what}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function isWorkerFailure(thrown: unknown): boolean {
  return thrown instanceof LaminaError && thrown.code === 'workerFailed'
}
