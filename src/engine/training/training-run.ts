import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import { denseOperations } from '../../shared/network/plan'
import { LaminaError, messageOf, toErrorData, type ErrorData } from '../../shared/errors'
import type { SplitName } from '../../shared/prepared'
import type { EpochRecord, MetricsFrame, Progress, RunDescription, RunState } from '../../shared/training-run'
import type { WrittenCheckpoint } from '../../shared/workers/training'
import type { Budget, Chunk, Engine, Evaluation, FloatArray, Trainer } from '../engine'
import type { CheckpointIdentity } from '../../shared/checkpoint'
import type { Checkpoint } from '../checkpoints/checkpoint'
import { identityOf } from '../checkpoints/identity'
import { CheckpointKeeper, type CheckpointListener } from '../checkpoints/keeper'
import { damagedCheckpoint, readCheckpoint } from '../checkpoints/read'
import { ChunkLength } from './chunk-length'
import { numericalFailure } from './failure'
import { FramePacer } from './frame-pacer'
import { evaluateSplit, metricScaleOf } from './inference'
import { Mutex } from './mutex'
import { openRun, type LoadParams, type OpenedRun } from './open-run'
import { PulseMeter, type Pulse } from './pulse'
import { RunRecords } from './run-records'
import { RunCheckpoints, type Kept } from './run-checkpoints'

/** Where a run tells what happens to it. */
export interface RunListener extends CheckpointListener {
  frame(frame: MetricsFrame): void
  failed(error: ErrorData): void
}

/** Epoch records that may wait while none may be dropped; training waits for the reader beyond that. */
const MOST_WAITING_EPOCHS = 20_000

/**
 * One training run: the trainer, what a person may ask of it while it trains, and its stream of frames. Starts paused.
 * Requests may come at any time, also several at once; they take effect in the order they came.
 */
export class TrainingRun {
  readonly description: RunDescription
  private readonly trainer: Trainer
  private state: RunState = 'paused'
  private epochs: number
  private learningRate: number
  /** What frames tell; while training the trainer itself is up to one chunk further. */
  private readonly records: RunRecords
  private readonly chunkLength: ChunkLength
  private readonly pacer: FramePacer
  /** Requests that change the state, one after the other. */
  private readonly commands = new Mutex()
  /** The trainer does one thing at a time: chunks, and between them whatever else was asked for. */
  private readonly turns = new Mutex()
  /** Training under way; settles when its last chunk was taken in. */
  private training: Promise<void> | null = null
  /** A single step is being made. */
  private stepping = false
  /** What training under way is to end as, once somebody wants it to. */
  private ending: 'paused' | 'stopped' | null = null
  /** Whether early stopping finished the run, until it goes on. */
  private stoppedEarly = false
  private disposed = false
  /** Null for a run whose state nobody keeps. */
  private readonly checkpoints: RunCheckpoints | null
  private readonly pulse: PulseMeter

  private constructor(
    private readonly engine: Engine,
    private readonly params: Omit<LoadParams, 'initialWeights'>,
    private readonly opened: OpenedRun,
    private readonly listener: RunListener
  ) {
    const { epochs, optimizer, everyEpoch, earlyStopping } = params
    const { dataset, description, trainer } = opened
    const layers = description.layers.length
    this.trainer = trainer
    this.description = description
    this.chunkLength = new ChunkLength(engine.name)
    this.epochs = epochs
    this.learningRate = optimizer.learningRate
    this.records = new RunRecords(layers, everyEpoch, metricScaleOf(dataset.manifest), earlyStopping)
    this.pacer = new FramePacer((sequence) => this.sendFrame(sequence))
    this.pulse = new PulseMeter(trainer, description.parameters, params.batchSize)
    this.checkpoints = params.checkpoints === null ? null : this.keepIn(params.checkpoints.path)
  }

  /**
   * @returns the run, and where it goes on from when that was asked for
   * @throws LaminaError as `openRun` does, or as `readCheckpoint`
   */
  static async load(engine: Engine, params: LoadParams, listener: RunListener): Promise<LoadedRun> {
    const { checkpoints } = params
    const resumes = checkpoints !== null && checkpoints.resume
    const opened = await openRun(engine, resumes ? { ...params, initialWeights: null } : params)
    // The trainer has the initial weights; they are not kept a second time.
    const { initialWeights: _, ...kept } = params
    const run = new TrainingRun(engine, kept, opened, listener)
    if (!resumes) return { run, resumed: null }
    try {
      const { path } = checkpoints
      const checkpoint = await readCheckpoint(path, run.identity(), denseOperations(params.network))
      return { run, resumed: run.restore(checkpoint, path) }
    } catch (error) {
      opened.trainer.dispose()
      throw error
    }
  }

  progress(): Progress {
    const { state, epochs, learningRate, stoppedEarly } = this
    const { step, epoch, seconds, stepsPerSecond } = this.records
    const { stepsPerEpoch, scheduledRate } = this.trainer
    const bestEpoch = this.records.best?.epoch ?? null
    return {
      state,
      step,
      epoch,
      epochs,
      stepsPerEpoch,
      learningRate,
      scheduledRate,
      bestEpoch,
      stoppedEarly,
      stepsPerSecond,
      seconds
    }
  }

  /** How the chunk under way is doing; null while nothing is computed. */
  ping(): { step: number; computing: Pulse | null } {
    return { step: this.trainer.step, computing: this.pulse.read() }
  }

  /**
   * Writes the run's state to the disk.
   * @throws LaminaError `invalidArgument` for a run without checkpoints, `writeFailed` or `permissionDenied`
   */
  async checkpoint(): Promise<WrittenCheckpoint> {
    const { checkpoints } = this
    if (checkpoints === null) {
      throw new LaminaError('invalidArgument', 'This run keeps no checkpoints: it was loaded without a file for them.')
    }
    // Other requests wait for the copy of the state, but not for the disk.
    const { written } = await this.commands.run((): Kept | Promise<Kept> => {
      this.requireAlive()
      if (this.training === null) return checkpoints.keep()
      this.trainer.interrupt()
      this.pacer.stopWaiting()
      return checkpoints.keepSoon()
    })
    return written
  }

  /** @throws LaminaError `invalidArgument` when all epochs are done */
  resume(): Promise<Progress> {
    return this.command(() => {
      if (this.training !== null) return
      this.requireWork()
      this.state = 'running'
      this.stoppedEarly = false
      this.ending = null
      this.checkpoints?.begin()
      this.training = this.train()
      this.pacer.flush()
    })
  }

  pause(): Promise<Progress> {
    return this.command(() => this.endTraining('paused'))
  }

  /** One minibatch, then paused. @throws LaminaError `invalidArgument` when all epochs are done */
  singleStep(): Promise<Progress> {
    return this.command(async () => {
      await this.endTraining('paused')
      this.requireWork()
      this.stoppedEarly = false
      this.stepping = true
      try {
        this.settle(await this.makeStep(), 'paused')
      } finally {
        this.stepping = false
        this.checkpoints?.keepAtRest()
      }
    })
  }

  stop(): Promise<Progress> {
    return this.command(async () => {
      await this.endTraining('stopped')
      if (this.state !== 'paused') return
      this.state = 'stopped'
      this.pacer.flush()
    })
  }

  /** From the next step on. */
  setLearningRate(learningRate: number): Promise<Progress> {
    return this.command(() =>
      this.betweenSteps(() => {
        if (learningRate === this.learningRate) return
        this.trainer.setLearningRate(learningRate)
        this.learningRate = learningRate
        if (this.trainer.step > 0) this.records.mark({ step: this.trainer.step, learningRate })
        if (this.training === null) this.pacer.flush()
        this.checkpoints?.keepChange()
      })
    )
  }

  /** @throws LaminaError `invalidArgument` for fewer epochs than are done */
  setEpochs(epochs: number): Promise<Progress> {
    return this.command(() =>
      this.betweenSteps(() => {
        const done = this.trainer.epoch
        if (epochs < done) {
          throw new LaminaError(
            'invalidArgument',
            `${done} epochs are done already: the number of epochs cannot become ${epochs}.`
          )
        }
        this.trainer.setEpochs(epochs)
        this.epochs = epochs
        if (this.training !== null) {
          this.checkpoints?.keepChange()
          return
        }
        if (this.isComplete() && this.state !== 'failed') this.state = 'finished'
        else if (this.state === 'finished' && !this.stoppedEarly) this.state = 'paused'
        this.pacer.flush()
        this.checkpoints?.keepChange()
      })
    )
  }

  /** Everything up to frame `sequence` arrived. */
  acknowledge(sequence: number): void {
    this.pacer.acknowledge(sequence)
  }

  /** Copies of W_B of each dense operation; see `result`. */
  weights(): Promise<RunResult & { weights: Float32Array[] }> {
    return this.betweenSteps(() => {
      const result = this.result()
      return { ...result, weights: result.weights.map(toFloat32) }
    })
  }

  /** Training goes on meanwhile. @throws LaminaError `invalidArgument` for a split without rows */
  async evaluate(split: SplitName, signal?: AbortSignal): Promise<Evaluation & { rows: number }> {
    const { dataset } = this.opened
    const rows = dataset.manifest.rows[split]
    if (rows === 0) {
      throw new LaminaError(
        'invalidArgument',
        `The dataset has no ${split} rows to evaluate: its split gives that part none.`
      )
    }
    const { weights } = await this.betweenSteps(() => this.result())
    const { network, threads } = this.params
    const settings = { threads, classWeights: this.description.classWeights }
    const evaluation = await evaluateSplit(this.engine, network, weights, dataset, split, settings, signal)
    if (!Number.isFinite(evaluation.loss)) {
      throw new LaminaError(
        'numericalFailure',
        `The loss on the ${split} rows is not finite: look for values in them that are far from those of the training rows.`,
        { quantity: 'loss', split }
      )
    }
    return { rows, ...evaluation }
  }

  /** Ends training and frees everything; no frame comes after it. */
  async dispose(): Promise<void> {
    this.disposed = true
    this.pacer.close()
    await this.commands.run(() => this.endTraining('stopped'))
    await this.checkpoints?.close()
    await this.turns.run(() => this.trainer.dispose())
  }

  private async command(work: () => void | Promise<void>): Promise<Progress> {
    return this.commands.run(async () => {
      this.requireAlive()
      await work()
      return this.progress()
    })
  }

  /** Something quick for which a chunk under way is cut short, be it long because its epoch ends with an evaluation. */
  private betweenSteps<T>(work: () => T): Promise<T> {
    this.trainer.interrupt()
    return this.turns.run(() => {
      this.requireAlive()
      return work()
    })
  }

  private requireAlive(): void {
    if (this.disposed) throw new LaminaError('cancelled', 'This run ended because another one was loaded.')
  }

  private requireWork(): void {
    if (!this.isComplete()) return
    throw new LaminaError('invalidArgument', `All ${this.epochs} epochs are done. Set more epochs to go on.`)
  }

  /** What the run has to show for: its weights as they are between two steps, or those of the best epoch when finished. */
  private result(): RunResult {
    const best = this.state === 'finished' ? this.trainer.best() : null
    if (best === null) {
      const { step, epoch } = this.trainer
      return { weights: this.trainer.weights(), step, epoch, record: this.records.latest }
    }
    const { weights, epoch } = best
    return { weights, step: epoch * this.trainer.stepsPerEpoch, epoch, record: this.records.best }
  }

  private async endTraining(ending: 'paused' | 'stopped'): Promise<void> {
    if (this.training === null) return
    this.ending = ending
    this.trainer.interrupt()
    this.pacer.stopWaiting()
    await this.training
  }

  private isComplete(): boolean {
    return this.trainer.epoch >= this.epochs
  }
  /** 0 also when only the evaluation at an epoch's end was cut off, which the next chunk makes up for. */
  private stepsLeft(): number {
    return Math.max(0, this.epochs * this.trainer.stepsPerEpoch - this.trainer.step)
  }
  private nextBudget(): Budget {
    return { steps: this.stepsLeft(), milliseconds: this.chunkLength.milliseconds }
  }

  /** @param budget asked when it is this chunk's turn, because what had its turn before may have changed it */
  private compute(budget: () => Budget): Promise<Chunk> {
    return this.turns.run(async () => {
      const asked = performance.now()
      this.pulse.begin()
      const chunk = await this.trainer.run(budget())
      this.pulse.end(chunk.seconds * 1000)
      this.chunkLength.observe(performance.now() - asked, chunk.seconds * 1000)
      return chunk
    })
  }

  /** Whether all steps of an epoch are done, but not all of the evaluation at its end. */
  private isEpochEnding(): boolean {
    return this.trainer.step === (this.trainer.epoch + 1) * this.trainer.stepsPerEpoch
  }

  /** One step, and the evaluations of the epoch that ends before it or with it. */
  private async makeStep(): Promise<Ending> {
    let wanted = 1
    for (;;) {
      const ending = this.isEpochEnding()
      const steps = ending ? 0 : Math.min(wanted, this.stepsLeft())
      if (steps === 0 && !ending) return { failure: null, stoppedEarly: false }
      const started = performance.now()
      const chunk = await this.compute(() => ({ ...this.nextBudget(), steps }))
      this.records.take(chunk, performance.now() - started)
      if (endsTraining(chunk)) return chunk
      wanted -= chunk.steps
      await eventLoopTurn()
    }
  }

  /** Chunk after chunk. The next one computes while the one before is taken in, so the engine hardly ever waits. */
  private async train(): Promise<void> {
    let last: Chunk | null = null
    let untaken: { chunk: Chunk; milliseconds: number } | null = null
    let finishedAt = performance.now()
    const takeIn = (): void => {
      if (untaken !== null) this.records.take(untaken.chunk, untaken.milliseconds)
      untaken = null
    }
    try {
      for (;;) {
        if (this.records.waiting >= MOST_WAITING_EPOCHS) await this.pacer.whenRoom()
        // A run that is over keeps itself at rest.
        if (this.checkpoints?.isDue === true && !this.isOver(last)) {
          takeIn()
          await this.keepBetweenSteps()
        }
        const next: Promise<Chunk> | null = this.isOver(last) ? null : this.compute(() => this.nextBudget())
        // Requests are read here, however fast chunks follow each other.
        await eventLoopTurn()
        takeIn()
        if (next === null) break
        this.pacer.offer()
        last = await next
        const now = performance.now()
        untaken = { chunk: last, milliseconds: now - finishedAt }
        finishedAt = now
      }
      this.training = null
      this.settle(last, this.ending ?? 'paused')
      if (this.checkpoints?.isAwaited === true) await this.keepBetweenSteps()
      else this.checkpoints?.keepAtRest()
    } catch (thrown) {
      this.training = null
      const error = toErrorData(thrown)
      this.checkpoints?.refuse(LaminaError.fromData(error))
      if (error.code !== 'outOfMemory') this.fail(error)
      else {
        // Nothing is wrong with the run: it goes on as soon as there is a process with memory.
        this.state = 'failed'
        this.listener.failed(error)
      }
    }
  }

  /** @param last the chunk before, if there was one */
  private isOver(last: Chunk | null): boolean {
    return this.ending !== null || this.isComplete() || (last !== null && endsTraining(last))
  }

  /** Nothing computes meanwhile, and all that was computed was taken in. */
  private async keepBetweenSteps(): Promise<void> {
    await this.turns.run(() => this.checkpoints?.keep())
  }

  private keepIn(path: string): RunCheckpoints {
    const delivered = (): Promise<void> => this.pacer.delivered()
    return new RunCheckpoints(
      new CheckpointKeeper(path, denseOperations(this.params.network), this.listener, delivered),
      () => this.capture(),
      () => this.training === null && !this.stepping
    )
  }

  private capture(): Checkpoint {
    return {
      identity: this.identity(),
      arithmetic: this.engine.arithmetic,
      trainer: this.trainer.snapshot(),
      run: { ...this.records.state, stoppedEarly: this.stoppedEarly }
    }
  }

  private identity(): CheckpointIdentity {
    return identityOf(this.engine, this.params, this.opened.dataset.manifest)
  }

  /**
   * Goes on from a checkpoint of the same run.
   * @throws LaminaError `invalidCheckpoint` for a state that it cannot have been in
   */
  private restore({ arithmetic, trainer, run }: Checkpoint, path: string): NonNullable<LoadedRun['resumed']> {
    try {
      this.trainer.restore(trainer)
    } catch (error) {
      throw damagedCheckpoint(path, messageOf(error), error)
    }
    const { step, epoch, epochs, learningRate } = trainer
    this.epochs = epochs
    this.learningRate = learningRate
    this.records.restore(run, step, epoch)
    this.stoppedEarly = run.stoppedEarly && !this.isComplete()
    if (this.stoppedEarly || this.isComplete()) this.state = 'finished'
    return { step, epoch, exact: arithmetic === this.engine.arithmetic }
  }

  /** The state after training or a single step ended. */
  private settle(end: Ending | null, otherwise: 'paused' | 'stopped'): void {
    if (end !== null && end.failure !== null) {
      const { network, gradientClipNorm } = this.params
      const { preprocessing } = this.opened.dataset.manifest
      const context = { network, gradientClipNorm, preprocessing, learningRate: this.learningRate }
      this.fail(numericalFailure(end.failure, context).toData())
      return
    }
    this.stoppedEarly = end !== null && end.stoppedEarly && !this.isComplete()
    this.state = this.stoppedEarly || this.isComplete() ? 'finished' : otherwise
    this.pacer.flush()
  }

  private fail(error: ErrorData): void {
    this.state = 'failed'
    this.pacer.flush(() => this.listener.failed(error))
  }

  private sendFrame(sequence: number): void {
    this.listener.frame({ sequence, progress: this.progress(), ...this.records.takeFrame() })
  }
}

/** Weights, and when they were what they are. */
interface RunResult {
  readonly weights: FloatArray[]
  readonly step: number
  readonly epoch: number
  readonly record: EpochRecord | null
}

/** A run, and where it goes on from; null for one from the start. */
export interface LoadedRun {
  readonly run: TrainingRun
  readonly resumed: { readonly step: number; readonly epoch: number; readonly exact: boolean } | null
}

/** How a chunk ended. */
type Ending = Pick<Chunk, 'failure' | 'stoppedEarly'>

function endsTraining({ failure, stoppedEarly }: Ending): boolean {
  return failure !== null || stoppedEarly
}

function toFloat32(array: FloatArray): Float32Array {
  return array instanceof Float32Array ? array : Float32Array.from(array)
}
