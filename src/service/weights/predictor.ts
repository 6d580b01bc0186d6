import { LaminaError } from '../../shared/errors'
import type { NetworkPlan } from '../../shared/network/plan'
import { encodeFeatures, encodedWidth } from '../../shared/weights/preprocessing'
import type { Preprocessing, RawRow } from '../../shared/weights/schema'
import type { TrainingWorkerContract } from '../../shared/workers/training'
import type { WorkerSlot } from '../workers/worker-slot'

/** Everything a raw row needs to become a prediction. */
export interface Predictor {
  readonly network: NetworkPlan
  /** W_B of each dense operation in order, row-major. */
  readonly weights: readonly Float32Array[]
  readonly preprocessing: Preprocessing
}

/**
 * Ŷ of raw rows, one sample after the other, computed by the training worker's engine.
 * @throws LaminaError `invalidData`, naming row and column; `numericalFailure`
 */
export async function predictRows(
  training: WorkerSlot<TrainingWorkerContract>,
  predictor: Predictor,
  rows: readonly RawRow[],
  signal?: AbortSignal
): Promise<Float32Array> {
  const { network, weights, preprocessing } = predictor
  const features = encodeRows(preprocessing, rows)
  const params = { network, weights: [...weights], features, count: rows.length }
  const { outputs } = await training.request('predict', params, { signal })
  if (outputs.length !== rows.length * network.outputs) {
    throw new LaminaError(
      'internal',
      `The engine made ${outputs.length} outputs for ${rows.length} rows of ${network.outputs}.`
    )
  }
  requireFinite(outputs, network.outputs)
  return outputs
}

function encodeRows(preprocessing: Preprocessing, rows: readonly RawRow[]): Float32Array {
  const width = encodedWidth(preprocessing)
  const features = new Float32Array(rows.length * width)
  for (const [index, row] of rows.entries()) {
    try {
      encodeFeatures(preprocessing, row, features, index * width)
    } catch (error) {
      if (!(error instanceof LaminaError) || rows.length === 1) throw error
      throw new LaminaError(
        error.code,
        `Row ${index + 1}: ${error.message}`,
        { ...error.details, row: index + 1 },
        error
      )
    }
  }
  return features
}

/**
 * Refuse outputs that are no numbers before anybody takes them for predictions.
 * @throws LaminaError `numericalFailure`
 */
export function requireFinite(outputs: Float32Array, perRow: number): void {
  const bad = outputs.findIndex((value) => !Number.isFinite(value))
  if (bad === -1) return
  const row = Math.floor(bad / perRow) + 1
  throw new LaminaError(
    'numericalFailure',
    `The network puts out ${outputs[bad]} for row ${row}. Its weights are not usable; train again with a lower learning rate.`,
    { row }
  )
}
