import type { Samples } from '../engine'
import { identityOrder, shuffleEpoch } from '../random'
import type { Pass } from './network'

/** Which samples the next minibatch takes: goes through all of them once an epoch, the last minibatch taking the rest. */
export class MinibatchSampler {
  private readonly order: Uint32Array
  private position = 0

  constructor(
    private readonly samples: Samples,
    private readonly batchSize: number,
    private readonly seed: number,
    private readonly shuffle: boolean
  ) {
    this.order = new Uint32Array(samples.count)
    identityOrder(this.order)
  }

  get bytes(): number {
    return this.order.byteLength
  }
  get atEpochStart(): boolean {
    return this.position === 0
  }

  /**
   * @param epoch counted from 0
   * @param done minibatches of it that are behind already, fewer than all
   */
  startEpoch(epoch: number, done = 0): void {
    if (this.shuffle) shuffleEpoch(this.order, this.seed, epoch)
    this.position = done * this.batchSize
  }

  /** Copies the current minibatch into X, Y and w of a pass. @returns b, its size */
  load(pass: Pass): number {
    const count = Math.min(this.batchSize, this.samples.count - this.position)
    for (let column = 0; column < count; column++) {
      copySamples(this.samples, this.order[this.position + column] ?? 0, 1, pass, column)
    }
    return count
  }

  /** Goes on to the next minibatch. @returns whether that was the epoch's last one */
  advance(): boolean {
    this.position += this.batchSize
    if (this.position < this.samples.count) return false
    this.position = 0
    return true
  }
}

/** Copies `count` samples from `first` on into X, Y and w of a pass, from `column` on. */
export function copySamples(samples: Samples, first: number, count: number, pass: Pass, column = 0): void {
  const { features, targets, weights } = samples
  const inputs = features.length / samples.count
  const outputs = targets.length / samples.count
  pass.values[0]?.set(features.subarray(first * inputs, (first + count) * inputs), column * inputs)
  pass.targets.set(targets.subarray(first * outputs, (first + count) * outputs), column * outputs)
  pass.weighted = weights !== undefined
  if (weights !== undefined) pass.weights.set(weights.subarray(first, first + count), column)
}
