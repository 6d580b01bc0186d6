import { basename } from 'node:path'
import { blockType } from '../../shared/catalogue/blocks'
import { activations } from '../../shared/catalogue/functions'
import { LaminaError } from '../../shared/errors'
import { denseOperations, weightCount } from '../../shared/network/plan'
import { parseWeights, planOfWeights } from '../../shared/weights/document'
import type { WeightsDocument, WeightsLayer } from '../../shared/weights/schema'
import type { TrainingWorkerContract } from '../../shared/workers/training'
import { readText } from '../files/read-text'
import type { WorkerSlot } from '../workers/worker-slot'
import { predictRows, type Predictor } from './predictor'

/** Weights from a file, ready to predict with. */
export interface ImportedWeights {
  readonly name: string
  readonly predictor: Predictor
  readonly layers: readonly string[]
  readonly parameters: number
  /** Largest difference between the file's test vectors and what this engine makes of them; null without any. */
  readonly testVectorError: number | null
}

/** @throws LaminaError `notFound`, `invalidWeights` or `unsupportedVersion` */
export async function importWeights(
  path: string,
  training: WorkerSlot<TrainingWorkerContract>,
  signal?: AbortSignal
): Promise<ImportedWeights> {
  const fileName = basename(path)
  const document = parseWeights(await readText(path), fileName)
  const network = planOfWeights(document)
  const predictor: Predictor = { network, weights: matricesOf(document), preprocessing: document.preprocessing }
  return {
    name: document.name,
    predictor,
    layers: document.layers.map(describeLayer),
    parameters: denseOperations(network).reduce((sum, operation) => sum + weightCount(operation), 0),
    testVectorError: await testVectorError(document, fileName, predictor, training, signal)
  }
}

function describeLayer(layer: WeightsLayer): string {
  if (layer.type === 'dense') return `${blockType('dense').title} · ${layer.units}`
  return activations.find(({ value }) => value === layer.function)?.label ?? layer.function
}

function matricesOf(document: WeightsDocument): Float32Array[] {
  return document.layers.flatMap((layer) => {
    if (layer.type === 'activation') return []
    const columns = layer.inputs + 1
    const matrix = new Float32Array(layer.units * columns)
    for (const [row, values] of layer.weights.entries()) matrix.set(values, row * columns)
    return [matrix]
  })
}

async function testVectorError(
  document: WeightsDocument,
  fileName: string,
  predictor: Predictor,
  training: WorkerSlot<TrainingWorkerContract>,
  signal?: AbortSignal
): Promise<number | null> {
  const { testVectors } = document
  if (testVectors.length === 0) return null
  const { outputs: width } = predictor.network
  const short = testVectors.findIndex((vector) => vector.output.length !== width)
  if (short !== -1) {
    const found = testVectors[short]?.output.length ?? 0
    throw new LaminaError(
      'invalidWeights',
      `${fileName} is not valid: at testVectors[${short}].output: expected ${width} numbers, found ${found}.`,
      { file: fileName }
    )
  }
  let outputs
  try {
    outputs = await predictRows(
      training,
      predictor,
      testVectors.map((vector) => vector.input),
      signal
    )
  } catch (error) {
    if (!(error instanceof LaminaError) || error.code !== 'invalidData') throw error
    throw new LaminaError(
      'invalidWeights',
      `${fileName} is not valid: at testVectors: ${error.message}`,
      { ...error.details, file: fileName },
      error
    )
  }
  return testVectors
    .flatMap((vector) => vector.output)
    .reduce((largest, expected, index) => Math.max(largest, Math.abs(expected - (outputs[index] ?? Number.NaN))), 0)
}
