import { predictedTarget, weighedClasses } from '../../shared/class-weights'
import { datasetSettingsOf, type Design } from '../../shared/design/schema'
import { categoricalEncodingFor } from '../../shared/network/propose'
import type { Fold } from '../../shared/prepared'
import type { RunRecord } from '../../shared/run-history'
import type { Datasets } from '../datasets/datasets'
import { planFor, requireFittingWeights, requireTrainable } from './check-design'
import type { RunPlan } from './current-run'

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

/**
 * Prepare the table, and see that design, table and weights go together.
 * @param signal gives the preparation up
 * @throws LaminaError `invalidDesign`, `invalidData`, `invalidWeights`, `workerFailed`
 */
export async function planRun(request: StartRequest, datasets: Datasets, signal: AbortSignal): Promise<RunPlan> {
  const { design, initialWeights, everyEpoch, threads, fold = null } = request
  const settings = datasetSettingsOf(requireTrainable(design))
  const { path, overrides } = datasets.require(request.dataset)
  const { manifest, manifestPath } = await datasets.prepareTable(
    { path, overrides },
    settings,
    categoricalEncodingFor(design.network),
    fold ?? undefined,
    signal
  )
  const network = planFor(design, manifest)
  weighedClasses(design.training.classWeights, predictedTarget(manifest.preprocessing))
  if (initialWeights !== null) requireFittingWeights(network, initialWeights.name, initialWeights.weights)
  const seed = request.seed ?? design.training.seed
  const table = { path, overrides }
  return { design, seed, threads, everyEpoch, initialWeights, fold, network, manifest, manifestPath, table }
}

/** What a run of the history was made of. @param manifestPath of its table, prepared again */
export function planAgain(record: RunRecord, manifestPath: string): RunPlan {
  const { design, seed, threads, everyEpoch, fold, network, manifest, table } = record
  const initialWeights = record.initialWeights === null ? null : { name: record.initialWeights, weights: [] }
  return { design, seed, threads, everyEpoch, initialWeights, fold, network, manifest, manifestPath, table }
}
