import { access } from 'node:fs/promises'
import { datasetSettingsOf } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import { categoricalEncodingFor } from '../../shared/network/propose'
import type { Params, Result } from '../../shared/rpc'
import type { Progress } from '../../shared/training-run'
import type { TrainingWorkerContract } from '../../shared/workers/training'
import type { Datasets } from '../datasets/datasets'
import { OUT_OF_MEMORY } from '../workers/process-words'
import type { WorkerSlot } from '../workers/worker-slot'
import { requireTrainable } from './check-design'
import type { CurrentRun, RunPlan } from './current-run'

export type Loaded = Result<TrainingWorkerContract, 'load'>

/** Brings runs into the training worker: the first time, and again when its process is a new one. */
export class RunLoader {
  constructor(
    private readonly training: WorkerSlot<TrainingWorkerContract>,
    private readonly datasets: Datasets
  ) {}

  /**
   * @param resume go on from what is in the checkpoint's file
   * @throws LaminaError `outOfMemory`, with which the process has ended: what another one can have this one never gets
   */
  async load(plan: RunPlan, checkpointPath: string | null, resume: boolean): Promise<Loaded> {
    try {
      return await this.training.request('load', loadParams(plan, checkpointPath, resume))
    } catch (error) {
      if (error instanceof LaminaError && error.code === 'outOfMemory') this.training.giveUpOn(OUT_OF_MEMORY)
      throw error
    }
  }

  /**
   * Load a run that was loaded before: from its checkpoint, or from the beginning when there is none, which comes to the
   * same. What a person changed since then is done again.
   * @throws LaminaError `invalidCheckpoint`; `invalidData` when the table is not what it was; `workerFailed`
   */
  async loadAgain(run: CurrentRun): Promise<void> {
    const before = run.progress
    const { checkpointPath } = run.identity
    await this.requirePrepared(run.plan)
    const loaded = await this.load(run.plan, checkpointPath, checkpointPath !== null && run.checkpoint !== null)
    if (run.lost !== null) throw run.lost
    run.reloaded(stateAfter(before, loaded.progress))
    const { progress } = loaded
    if (before.learningRate !== progress.learningRate)
      this.take(run, await this.training.request('setLearningRate', { learningRate: before.learningRate }))
    if (before.epochs !== progress.epochs)
      this.take(run, await this.training.request('setEpochs', { epochs: Math.max(before.epochs, progress.epoch, 1) }))
  }

  /** The table of a run, prepared as it was then. @throws LaminaError `invalidData` when it is not the same any more */
  async prepareAgain(plan: Pick<RunPlan, 'design' | 'fold' | 'manifest' | 'table'>): Promise<string> {
    const { design, fold, manifest, table } = plan
    const { manifestPath, manifest: found } = await this.datasets.prepareTable(
      table,
      datasetSettingsOf(requireTrainable(design)),
      categoricalEncodingFor(design.network),
      fold ?? undefined
    )
    if (found.id === manifest.id) return manifestPath
    throw new LaminaError(
      'invalidData',
      `${table.path} is not the table that this run learned from: it has changed since. Put the old table back, or train anew.`,
      { expected: manifest.dataset.sha256, found: found.dataset.sha256 }
    )
  }

  /** The cache may be tidied while a run goes on. */
  private async requirePrepared(plan: RunPlan): Promise<void> {
    const there = await access(plan.manifestPath).then(
      () => true,
      () => false
    )
    if (!there) await this.prepareAgain(plan)
  }

  private take(run: CurrentRun, progress: Progress): void {
    run.progress = stateAfter(run.progress, progress)
  }
}

/** A loaded run waits, whatever it did before; what it was to its person it still is. */
function stateAfter(before: Progress, loaded: Progress): Progress {
  if (loaded.state === 'finished' || before.state === 'finished') return loaded
  return { ...loaded, state: before.state === 'running' ? 'loading' : before.state }
}

function loadParams(
  plan: RunPlan,
  checkpointPath: string | null,
  resume: boolean
): Params<TrainingWorkerContract, 'load'> {
  const { design, network, seed, threads, initialWeights, everyEpoch, manifestPath } = plan
  return {
    ...design.training,
    manifestPath,
    network,
    seed,
    threads,
    initialWeights: initialWeights === null || resume ? null : [...initialWeights.weights],
    everyEpoch,
    checkpoints: checkpointPath === null ? null : { path: checkpointPath, resume }
  }
}
