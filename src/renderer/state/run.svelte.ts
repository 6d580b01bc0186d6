import type { Run } from '../../shared/contract'
import { LaminaError, messageOf, type ErrorData } from '../../shared/errors'
import type { Recovery } from '../../shared/run-history'
import type { MetricsFrame, Progress, RunState } from '../../shared/training-run'
import { paintCost } from '../charts/scheduler'
import { formatCount } from '../training/format'
import type { LogEntry } from '../training/log'
import { backAt, isComplete, remainingSeconds } from '../training/progress'
import { Publisher } from '../training/publisher'
import { RunReadings, type LayerReading } from '../training/readings.svelte'
import { addMarks, cutAfter, emptyRunData, type RunData } from '../training/run-data'
import { staleReason, type RunSource } from '../training/stale'
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
/** The service sends no more before one is acknowledged. */
const EARLY_FRAMES = 4
/** Numbers and meters are renewed this often while training, as fast as one can read; the charts move all the time. */
const NUMBERS_MS = 200

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
  data = $state.raw<RunData | null>(null)
  /** Counts changes of `data`, at most 20 a second: what charts follow. */
  revision = $state(0)
  /** Counts renewals of numbers and meters, a few a second: what readouts follow that are made while painting. */
  numbersRevision = 0
  /** A new run is being prepared and loaded. */
  starting = $state(false)

  /** The design and table the run was started with; null for a run that this window did not start. */
  source = $state.raw<RunSource | null>(null)
  #readings = $state.raw<RunReadings | null>(null)

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
  /** The newest of everything that is shown at most 20 times a second. */
  #pending: { progress: Progress; frame: MetricsFrame } | null = null
  readonly #publisher = new Publisher(() => this.#publish(), paintCost)
  /** Whether something came that the charts do not show yet. */
  #unpainted = false
  /** When numbers and meters were last renewed. */
  #numbersShown = -Infinity
  /** Frames of a run this window does not know yet: its start, or the question after it, has not been answered. */
  #early: { run: string; frame: MetricsFrame }[] = []
  #attaching = false
  #failureNotice: number | null = null
  #listening = false

  /** Listen to the service; more than one call is as good as one. */
  listen(): void {
    if (this.#listening) return
    this.#listening = true
    session.on('training.frame', ({ run, frame }) => this.#receive(run, frame))
    session.on('training.failed', ({ run, error }) => {
      if (run === this.current?.id) this.#fail(error)
    })
    session.on('training.recovery', ({ run, recovery, progress }) => {
      if (run === this.current?.id) this.#recover(recovery, progress)
    })
    session.on('worker.ended', ({ worker, reason }) =>
      this.#log.note('warning', `The ${worker} process ${reason}.`, null)
    )
    session.onReady(() => void this.#attach())
  }

  get log(): readonly LogEntry[] {
    return this.#log.entries
  }

  reading(nodeId: string): LayerReading | null {
    return this.#readings?.of(nodeId) ?? null
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
      // What is still to be shown is older than this answer.
      if (this.#pending !== null && this.#pending.progress.step <= progress.step)
        this.#pending = { ...this.#pending, progress }
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
          this.#fail({
            code: 'notFound',
            message: 'Lamina’s service was started again and the run is gone. Train again.',
            details: {}
          })
        return
      }
      if (run.id !== this.current?.id) {
        this.#begin(run, null)
        this.#log.tellAttached(run.name, run.progress.step)
      }
      this.#takeEarly()
      this.recovery = run.recovery
      this.#show(run.progress)
      if (run.error !== null) this.#fail(run.error)
    } catch (error) {
      if (!(error instanceof LaminaError && error.code === 'disconnected')) notices.error(error)
    } finally {
      this.#attaching = false
    }
  }

  #begin(run: Run, source: RunSource | null): void {
    this.#pending = null
    this.source = source
    this.#readings = new RunReadings(run.description.layers, (id) => doc.nodes.get(id)?.name ?? id)
    this.error = null
    this.recovery = run.recovery
    this.data = emptyRunData(run.description, run.progress.learningRate)
    this.current = run
    this.progress = run.progress
    this.revision += 1
  }

  #receive(id: string, frame: MetricsFrame): void {
    const data = this.data
    if (id !== this.current?.id || data === null) {
      this.#early = [...this.#early, { run: id, frame }].slice(-EARLY_FRAMES)
      if (!this.starting) void this.#attach()
      return
    }
    if (frame.rewind !== undefined) this.#goBack(data, frame.rewind)
    const from = (frame.steps.last[0] ?? 0) - (frame.steps.count[0] ?? 0)
    if (frame.steps.last.length > 0 && from < data.steps.lastStep) {
      // The service tells the whole run again after a lost connection.
      this.data = emptyRunData(data.description, data.firstLearningRate)
      this.#take(this.data, frame, 'again')
    } else this.#take(data, frame, from === 0 && frame.steps.last.length > 1000 ? 'past' : 'live')
    // Only now: an acknowledgement asks for the next frame.
    session.request('training.acknowledge', { run: id, sequence: frame.sequence }).catch((error: unknown) => {
      // A lost connection is told by the session; anything else is a defect worth seeing.
      if (!(error instanceof LaminaError && error.code === 'disconnected')) notices.error(error)
    })
  }

  /** Steps after `step` are void: they were computed by a process that is gone, and come again. */
  #goBack(data: RunData, step: number): void {
    cutAfter(data, step)
    if (this.#pending !== null && this.#pending.progress.step > step) this.#pending = null
    const { progress } = this
    if (progress !== null && progress.step > step) this.progress = backAt(progress, step)
  }

  #takeEarly(): void {
    const frames = this.#early.filter(({ run }) => run === this.current?.id)
    this.#early = []
    for (const { run, frame } of frames) this.#receive(run, frame)
  }

  /** @param when live: just happened; past: before this window was there; again: known already, nothing for the log */
  #take(data: RunData, frame: MetricsFrame, when: 'live' | 'past' | 'again'): void {
    const { progress } = frame
    data.steps.append(frame.steps, progress.seconds)
    data.epochs.append(frame.epochs)
    addMarks(data, frame.marks)
    const warnings = this.#readings?.observe(frame.steps) ?? []
    if (when !== 'again') this.#log.tellFrame(data, frame, warnings, when === 'live' ? Date.now() : null)
    this.#pending = { progress, frame }
    this.#unpainted = true
    if (progress.state === this.progress?.state) this.#publisher.request()
    else this.#publisher.now()
  }

  #publish(): void {
    const pending = this.#pending
    const data = this.data
    if (pending === null || data === null) return
    if (this.#unpainted) this.revision += 1
    this.#unpainted = false
    // Nobody reads numbers that change 20 times a second, and repainting them all over the window costs the engine time.
    const now = performance.now()
    if (
      pending.progress.state === 'running' &&
      this.progress?.state === 'running' &&
      now - this.#numbersShown < NUMBERS_MS
    ) {
      this.#publisher.request()
      return
    }
    this.#numbersShown = now
    this.numbersRevision += 1
    this.#pending = null
    this.#readings?.show(pending.frame.steps)
    // A frame from before a failure may come after the word of it. A run that goes on answers so to whoever resumed it.
    if (this.progress?.state === 'failed' && pending.progress.state === 'running') return
    this.#show(pending.progress)
  }

  /** Take over newer progress, wherever it came from, and tell the log what it means. */
  #show(progress: Progress): void {
    const before = this.progress
    if (before !== null && progress.step < before.step) return
    this.progress = progress
    if (progress.state !== 'failed' && this.recovery?.phase === 'asking') {
      this.recovery = null
      this.error = null
    }
    this.#log.tellState(before, progress, this.data)
  }

  /** The training process ended unasked: told apart from a failure, because the run goes on. */
  #recover(recovery: Recovery, progress: Progress): void {
    const { phase, reason, step } = recovery
    this.recovery = phase === 'resumed' ? null : recovery
    if (phase === 'asking') return
    this.#pending = null
    this.progress = progress
    if (phase === 'restarting') return
    this.error = null
    const from = step === 0 ? 'from the beginning' : `from step ${formatCount(step)}`
    const text = `The training process ${reason}; training went on ${from}.`
    this.#log.note('warning', text, step)
    notices.warn(text, { label: 'Stop', run: () => void this.stop() })
  }

  #fail(error: ErrorData): void {
    // Numbers that wait for their turn belong to before the failure: shown later, they would hide it.
    this.#numbersShown = Number.NEGATIVE_INFINITY
    this.#publisher.now()
    this.error = error
    if (this.progress !== null) this.progress = { ...this.progress, state: 'failed', stepsPerSecond: 0 }
    this.#log.note('error', error.message, this.progress?.step ?? null)
    this.#failureNotice = notices.error(LaminaError.fromData(error))
  }
}

export const run = new RunStore()
