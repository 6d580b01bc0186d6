import type { Run } from '../../shared/contract'
import type { MetricsFrame, Progress, RunState } from '../../shared/training-run'
import { Publisher } from './publisher'
import { RunReadings, type LayerReading } from './readings.svelte'
import { addMarks, cutAfter, emptyRunData, type RunData } from './run-data'
import type { GradientWarning } from './gradient-health'

/** The service sends no more before one is acknowledged. */
const EARLY_FRAMES = 4
/** Numbers and meters are renewed this often while training, as fast as one can read; the charts move all the time. */
const NUMBERS_MS = 200

export interface IntakeOptions {
  /** The state that the window shows. */
  state(): RunState | null
  /** What people call a layer. */
  nameOf(layer: string): string
  /** Milliseconds the page spends on showing what is new. */
  cost(): number
  /** @param when live: just happened; past: before this window was there; again: known already, nothing for the log */
  took(data: RunData, frame: MetricsFrame, warnings: readonly GradientWarning[], when: 'live' | 'past' | 'again'): void
  /** Where the run is, and that is newer than all that was told before. */
  progressed(progress: Progress): void
  /** Steps after this one are void: they were computed by a process that is gone, and come again. */
  wentBack(step: number): void
}

/**
 * Takes the frames of a run in: everything measured goes into `data` at once, and is shown at a pace that one can follow and
 * the page can keep. Frames come in their order, but a window that is behind gets them later than whatever else is told of the
 * run; what a frame says of the run's state counts only when it is newer.
 */
export class FrameIntake {
  /** What the run measured; changes in place. */
  data = $state.raw<RunData | null>(null)
  /** Counts changes of `data`, at most 20 a second: what charts follow. */
  revision = $state(0)
  /** Counts renewals of numbers and meters, a few a second: what readouts follow that are made while painting. */
  numbersRevision = 0
  #readings = $state.raw<RunReadings | null>(null)
  /** The newest of everything that is shown at most 20 times a second. */
  #pending: { progress: Progress; frame: MetricsFrame } | null = null
  readonly #publisher: Publisher
  /** Whether something came that the charts do not show yet. */
  #unpainted = false
  /** When numbers and meters were last renewed. */
  #numbersShown = -Infinity
  /** Frames up to this one are older than what was told besides them. */
  #overtaken = 0
  /** Frames of a run this window does not know yet: its start, or the question after it, has not been answered. */
  #early: { run: string; frame: MetricsFrame }[] = []
  readonly #options: IntakeOptions

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#publisher = new Publisher(
      () => this.#publish(),
      () => options.cost()
    )
  }

  reading(layer: string): LayerReading | null {
    return this.#readings?.of(layer) ?? null
  }

  /** Another run, or the same anew. */
  begin({ description, progress }: Run): void {
    this.#pending = null
    this.#overtaken = 0
    this.#readings = new RunReadings(description.layers, (id) => this.#options.nameOf(id))
    this.data = emptyRunData(description, progress.learningRate)
    this.revision += 1
  }

  keepEarly(run: string, frame: MetricsFrame): void {
    this.#early = [...this.#early, { run, frame }].slice(-EARLY_FRAMES)
  }
  /** @returns the frames of a run that came before the run was known; they are not kept any longer */
  takeEarly(run: string): MetricsFrame[] {
    const early = this.#early.filter((kept) => kept.run === run)
    this.#early = []
    return early.map(({ frame }) => frame)
  }

  receive(frame: MetricsFrame): void {
    const { data } = this
    if (data === null) return
    if (frame.rewind !== undefined) this.#goBack(data, frame.rewind)
    const from = (frame.steps.last[0] ?? 0) - (frame.steps.count[0] ?? 0)
    if (frame.steps.last.length > 0 && from < data.steps.lastStep) {
      // The service tells the whole run again after a lost connection.
      this.data = emptyRunData(data.description, data.firstLearningRate)
      this.#take(this.data, frame, 'again')
    } else this.#take(data, frame, from === 0 && frame.steps.last.length > 1000 ? 'past' : 'live')
  }

  /** The service answered whoever steers: what still waits to be shown is older than that. */
  answered(progress: Progress): void {
    if (this.#pending !== null && this.#pending.progress.step <= progress.step)
      this.#pending = { ...this.#pending, progress }
  }

  /** Something was told of the run that is newer than frames up to this one, whenever those come. */
  overtake(sequence: number): void {
    this.#overtaken = sequence
  }

  /** Shows what waits to be shown. */
  flush(): void {
    this.#numbersShown = -Infinity
    this.#publisher.now()
  }

  #take(data: RunData, frame: MetricsFrame, when: 'live' | 'past' | 'again'): void {
    const { progress } = frame
    data.steps.append(frame.steps, progress.seconds)
    data.epochs.append(frame.epochs)
    addMarks(data, frame.marks)
    const warnings = this.#readings?.observe(frame.steps) ?? []
    this.#options.took(data, frame, warnings, when)
    this.#pending = { progress, frame }
    this.#unpainted = true
    if (progress.state === this.#options.state()) this.#publisher.request()
    else this.#publisher.now()
  }

  #goBack(data: RunData, step: number): void {
    cutAfter(data, step)
    if (this.#pending !== null && this.#pending.progress.step > step) this.#pending = null
    this.#options.wentBack(step)
  }

  #publish(): void {
    const pending = this.#pending
    if (pending === null) return
    if (this.#unpainted) this.revision += 1
    this.#unpainted = false
    // Nobody reads numbers that change 20 times a second, and repainting them all over the window costs the engine time.
    const now = performance.now()
    const trains = pending.progress.state === 'running' && this.#options.state() === 'running'
    if (trains && now - this.#numbersShown < NUMBERS_MS) {
      this.#publisher.request()
      return
    }
    this.#numbersShown = now
    this.numbersRevision += 1
    this.#pending = null
    this.#readings?.show(pending.frame.steps)
    if (pending.frame.sequence > this.#overtaken) this.#options.progressed(pending.progress)
  }
}
