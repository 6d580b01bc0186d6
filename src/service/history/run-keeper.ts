import { messageOf } from '../../shared/errors'
import type { RunRecord } from '../../shared/run-history'
import type { RunState } from '../../shared/training-run'
import type { CurrentRun } from '../training/current-run'
import type { RunStore } from './run-store'

/** Between two saves of a run that goes on, at least. */
const INTERVAL_MS = 1000
/** Between two saves, in the time one takes: wide tables and deep networks have much to say of themselves. */
const INTERVAL_COSTS = 50
/** A run at rest changes nothing; that this process still has it is said this often. */
const TOUCH_MS = 15_000

/**
 * Keeps the current run on the disk while it goes on: its record and curves now and then and whenever it comes to rest, its
 * weights when there are new ones. What cannot be written costs a note in the log, once for each run, never the training.
 */
export class RunKeeper {
  private run: CurrentRun | null = null
  private writing: Promise<void> = Promise.resolve()
  private timer: NodeJS.Timeout | null = null
  private savedAt = 0
  /** What the last save took. */
  private costMs = 0
  private touching: NodeJS.Timeout | null = null
  private hasFailed = false
  /** The state of the run in its record. */
  private savedState: RunState | null = null
  private weights: RunRecord['weights'] = null

  constructor(
    private readonly store: RunStore,
    private readonly warn: (message: string) => void,
    private readonly changed: () => void
  ) {}

  /** A place for a run. @returns the file for its checkpoints; null where nothing can be kept */
  async makePlace(id: string): Promise<string | null> {
    try {
      await this.store.create(id)
      return this.store.checkpointPath(id)
    } catch (error) {
      this.warn(`This run is not kept: ${messageOf(error)}`)
      return null
    }
  }

  /** From now on this run is kept. @param weights what the weights on the disk are of */
  begin(run: CurrentRun, weights: RunRecord['weights'] = null): void {
    this.run = run
    this.hasFailed = run.identity.checkpointPath === null || !run.identity.kept
    this.savedState = null
    this.weights = weights
    this.touching ??= setInterval(() => this.touch(), TOUCH_MS).unref()
    this.save()
  }

  /** Something changed that is worth keeping: soon, and not too often. */
  saveSoon(): void {
    if (this.timer !== null) return
    const interval = Math.max(INTERVAL_MS, INTERVAL_COSTS * this.costMs)
    const wait = Math.max(0, this.savedAt + interval - Date.now())
    this.timer = setTimeout(() => this.save(), wait).unref()
  }

  /** Write everything as it is now. */
  save(): void {
    const { run } = this
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    if (run === null || this.hasFailed) return
    this.savedAt = Date.now()
    this.write(run, () => this.saveRun(run, process.pid))
  }

  /** Write the weights that were fetched last. */
  saveWeights(): void {
    const { run } = this
    const snapshot = run?.snapshot ?? null
    if (run === null || snapshot === null || this.hasFailed) return
    this.write(run, async () => {
      await this.store.saveWeights(run.id, snapshot.weights)
      this.weights = { step: snapshot.step, epoch: snapshot.epoch, record: snapshot.record }
    })
    this.save()
  }

  /** Let go of the run: it can be resumed, by anyone, and tidied away. Settles when all is written. */
  async end(): Promise<void> {
    const { run } = this
    this.run = null
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    if (this.touching !== null) clearInterval(this.touching)
    this.touching = null
    if (run !== null && !this.hasFailed) {
      this.savedState = null
      this.write(run, () => this.saveRun(run, null))
    }
    if (run !== null && !run.identity.kept) this.write(run, () => this.store.remove(run.id))
    await this.writing
  }

  private async saveRun(run: CurrentRun, owner: number | null): Promise<void> {
    const { state } = run.progress
    const started = performance.now()
    await this.store.save(recordOf(run, this.weights, owner))
    const past = run.broadcast.past()
    if (past !== null) await this.store.saveCurves(run.id, past)
    this.costMs = performance.now() - started
    if (state !== this.savedState) this.changed()
    this.savedState = state
  }

  /** One write after the other, so that the last state wins. */
  private write(run: CurrentRun, work: () => Promise<void>): void {
    this.writing = this.writing.then(work).catch((error: unknown) => {
      if (run === this.run) this.hasFailed = true
      this.warn(`The run "${run.name}" is not kept any more: ${messageOf(error)}`)
    })
  }

  private touch(): void {
    const { run } = this
    if (run !== null && !this.hasFailed) this.write(run, () => this.store.touch(run.id))
  }
}

function recordOf(run: CurrentRun, weights: RunRecord['weights'], owner: number | null): RunRecord {
  const { design, seed, threads, everyEpoch, initialWeights, table, fold, network, manifest } = run.plan
  return {
    format: 'lamina-run',
    version: 1,
    id: run.id,
    name: run.name,
    startedAt: run.identity.startedAt,
    owner,
    design,
    seed,
    threads,
    everyEpoch,
    initialWeights: initialWeights?.name ?? null,
    table,
    fold,
    network,
    manifest,
    description: run.description,
    progress: run.progress,
    error: run.error?.toData() ?? null,
    lastEpoch: run.broadcast.past()?.epochs.at(-1) ?? null,
    best: run.best,
    checkpoint: run.checkpoint,
    weights
  }
}
