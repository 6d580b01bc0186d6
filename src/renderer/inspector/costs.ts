import type { OptimizerSettings } from '../../shared/catalogue/optimizers'
import { denseOperations, weightCount, type NetworkPlan } from '../../shared/network/plan'

const BYTES = 4

/** Numbers an optimizer keeps per weight, besides the weight and its gradient. */
function stateSize(optimizer: OptimizerSettings): number {
  switch (optimizer.type) {
    case 'sgd':
      return optimizer.momentum > 0 ? 1 : 0
    case 'rmsprop':
    case 'adagrad':
      return 1
    case 'adam':
    case 'adamw':
      return 2
  }
}

export interface Costs {
  /** Bytes of weights, gradients, optimizer state, values with their gradients for one minibatch, and the rows themselves. */
  readonly memory: number
  /** Multiplications and additions of one step: forward, gradients of weights, gradients handed back. */
  readonly flops: number
}

/**
 * What training a plan takes, estimated; the engine reports the exact memory once a run is loaded.
 * @param rows training and validation rows, which are held in memory too
 */
export function estimateCosts(plan: NetworkPlan, optimizer: OptimizerSettings, batchSize: number, rows: number): Costs {
  const dense = denseOperations(plan)
  const weights = dense.reduce((sum, operation) => sum + weightCount(operation), 0)
  const values = plan.inputs + plan.operations.reduce((sum, operation) => sum + operation.units, 0)
  const flops = dense.reduce((sum, operation) => {
    const product = 2 * weightCount(operation) * batchSize
    // The first layer hands nothing back: there is no layer behind X.
    return sum + product * (operation.input === 0 ? 2 : 3)
  }, 0)
  const numbers = weights * (2 + stateSize(optimizer)) + 2 * values * batchSize + rows * (plan.inputs + plan.outputs)
  return { memory: BYTES * numbers, flops }
}

const scaled = (value: number, units: readonly string[]): string => {
  let size = value
  let index = 0
  while (size >= 1000 && index < units.length - 1) {
    size /= 1000
    index += 1
  }
  return `${index === 0 ? Math.round(size) : size.toPrecision(3)}\u202f${units[index] ?? ''}`
}
/** 12.3 MB, in powers of 1000. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, ['B', 'kB', 'MB', 'GB', 'TB'])
}
/** 4.56 MFLOP */
export function formatFlops(flops: number): string {
  return scaled(flops, ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP'])
}
