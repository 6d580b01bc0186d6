import { describe, expect, test } from 'vitest'
import type { OptimizerSettings } from '../../src/shared/catalogue/optimizers'
import type { NetworkPlan } from '../../src/shared/network/plan'
import type { Chunk, Engine, FloatArray, TrainerOptions } from '../../src/engine/engine'
import { referenceEngine } from '../../src/engine/reference'
import { describeEngines, describeNative } from './engines'
import { chain, optimizers, randomSamples, steps, trainerOptions, withTrainer } from './networks'
import { relativeError, tolerances } from './tolerances'

/** Every optimizer, with its options on and off. */
const settings: Record<string, OptimizerSettings> = {
  sgd: optimizers.sgd,
  'sgd with l2': { ...optimizers.sgd, l2: 0.01 },
  'sgd with momentum': { type: 'sgd', learningRate: 0.02, momentum: 0.9, nesterov: false, l2: 0 },
  'sgd with Nesterov momentum and l2': { type: 'sgd', learningRate: 0.02, momentum: 0.8, nesterov: true, l2: 0.01 },
  'sgd with Nesterov but no momentum': { ...optimizers.sgd, nesterov: true },
  rmsprop: optimizers.rmsprop,
  'rmsprop with l2': { ...optimizers.rmsprop, l2: 0.01 },
  adagrad: optimizers.adagrad,
  'adagrad with l2': { ...optimizers.adagrad, l2: 0.01 },
  adam: optimizers.adam,
  'adam with l2': { ...optimizers.adam, l2: 0.01 },
  adamw: optimizers.adamw,
  'adamw with l2': { ...optimizers.adamw, l2: 0.01 }
}

const plan: NetworkPlan = chain([5, 7, 3], ['tanh', 'softmax'], 'crossEntropy', 'xavier')

describeNative('optimizers against the reference', (native) => {
  test.each(Object.keys(settings))('%s over 60 shuffled minibatches', async (name) => {
    const optimizer = settings[name] ?? optimizers.sgd
    const options = trainerOptions(plan, randomSamples(plan, 22), { optimizer, batchSize: 8, shuffle: true })
    const actual = await train(native, options)
    const expected = await train(referenceEngine, options)
    const tolerance = tolerances.native.trajectory
    expect(relativeError(actual.chunk.loss, expected.chunk.loss), 'losses').toBeLessThanOrEqual(tolerance)
    expect(relativeError(actual.chunk.gradientNorms, expected.chunk.gradientNorms), 'norms').toBeLessThanOrEqual(
      tolerance
    )
    for (const [layer, weights] of actual.weights.entries()) {
      expect(relativeError(weights, expected.weights[layer] ?? []), `W[${layer + 1}]`).toBeLessThanOrEqual(tolerance)
    }
  })
})

async function train(engine: Engine, options: TrainerOptions): Promise<{ chunk: Chunk; weights: FloatArray[] }> {
  return withTrainer(engine, options, async (trainer) => {
    const chunk = await trainer.run(steps(60))
    return { chunk, weights: trainer.weights() }
  })
}

/**
 * PyTorch's formulas once more, for one weight and independent of the engines: what two steps with gradients g1, g2
 * (penalty included) make of w.
 */
const formulas: Record<OptimizerSettings['type'], (w: number, g1: number, g2: (w: number) => number) => number> = {
  sgd(w, g1, g2) {
    const v1 = g1
    const w1 = w - 0.02 * (g1 + 0.8 * v1)
    const g = g2(w1)
    const v2 = 0.8 * v1 + g
    return w1 - 0.02 * (g + 0.8 * v2)
  },
  rmsprop(w, g1, g2) {
    const s1 = 0.1 * g1 ** 2
    const w1 = w - (0.005 * g1) / (Math.sqrt(s1) + 1e-8)
    const g = g2(w1)
    return w1 - (0.005 * g) / (Math.sqrt(0.9 * s1 + 0.1 * g ** 2) + 1e-8)
  },
  adagrad(w, g1, g2) {
    const w1 = w - (0.05 * g1) / (Math.abs(g1) + 1e-10)
    const g = g2(w1)
    return w1 - (0.05 * g) / (Math.sqrt(g1 ** 2 + g ** 2) + 1e-10)
  },
  adam: (w, g1, g2) => adam(w, g1, g2, 0),
  adamw: (w, g1, g2) => adam(w, g1, g2, 0.05)
}
function adam(w: number, g1: number, g2: (w: number) => number, decay: number): number {
  const w1 = w * (1 - 0.01 * decay) - (0.01 * g1) / (Math.abs(g1) + 1e-8)
  const g = g2(w1)
  const m = (0.9 * 0.1 * g1 + 0.1 * g) / (1 - 0.9 ** 2)
  const v = (0.999 * 0.001 * g1 ** 2 + 0.001 * g ** 2) / (1 - 0.999 ** 2)
  return w1 * (1 - 0.01 * decay) - (0.01 * m) / (Math.sqrt(v) + 1e-8)
}

describeEngines('optimizer formulas', (engine) => {
  // One weight and one bias with ŷ = w x + c and L = (ŷ − y)², so gradients can be written down.
  const single = chain([1, 1], ['identity'], 'meanSquaredError')
  const [x, y, w0, c0, l2] = [1.5, -0.75, 0.5, 0.25, 0.125]
  const samples = { count: 1, features: Float32Array.of(x), targets: Float32Array.of(y) }
  const penalised: OptimizerSettings[] = [
    { type: 'sgd', learningRate: 0.02, momentum: 0.8, nesterov: true, l2 },
    { ...optimizers.rmsprop, l2 },
    { ...optimizers.adagrad, l2 },
    { ...optimizers.adam, l2 },
    { ...optimizers.adamw, l2 }
  ]

  describe.each(penalised)('$type', (optimizer) => {
    test('moves a weight with penalty and decay, and its bias without', () =>
      withTrainer(
        engine,
        trainerOptions(single, samples, { optimizer, initialWeights: [Float32Array.of(w0, c0)] }),
        async (trainer) => {
          await trainer.run(steps(1))
          const [w1 = 0, c1 = 0] = trainer.weights()[0] ?? []
          await trainer.run(steps(1))
          const [w2 = 0, c2 = 0] = trainer.weights()[0] ?? []
          const error = (w: number, c: number): number => 2 * (w * x + c - y)
          const expectedWeight = formulas[optimizer.type](
            w0,
            error(w0, c0) * x + l2 * w0,
            (w) => error(w, c1) * x + l2 * w
          )
          const biasFormula = formulas[optimizer.type === 'adamw' ? 'adam' : optimizer.type]
          const expectedBias = biasFormula(c0, error(w0, c0), (c) => error(w1, c))
          expect(relativeError([w2, c2], [expectedWeight, expectedBias])).toBeLessThanOrEqual(
            tolerances[engine.name].diagnostics
          )
        }
      ))
  })

  test('a changed learning rate acts from the next step on and keeps the optimizer state', () => {
    const optimizer: OptimizerSettings = { type: 'sgd', learningRate: 0.5, momentum: 0.5, nesterov: false, l2: 0 }
    const options = trainerOptions(single, samples, { optimizer, initialWeights: [Float32Array.of(w0, c0)] })
    return withTrainer(engine, options, async (trainer) => {
      await trainer.run(steps(1))
      const [w1 = 0, c1 = 0] = trainer.weights()[0] ?? []
      trainer.setLearningRate(0.125)
      await trainer.run(steps(1))
      const velocity = 2 * (w0 * x + c0 - y)
      const expected = c1 - 0.125 * (0.5 * velocity + 2 * (w1 * x + c1 - y))
      expect(relativeError([trainer.weights()[0]?.[1] ?? 0], [expected])).toBeLessThanOrEqual(
        tolerances[engine.name].diagnostics
      )
    })
  })
})
