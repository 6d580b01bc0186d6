import type { OpenedDesign } from '../../shared/contract'
import { LaminaError, messageOf } from '../../shared/errors'
import { denseOperations } from '../../shared/network/plan'
import type { KeptState, RunList, RunRecord, RunSettings, RunSummary } from '../../shared/run-history'
import type { MetricsFrame } from '../../shared/training-run'
import type { FileGrants } from '../files/grants'
import type { SettingsFile } from '../settings'
import type { CurrentRun, WeightsSnapshot } from '../training/current-run'
import type { RunStore, StoredRun } from './run-store'

export interface RunHistoryOptions {
  readonly store: RunStore
  readonly settings: SettingsFile
  readonly grants: FileGrants
  /** A table that the person trained on, as a design names it. */
  noteTable(stored: string, path: string): void
  /** The run of this id when it is the one in the worker. */
  current(id: string): CurrentRun | null
  changed(): void
  warn(message: string): void
}

/** What is known of runs that were: listed, looked at, taken up again, tidied away. */
export class RunHistory {
  private tidying: Promise<void> = Promise.resolve()

  constructor(private readonly options: RunHistoryOptions) {}

  async list(): Promise<RunList> {
    const { runs, damaged } = await this.options.store.list()
    const bytes = [...runs, ...damaged].reduce((sum, entry) => sum + entry.bytes, 0)
    const { runs: settings } = await this.options.settings.now()
    return {
      runs: runs.map((stored) => this.summaryOf(stored)),
      damaged: damaged.map(({ id, problem }) => ({ id, problem })),
      bytes,
      settings
    }
  }

  /** @throws LaminaError `notFound`, or what is wrong with the entry */
  async open(id: string): Promise<{ summary: RunSummary; record: RunRecord; past: MetricsFrame | null }> {
    const stored = await this.options.store.read(id)
    const current = this.options.current(id)
    const past = current === null ? await this.pastOf(id) : current.broadcast.past()
    return { summary: this.summaryOf(stored), record: stored.record, past }
  }

  /**
   * A run that is to go on.
   * @throws LaminaError `notFound`; `busy` while another Lamina has it; `invalidArgument` without a checkpoint
   */
  async take(id: string): Promise<{ record: RunRecord; past: MetricsFrame | null }> {
    const { record, elsewhere } = await this.options.store.read(id)
    if (elsewhere)
      throw new LaminaError('busy', `The run "${record.name}" is under way in another Lamina.`, { run: id })
    if (record.checkpoint === null) {
      throw new LaminaError(
        'invalidArgument',
        `The run "${record.name}" has no checkpoint to go on from. Restore its design and train again: with the same seed it takes the same steps.`,
        { run: id }
      )
    }
    return { record, past: await this.pastOf(id) }
  }

  /** @throws LaminaError `notFound`, `invalidWeights` */
  async weights(id: string): Promise<{ record: RunRecord; snapshot: WeightsSnapshot }> {
    const { record } = await this.options.store.read(id)
    if (record.weights === null) {
      throw new LaminaError(
        'notFound',
        `No weights of the run "${record.name}" were kept. Resume it, and export them then.`,
        { run: id }
      )
    }
    return { record, snapshot: { ...record.weights, weights: await this.options.store.weights(id, record.network) } }
  }

  /** The design a run was started with, and its table when it is still where it was. */
  async restoreDesign(id: string): Promise<OpenedDesign> {
    const { record } = await this.options.store.read(id)
    const { design, table } = record
    if (design.dataset !== null) this.options.noteTable(design.dataset.path, table.path)
    try {
      return {
        design,
        file: null,
        dataset: await this.options.grants.grantExisting(table.path, 'dataset'),
        problem: null,
        openElsewhere: false
      }
    } catch (error) {
      return { design, file: null, dataset: null, problem: messageOf(error), openElsewhere: false }
    }
  }

  /** @throws LaminaError `notFound`, `writeFailed` */
  async rename(id: string, name: string): Promise<void> {
    const current = this.options.current(id)
    if (current !== null) current.name = name
    const { record } = await this.options.store.read(id)
    await this.options.store.save({ ...record, name })
    this.options.changed()
  }

  /**
   * @param ids null for all
   * @throws LaminaError `busy` for a run that is under way, before anything is deleted; `writeFailed`
   */
  async remove(ids: readonly string[] | null): Promise<void> {
    const { runs, damaged } = await this.options.store.list()
    const held = runs.filter((stored) => this.isHeld(stored))
    const refused = ids === null ? undefined : held.find(({ record }) => ids.includes(record.id))
    if (refused !== undefined) {
      throw new LaminaError('busy', `The run "${refused.record.name}" is under way. Stop it before you delete it.`, {
        run: refused.record.id
      })
    }
    const heldIds = new Set(held.map(({ record }) => record.id))
    const all = [...runs.map(({ record }) => record.id), ...damaged.map((entry) => entry.id)]
    for (const id of ids ?? all) if (!heldIds.has(id)) await this.options.store.remove(id)
    this.options.changed()
  }

  /** @throws LaminaError `writeFailed`, `permissionDenied` */
  async changeSettings(settings: RunSettings): Promise<RunList> {
    await this.options.settings.change({ runs: settings })
    await this.tidy()
    return this.list()
  }

  /** Keep within bounds: the oldest runs go first, never one that is under way. */
  tidy(): Promise<void> {
    this.tidying = this.tidying
      .then(async () => {
        const { mostRuns, mostBytes } = (await this.options.settings.now()).runs
        const { runs } = await this.options.store.list()
        let [kept, bytes] = [0, 0]
        for (const stored of runs) {
          const fits = kept < mostRuns && bytes + stored.bytes <= mostBytes
          if (fits || this.isHeld(stored)) {
            kept += 1
            bytes += stored.bytes
          } else await this.options.store.remove(stored.record.id)
        }
      })
      .catch((error: unknown) => this.options.warn(`The run history was not tidied: ${messageOf(error)}`))
    return this.tidying
  }

  /** Curves that are damaged are missed, no more. */
  private async pastOf(id: string): Promise<MetricsFrame | null> {
    try {
      return await this.options.store.curves(id)
    } catch (error) {
      if (!(error instanceof LaminaError && error.code === 'notFound'))
        this.options.warn(`The curves of a run cannot be shown: ${messageOf(error)}`)
      return null
    }
  }

  /** Somebody trains it, or may want to go on in a moment: the current run rests in the worker. */
  private isHeld({ record, elsewhere }: StoredRun): boolean {
    const current = this.options.current(record.id)
    return elsewhere || (current !== null && current.lost === null)
  }

  private summaryOf({ record, bytes, elsewhere }: StoredRun): RunSummary {
    const current = this.options.current(record.id)
    const isCurrent = current !== null && current.lost === null
    const progress = isCurrent ? current.progress : record.progress
    const dense = denseOperations(record.network)
    return {
      id: record.id,
      name: record.name,
      startedAt: record.startedAt,
      state: isCurrent || elsewhere ? progress.state : stateOf(progress.state),
      current: isCurrent,
      elsewhere,
      dataset: record.manifest.dataset.name,
      shape: [record.network.inputs, ...dense.map(({ units }) => units)],
      parameters: record.description.parameters,
      step: progress.step,
      epoch: progress.epoch,
      epochs: progress.epochs,
      seconds: progress.seconds,
      metric: record.description.metric,
      lastEpoch: record.lastEpoch,
      best: isCurrent ? current.best : record.best,
      error: (isCurrent ? current.error?.message : record.error?.message) ?? null,
      resumesAt: record.checkpoint?.step ?? null,
      hasWeights: record.weights !== null,
      bytes
    }
  }
}

/** A run that nobody has any more and that says it is under way was cut off. */
function stateOf(state: RunRecord['progress']['state']): KeptState {
  return state === 'running' || state === 'loading' ? 'interrupted' : state
}
