import { expect, test } from 'vitest'
import type { FloatArray } from '../../src/engine/engine'
import { describeEngines } from './engines'
import { chain, optimizers, randomSamples, steps, trainerOptions, withTrainer } from './networks'
import { relativeError, tolerances } from './tolerances'

const frobenius = (values: Iterable<number>): number =>
  Math.sqrt([...values].reduce((sum, value) => sum + value * value, 0))
const difference = (a: FloatArray, b: FloatArray): number[] => Array.from(a, (value, i) => value - (b[i] ?? Number.NaN))

describeEngines('diagnostics', (engine) => {
  const tolerance = tolerances[engine.name]
  const plan = chain([6, 9, 5, 4], ['elu', 'tanh', 'softmax'], 'crossEntropy')
  const samples = randomSamples(plan, 12)

  for (const optimizer of [
    { ...optimizers.sgd, l2: 0.05 },
    optimizers.adam,
    { ...optimizers.adamw, weightDecay: 0.2 }
  ]) {
    test(`gradient norms and update ratios with ${optimizer.type} are what weights and gradients say`, () =>
      withTrainer(engine, trainerOptions(plan, samples, { optimizer }), async (trainer) => {
        for (let step = 0; step < 5; step++) {
          const before = trainer.weights()
          // The penalty is not part of the loss gradient, so the trace's norms are the reported ones.
          const { weightGradients, loss } = trainer.trace(samples)
          const chunk = await trainer.run(steps(1))
          const after = trainer.weights()
          const ratios = before.map((w, layer) => frobenius(difference(after[layer] ?? w, w)) / frobenius(w))
          expect(chunk.steps).toBe(1)
          expect(relativeError(chunk.loss, [loss])).toBeLessThanOrEqual(tolerance.diagnostics)
          expect(relativeError(chunk.gradientNorms, weightGradients.map(frobenius))).toBeLessThanOrEqual(
            tolerance.diagnostics
          )
          expect(relativeError(chunk.updateRatios, ratios)).toBeLessThanOrEqual(tolerance.updateRatio)
        }
      }))
  }

  test('the update ratio of a layer of zeros is 0', () => {
    const zeros = chain([3, 2], ['identity'], 'meanSquaredError', 'zeros')
    return withTrainer(engine, trainerOptions(zeros, randomSamples(zeros, 4)), async (trainer) => {
      const chunk = await trainer.run(steps(2))
      expect(chunk.updateRatios[0]).toBe(0)
      expect(chunk.updateRatios[1]).toBeGreaterThan(0)
    })
  })

  test('clipping scales all gradients together, and norms are reported as they were before', async () => {
    const initialWeights = await withTrainer(engine, trainerOptions(plan, samples), (trainer) => trainer.weights())
    const clip = 0.01
    const options = trainerOptions(plan, samples, { gradientClipNorm: clip, initialWeights })
    await withTrainer(engine, options, async (trainer) => {
      const { weightGradients } = trainer.trace(samples)
      const norm = frobenius(weightGradients.map(frobenius))
      expect(norm).toBeGreaterThan(clip)
      const chunk = await trainer.run(steps(1))
      expect(relativeError(chunk.gradientNorms, weightGradients.map(frobenius))).toBeLessThanOrEqual(
        tolerance.diagnostics
      )
      const moved = trainer.weights().map((w, layer) => difference(initialWeights[layer] ?? w, w))
      const expected = weightGradients.map((g) => Array.from(g, (value) => (0.05 * value * clip) / (norm + 1e-6)))
      for (const [layer, change] of moved.entries()) {
        expect(relativeError(change, expected[layer] ?? [])).toBeLessThanOrEqual(tolerance.updateRatio)
      }
    })
  })

  test('gradients under the clipping norm stay as they are', async () => {
    const train = (gradientClipNorm: number | null): Promise<FloatArray[]> =>
      withTrainer(engine, trainerOptions(plan, samples, { gradientClipNorm }), async (trainer) => {
        await trainer.run(steps(5))
        return trainer.weights()
      })
    expect(await train(1000)).toEqual(await train(null))
  })
})
