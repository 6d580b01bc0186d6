import { denseOperations, weightCount } from '../../shared/network/plan'
import type { TrainerOptions } from '../engine'
import { initialWeights } from '../initialize'
import { allocatePass, passBytes, type Pass } from './network'
import { createLayerOptimizer, type LayerOptimizer } from './optimizers'
import { MinibatchSampler } from './sampler'

/** Samples that evaluation and prediction pass through the network at a time. */
const EVALUATION_BLOCK = 64

/** All that is allocated, once, when a trainer is made. Arrays of arrays have one entry per dense layer. */
export interface Buffers {
  readonly training: Pass
  readonly evaluation: Pass
  /** W_B, n[l] × (n[l−1] + 1) row-major, as are the next two. */
  weights: Float64Array[]
  /** Weights after the step in hand, until they are known to be finite. */
  nextWeights: Float64Array[]
  readonly weightGradients: Float64Array[]
  readonly optimizers: LayerOptimizer[]
  /** The optimizers' state before the step in hand, which may be refused. */
  readonly formerMoments: readonly (readonly Float64Array[])[]
  /** Weights of the best epoch so far; empty without early stopping. */
  readonly bestWeights: Float64Array[]
  readonly sampler: MinibatchSampler
}

export function allocateBuffers(options: TrainerOptions): Buffers {
  const { network, optimizer, train, seed, earlyStopping } = options
  const layers = denseOperations(network)
  const batch = Math.min(options.batchSize, train.count)
  const weights = options.initialWeights ?? initialWeights(network, seed)
  const layerOptimizers = layers.map((layer) => createLayerOptimizer(optimizer, layer))
  return {
    training: allocatePass(network, batch, true),
    evaluation: allocatePass(network, EVALUATION_BLOCK, false),
    weights: weights.map((w) => Float64Array.from(w)),
    nextWeights: layers.map((layer) => new Float64Array(weightCount(layer))),
    weightGradients: layers.map((layer) => new Float64Array(weightCount(layer))),
    optimizers: layerOptimizers,
    formerMoments: layerOptimizers.map(({ moments }) => moments.map((array) => array.slice())),
    bestWeights: earlyStopping === null ? [] : layers.map((layer) => new Float64Array(weightCount(layer))),
    sampler: new MinibatchSampler(train, options.batchSize, seed, options.shuffle)
  }
}

export function bytesOf(buffers: Buffers): number {
  const matrices = [...buffers.weights, ...buffers.nextWeights, ...buffers.weightGradients, ...buffers.bestWeights]
  const weights = matrices.reduce((sum, matrix) => sum + matrix.byteLength, 0)
  const moments = [...buffers.formerMoments, ...buffers.optimizers.map((optimizer) => optimizer.moments)].flat()
  const states = moments.reduce((sum, array) => sum + array.byteLength, 0)
  return passBytes(buffers.training) + passBytes(buffers.evaluation) + weights + states + buffers.sampler.bytes
}

export function copyAll(from: readonly Float64Array[], to: readonly Float64Array[]): void {
  for (const [index, array] of to.entries()) array.set(layerOf(from, index))
}

export function layerOf<T>(layers: readonly T[], index: number): T {
  const layer = layers[index]
  if (layer === undefined) throw new RangeError(`There is no layer ${index}: there are ${layers.length}.`)
  return layer
}
