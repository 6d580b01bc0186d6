import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import { LaminaError } from '../../shared/errors'
import { denseOperations, weightCount, type DenseOperation, type NetworkPlan } from '../../shared/network/plan'
import type { EpochRecord, RunDescription } from '../../shared/training-run'
import { shortestFloat32, weightsText } from '../../shared/weights/document'
import {
  WEIGHTS_FORMAT,
  WEIGHTS_VERSION,
  type RawRow,
  type WeightsDocument,
  type WeightsLayer
} from '../../shared/weights/schema'
import type { RunPlan, WeightsSnapshot } from '../training/current-run'

/** What a document says of a run besides its weights. */
export interface ExportedRun {
  readonly plan: Pick<RunPlan, 'design' | 'seed' | 'network' | 'manifest'>
  readonly description: Pick<RunDescription, 'metric'>
}

/** The rows whose outputs the document will state: features only, as they stand in the table. */
export function testRows(run: ExportedRun): RawRow[] {
  const { manifest } = run.plan
  const columns = manifest.preprocessing.features.map((feature) => feature.column)
  return manifest.samples.map(({ values }) =>
    Object.fromEntries(columns.map((column) => [column, values[column] ?? null]))
  )
}

/** Longest stretch of formatting before other work of the service gets its turn. */
const STRETCH_MS = 10

/**
 * A run's weights as the text of a document. It depends on nothing but the run's result: the same training makes the
 * same bytes. Millions of weights take seconds to write, so it comes in pieces and lets other work in between.
 * @param outputs Ŷ of `testRows`, one sample after the other, computed with exactly these weights
 * @throws LaminaError `numericalFailure` when a weight is not finite
 */
export async function* textOfRun(
  run: ExportedRun,
  snapshot: WeightsSnapshot,
  outputs: Float32Array
): AsyncGenerator<string> {
  const dense = denseOperations(run.plan.network)
  let pieces: string[] = []
  let started = performance.now()
  for (const piece of weightsText(documentOfRun(run, snapshot, outputs), (index) =>
    rowsOf(dense[index], snapshot.weights[index])
  )) {
    pieces.push(piece)
    if (performance.now() - started < STRETCH_MS) continue
    yield pieces.join('')
    pieces = []
    await eventLoopTurn()
    started = performance.now()
  }
  yield pieces.join('')
}

/** All of the document but the matrices. */
function documentOfRun(run: ExportedRun, snapshot: WeightsSnapshot, outputs: Float32Array): WeightsDocument {
  const { design, seed, network, manifest } = run.plan
  const rows = testRows(run)
  return {
    format: WEIGHTS_FORMAT,
    version: WEIGHTS_VERSION,
    name: design.name,
    layers: layersOf(network),
    loss: network.loss,
    preprocessing: manifest.preprocessing,
    training: {
      epochs: snapshot.epoch,
      seed,
      dataset: { sha256: manifest.dataset.sha256, rows: manifest.dataset.rows },
      metrics: metricsOf(snapshot.record, run.description.metric)
    },
    testVectors: rows.map((input, index) => ({
      input,
      output: Array.from(outputs.subarray(index * network.outputs, (index + 1) * network.outputs), shortestFloat32)
    }))
  }
}

/** Dropout is left out: it does nothing outside of training. */
function layersOf(network: NetworkPlan): WeightsLayer[] {
  return network.operations.flatMap((operation): WeightsLayer[] => {
    const { id } = operation
    switch (operation.type) {
      case 'dense':
        return [{ id, type: 'dense', inputs: operation.inputs, units: operation.units, weights: [] }]
      case 'activation':
        return [{ id, type: 'activation', function: operation.function }]
      case 'dropout':
        return []
    }
  })
}

function* rowsOf(layer: DenseOperation | undefined, matrix: Float32Array | undefined): Generator<number[]> {
  if (layer === undefined || matrix?.length !== weightCount(layer)) {
    throw new LaminaError('internal', `The weights of "${layer?.id ?? 'a layer'}" are not the size of the layer.`)
  }
  const columns = layer.inputs + 1
  for (let at = 0; at < matrix.length; at += columns)
    yield Array.from(matrix.subarray(at, at + columns), shortestFloat32)
}

/** The values of an epoch, under the names that metrics files use. */
export function metricsOf(epoch: EpochRecord | null, kind: RunDescription['metric']): Record<string, number> {
  if (epoch === null) return {}
  const metric = kind === 'accuracy' ? 'Accuracy' : 'Error'
  const measured = {
    trainLoss: epoch.trainLoss,
    validationLoss: epoch.validationLoss,
    [`train${metric}`]: epoch.trainMetric,
    [`validation${metric}`]: epoch.validationMetric
  }
  return Object.fromEntries(Object.entries(measured).filter((entry): entry is [string, number] => entry[1] !== null))
}
