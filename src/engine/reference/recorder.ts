import type { Chunk, EpochResult } from '../engine'

/** Collects what a chunk reports, step by step; arrays grow by doubling because a budget may end on time. */
export class ChunkRecorder {
  private steps = 0
  private loss = new Float64Array(64)
  private gradientNorms: Float64Array
  private updateRatios: Float64Array
  private readonly epochs: EpochResult[] = []
  private readonly started = performance.now()

  /** @param layers number of dense layers */
  constructor(private readonly layers: number) {
    this.gradientNorms = new Float64Array(64 * layers)
    this.updateRatios = new Float64Array(64 * layers)
  }

  get elapsedMilliseconds(): number {
    return performance.now() - this.started
  }
  get count(): number {
    return this.steps
  }

  addStep(loss: number, gradientNorms: Float64Array, updateRatios: Float64Array): void {
    if (this.steps === this.loss.length) {
      this.loss = doubled(this.loss)
      this.gradientNorms = doubled(this.gradientNorms)
      this.updateRatios = doubled(this.updateRatios)
    }
    this.loss[this.steps] = loss
    this.gradientNorms.set(gradientNorms, this.steps * this.layers)
    this.updateRatios.set(updateRatios, this.steps * this.layers)
    this.steps += 1
  }
  addEpoch(epoch: EpochResult): void {
    this.epochs.push(epoch)
  }

  finish(failure: Chunk['failure'], stoppedEarly: boolean): Chunk {
    return {
      steps: this.steps,
      loss: this.loss.slice(0, this.steps),
      gradientNorms: this.gradientNorms.slice(0, this.steps * this.layers),
      updateRatios: this.updateRatios.slice(0, this.steps * this.layers),
      epochs: this.epochs,
      stoppedEarly,
      failure,
      seconds: this.elapsedMilliseconds / 1000
    }
  }
}

function doubled(array: Float64Array): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(array.length * 2)
  copy.set(array)
  return copy
}
