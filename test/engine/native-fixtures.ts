import { expect } from 'vitest'
import type { Chunk, Engine, FloatArray, Trainer } from '../../src/engine/engine'
import { chain, randomSamples, trainerOptions } from './networks'

export const small = chain([4, 6, 3], ['tanh', 'softmax'], 'crossEntropy')
export const smallSamples = randomSamples(small, 50)
export const smallOptions = trainerOptions(small, smallSamples, { batchSize: 8, shuffle: true })

/** A step of it takes milliseconds, so that what a test does right after `run` comes before the second step. */
export const large = chain([500, 800, 10], ['relu', 'softmax'], 'crossEntropy')
export const largeSamples = randomSamples(large, 256)
export const largeOptions = trainerOptions(large, largeSamples, { batchSize: 128 })

export const endless = { steps: Infinity, milliseconds: Infinity }
export const withCode = (code: string): unknown => expect.objectContaining({ name: 'LaminaError', code })
export const norm = (x: FloatArray | undefined): number =>
  Math.sqrt(Array.from(x ?? []).reduce((sum, w) => sum + w * w, 0))

export const disposed = (engine: Engine): Trainer => {
  const trainer = engine.createTrainer(smallOptions)
  trainer.dispose()
  return trainer
}

/** η as it shows in ‖ΔW‖ = η ‖∂L/∂W‖ of plain SGD. */
export const rateOf = (chunk: Chunk, step: number, weights: FloatArray | undefined): number =>
  ((chunk.updateRatios[step * 2] ?? 0) * norm(weights)) / (chunk.gradientNorms[step * 2] ?? 0)
