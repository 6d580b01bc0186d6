import type { Run } from '../../shared/contract'
import { LaminaError, messageOf, type ErrorData } from '../../shared/errors'
import type { Recovery } from '../../shared/run-history'
import type { MetricsFrame, Progress, RunState } from '../../shared/training-run'
import { paintCost } from '../charts/scheduler'
import { formatCount } from '../training/format'
import { FrameIntake } from '../training/frame-intake.svelte'
import type { LogEntry } from '../training/log'
import { backAt, isComplete, remainingSeconds } from '../training/progress'
import { staleReason, type RunSource } from '../training/stale'
import type { LayerReading } from '../training/readings.svelte'
import type { RunData } from '../training/run-data'
import { relations } from '../data/relations.svelte'
import { dataset } from './dataset.svelte'
import { doc } from './document.svelte'
import { notices } from './notices.svelte'
import { RunLog } from './run-log.svelte'
import { session } from './session.svelte'

export interface StartOptions {
  /** Load only; for going step by step. */
  readonly paused?: boolean
  /** Imported weights to start from instead of drawn ones. */
  readonly initialWeights?: string
}

type Steering = 'training.resume' | 'training.pause' | 'training.step' | 'training.stop'

/**
 * The training run of this window: what it does, what it measured, and how to steer it. Steering never throws: what
 * goes wrong becomes a notice, and the answer says whether it was done.
 */
class RunStore {
  /** The run as it began; `progress` and `error` are newer. */
  current = $state.raw<Run | null>(null)
  progress = $state.raw<Progress | null>(null)
  error = $state.raw<ErrorData | null>(null)
  /** What is being done about a training process that ended unasked. */
  recovery = $state.raw<Recovery | null>(null)
  /** A new run is being prepared and loaded. */
  starting = $state(false)

  /** The design and table the run was started with; null for a run that this window did not start. */
  source = $state.raw<RunSource | null>(null)

  readonly state: RunState | 'idle' = $derived(this.starting ? 'loading' : (this.progress?.state ?? 'idle'))
  /** Something runs or waits to go on. */
  readonly isActive: boolean = $derived(['loading', 'running', 'paused'].includes(this.state))
  /** Why the run no longer fits the design on the canvas, in words. */
  readonly staleReason: string | null = $derived(
    this.source === null || this.current === null ? null : staleReason(this.source, doc.state)
  )
  /** The training process ended, and the run waits for a person to say whether it goes on. */
  readonly isAsking: boolean = $derived(!this.starting && this.state === 'failed' && this.recovery?.phase === 'asking')
  /** Early stopping finished the run before its last epoch. */
  readonly stoppedEarly: boolean = $derived(
    !this.starting && this.state === 'finished' && this.progress?.stoppedEarly === true
  )
  /** The run in the service can go on where it is. */
  readonly canContinue: boolean = $derived(
    !this.starting &&
      !isComplete(this.progress) &&
      (this.state === 'paused' || this.state === 'stopped' || this.stoppedEarly || this.isAsking)
  )
  /** One step can be taken, of this run or of a new one. */
  readonly canStep: boolean = $derived(!this.starting && (this.state !== 'finished' || this.stoppedEarly))
  /** Seconds until the last planned epoch at the present pace; null when that cannot be said. */
  readonly remaining: number | null = $derived(remainingSeconds(this.progress))

  readonly #log = new RunLog()
  /** The start under way; another value when it was given up. */
  #attempt: object | null = null
  readonly #intake = new FrameIntake({
    state: () => this.progress?.state ?? null,
    nameOf: (id) => doc.nodes.get(id)?.name ?? id,
    cost: paintCost,
    took: (data, frame, warnings, when) => {
      if (when !== 'again') this.#log.tellFrame(data, frame, warnings, when === 'live' ? Date.now() : null)
    },
    progressed: (progress) => this.#show(progress),
    wentBack: (step) => {
      if (this.progress !== null && this.progress.step > step) this.progress = backAt(this.progress, step)
    }
  })
  #attaching = false
  #failureNotice: number | null = null
  #listening = false

  /** Listen to the service; more than one call is as good as one. */
  listen(): void {
    if (this.#listening) return
    this.#listening = true
    session.on('training.frame', ({ run, frame }) => this.#receive(run, frame))
    // One that another window took up again counts its frames anew.
    session.on('training.started', (run) => {
      if (run.id === this.current?.id) this.#begin(run, null)
    })
    session.on('training.failed', ({ run, error, sequence }) => {
      if (run === this.current?.id) this.#fail(error, sequence)
    })
    session.on('training.recovery', ({ run, recovery, progress, sequence }) => {
      if (run === this.current?.id) this.#recover(recovery, progress, sequence)
    })
    session.on('worker.ended', ({ worker, reason }) =>
      this.#log.note('warning', `The ${worker} process ${reason}.`, null)
    )
    session.onReady(() => void this.#attach())
  }

  /** Everything measured. Changes in place; `revision` says when. */
  get data(): RunData | null {
    return this.#intake.data
  }
  /** Counts changes of `data`, at most 20 a second: what charts follow. */
  get revision(): number {
    return this.#intake.revision
  }
  /** Counts renewals of numbers and meters, a few a second: what readouts follow that are made while painting. */
  get numbersRevision(): number {
    return this.#intake.numbersRevision
  }
  get log(): readonly LogEntry[] {
    return this.#log.entries
  }

  reading(nodeId: string): LayerReading | null {
    return this.#intake.reading(nodeId)
  }
  /** Prepare, load and train the design on the canvas; any earlier run ends. */
  async start(options: StartOptions = {}): Promise<boolean> {
    if (this.starting) return false
    const attempt = {}
    this.#attempt = attempt
    this.starting = true
    this.error = null
    // Whoever trains again has read why it failed.
    if (this.#failureNotice !== null) notices.dismiss(this.#failureNotice)
    this.#failureNotice = null
    try {
      const table = dataset.current
      if (table === null)
        throw new LaminaError('invalidDesign', 'There is no dataset to train on. Open a CSV file first.')
      const source: RunSource = { design: doc.design, table: doc.table, dataset: table }
      const run = await session.request('training.start', {
        design: source.design,
        dataset: table.id,
        initialWeights: options.initialWeights ?? null,
        paused: options.paused ?? false,
        everyEpoch: false,
        seed: null,
        threads: null
      })
      if (this.#attempt === attempt) {
        this.#begin(run, source)
        this.#log.tellStart(this.data, options.paused === true, options.initialWeights !== undefined)
        this.#log.tellLeakage(source, relations.current?.warnings ?? [])
        this.#takeEarly()
        return true
      }
      // Given up meanwhile. Where another start was asked for, that one ends this run by itself.
      if (!this.starting) {
        this.#begin(run, source)
        await this.#steer('training.stop')
      }
      return false
    } catch (error) {
      if (this.#attempt === attempt) {
        notices.error(error)
        this.#log.note('error', messageOf(error), null)
      }
      return false
    } finally {
      if (this.#attempt === attempt) this.starting = false
    }
  }

  async pause(): Promise<boolean> {
    return (await this.#steer('training.pause')) !== null
  }
  async resume(): Promise<boolean> {
    return (await this.#steer('training.resume')) !== null
  }
  /** One minibatch; without a run that can go on, a new one is loaded first. */
  async step(): Promise<boolean> {
    if (!this.canStep) return false
    const goesOn = this.canContinue || this.state === 'running'
    if (!goesOn && !(await this.start({ paused: true }))) return false
    return (await this.#steer('training.step')) !== null
  }
  /** End the run where it is; while it is still being loaded, give that up. */
  async stop(): Promise<boolean> {
    if (this.starting) {
      this.#attempt = null
      this.starting = false
      this.#log.note('info', 'Given up before training began.', null)
      return true
    }
    return (await this.#steer('training.stop')) !== null
  }

  async setLearningRate(learningRate: number): Promise<boolean> {
    const run = this.current
    if (run === null) return false
    return (await this.#ask(() => session.request('training.setLearningRate', { run: run.id, learningRate }))) !== null
  }
  /** Change how many epochs are planned; never fewer than are done. */
  async setEpochs(epochs: number): Promise<boolean> {
    const run = this.current
    if (run === null) return false
    const done = (await this.#ask(() => session.request('training.setEpochs', { run: run.id, epochs }))) !== null
    if (done) this.#log.note('info', `Planned epochs set to ${formatCount(epochs)}.`, this.progress?.step ?? null)
    return done
  }

  /** Write the weights as JSON, with preprocessing and test vectors. */
  async exportWeights(): Promise<boolean> {
    const run = this.current
    if (run === null) return false
    try {
      const saved = await session.request('weights.export', { run: run.id, file: null })
      if (saved === null) return false
      session.connection.deliver(saved)
      notices.info(`Weights exported to ${saved.file.name}.`)
      this.#log.note('done', `Weights exported to ${saved.file.name}.`, this.progress?.step ?? null)
      return true
    } catch (error) {
      notices.error(error)
      return false
    }
  }

  /** Go on with a run of the history where its checkpoint is; any other run ends. @param epochs null for as many as were */
  async takeUp(id: string, epochs: number | null, paused = false): Promise<boolean> {
    try {
      const run = await session.request('runs.resume', { run: id, epochs, paused })
      if (run.id === this.current?.id) {
        // Its curves are here; where the service tells them again, they replace these.
        this.#intake.overtake(run.sequence)
        this.progress = run.progress
        this.recovery = run.recovery
        this.error = run.error
        return true
      }
      this.#begin(run, null)
      this.#log.tellAttached(run.name, run.progress.step)
      this.#takeEarly()
      return true
    } catch (error) {
      notices.error(error)
      return false
    }
  }

  clearLog(): void {
    this.#log.clear()
  }

  async #steer(name: Steering): Promise<Progress | null> {
    const run = this.current
    return run === null ? null : this.#ask(() => session.request(name, { run: run.id }))
  }

  async #ask(request: () => Promise<Progress>): Promise<Progress | null> {
    try {
      const progress = await request()
      this.#intake.answered(progress)
      this.#show(progress)
      return progress
    } catch (error) {
      notices.error(error)
      return null
    }
  }

  /** Find the run that goes on in the service: after connecting (again), or when another window started one. */
  async #attach(): Promise<void> {
    if (this.#attaching) return
    this.#attaching = true
    try {
      const run = await session.request('training.current', {})
      if (run === null) {
        if (this.isActive && !this.starting)
          this.#fail(
            {
              code: 'notFound',
              message: 'Lamina’s service was started again and the run is gone. Train again.',
              details: {}
            },
            Infinity
          )
        return
      }
      if (run.id !== this.current?.id) {
        this.#begin(run, null)
        this.#log.tellAttached(run.name, run.progress.step)
      }
      this.#takeEarly()
      this.#intake.overtake(run.error === null && run.recovery === null ? 0 : run.sequence)
      this.#show(run.progress)
      this.recovery = run.recovery
      if (run.error !== null) this.#fail(run.error, run.sequence)
    } catch (error) {
      if (!(error instanceof LaminaError && error.code === 'disconnected')) notices.error(error)
    } finally {
      this.#attaching = false
    }
  }

  #begin(run: Run, source: RunSource | null): void {
    this.source = source
    this.error = null
    this.recovery = run.recovery
    this.current = run
    this.progress = run.progress
    this.#intake.begin(run)
  }

  #receive(id: string, frame: MetricsFrame): void {
    if (id !== this.current?.id) {
      this.#intake.keepEarly(id, frame)
      if (!this.starting) void this.#attach()
      return
    }
    this.#intake.receive(frame)
    // Only now: an acknowledgement asks for the next frame.
    session.request('training.acknowledge', { run: id, sequence: frame.sequence }).catch((error: unknown) => {
      // A lost connection is told by the session; anything else is a defect worth seeing.
      if (!(error instanceof LaminaError && error.code === 'disconnected')) notices.error(error)
    })
  }

  #takeEarly(): void {
    const { current } = this
    if (current === null) return
    for (const frame of this.#intake.takeEarly(current.id)) this.#receive(current.id, frame)
  }

  /** Take over newer progress, wherever it came from, and tell the log what it means. */
  #show(progress: Progress): void {
    const before = this.progress
    // The answer to one who steers may come later than frames, and a frame later than the answer.
    if (before !== null && progress.step < before.step && before.state !== 'failed' && before.state !== 'loading')
      return
    this.progress = progress
    if (progress.state !== 'failed' && progress.state !== 'loading') {
      this.recovery = null
      this.error = null
    }
    this.#log.tellState(before, progress, this.data)
  }

  /** The training process ended unasked: told apart from a failure, because the run goes on. */
  #recover(recovery: Recovery, progress: Progress, sequence: number): void {
    const { phase, reason, step } = recovery
    this.#intake.overtake(sequence)
    this.recovery = phase === 'resumed' ? null : recovery
    if (phase === 'asking') return
    this.progress = progress
    if (phase === 'restarting') return
    this.error = null
    const from = step === 0 ? 'from the beginning' : `from step ${formatCount(step)}`
    const text = `The training process ${reason}; training went on ${from}.`
    this.#log.note('warning', text, step)
    notices.warn(text, { label: 'Stop', run: () => void this.stop() })
  }

  /** @param sequence of the frame before the failure */
  #fail(error: ErrorData, sequence: number): void {
    this.#intake.flush()
    this.#intake.overtake(sequence)
    this.error = error
    if (this.progress !== null) this.progress = { ...this.progress, state: 'failed', stepsPerSecond: 0 }
    this.#log.note('error', error.message, this.progress?.step ?? null)
    this.#failureNotice = notices.error(LaminaError.fromData(error))
  }
}

export const run = new RunStore()
