import type { InitializerName } from '../shared/catalogue/functions'
import { denseOperations, weightCount, type DenseOperation, type NetworkPlan } from '../shared/network/plan'
import { RandomWords, streams } from './random'

/**
 * W_B of each dense operation before training, n[l] × (n[l−1] + 1) row-major, the bias column zero. Rounded to float32
 * whatever the engine's precision, so that all engines start from the same numbers.
 * @param seed 32-bit
 */
export function initialWeights(plan: NetworkPlan, seed: number): Float32Array[] {
  return denseOperations(plan).map((operation, ordinal) => {
    const weights = new Float32Array(weightCount(operation))
    const limit = uniformLimit(operation)
    if (limit === 0) return weights
    const words = new RandomWords(seed, streams.initialWeights, ordinal, 0)
    for (let row = 0; row < operation.units; row++) {
      for (let column = 0; column < operation.inputs; column++) {
        const u = words.next() * 2 ** -32
        weights[row * (operation.inputs + 1) + column] = (2 * u - 1) * limit
      }
    }
    return weights
  })
}

const limits: Readonly<Record<InitializerName, (inputs: number, units: number) => number>> = {
  he: (inputs) => Math.sqrt(6 / inputs),
  xavier: (inputs, units) => Math.sqrt(6 / (inputs + units)),
  lecun: (inputs) => Math.sqrt(3 / inputs),
  zeros: () => 0
}

/** Weights are drawn uniformly from [−limit, limit). */
export function uniformLimit(operation: DenseOperation): number {
  return limits[operation.initializer](operation.inputs, operation.units)
}
