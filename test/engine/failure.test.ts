import type { OptimizerSettings } from '../../src/shared/catalogue/optimizers'
import { expect, test } from 'vitest'
import type { FloatArray, TrainerOptions } from '../../src/engine/engine'
import { describeEngines } from './engines'
import { chain, optimizers, randomSamples, steps, trainerOptions, withTrainer } from './networks'

describeEngines('numerical failure', (engine) => {
  const huge = engine.precision === 'float32' ? 1e30 : 1e200
  const linear = chain([1, 1, 1], ['identity', 'identity'], 'meanAbsoluteError')
  const sample = (x: number, y: number): TrainerOptions['train'] => ({
    count: 1,
    features: engine.precision === 'float32' ? Float32Array.of(x) : Float64Array.of(x),
    targets: Float32Array.of(y)
  })
  const weightsOf = (...rows: number[][]): FloatArray[] =>
    rows.map((row) => (engine.precision === 'float32' ? Float32Array.from(row) : Float64Array.from(row)))

  test('a loss that is not a number stops training before any update', () => {
    const initialWeights = weightsOf([1, 0], [Number.NaN, 0])
    return withTrainer(engine, trainerOptions(linear, sample(1, 0), { initialWeights }), async (trainer) => {
      const chunk = await trainer.run(steps(10))
      expect(chunk.failure).toEqual({ step: 1, quantity: 'loss', layer: null })
      expect([chunk.steps, trainer.step, chunk.loss.length]).toEqual([0, 0, 0])
      expect(trainer.weights().map((w) => Array.from(w))).toEqual([
        [1, 0],
        [Number.NaN, 0]
      ])
    })
  })

  test('a gradient that overflows names its layer', () => {
    // z[1] = 0 and ŷ = 0, so the loss is 1, but ∂L/∂W[1] = sign(ŷ − y) · w[2] · x.
    const initialWeights = weightsOf([0, 0], [huge, 0])
    return withTrainer(engine, trainerOptions(linear, sample(huge, 1), { initialWeights }), async (trainer) => {
      const chunk = await trainer.run(steps(10))
      expect(chunk.failure).toEqual({ step: 1, quantity: 'gradient', layer: 0 })
      expect(trainer.weights()).toEqual(initialWeights)
    })
  })

  test('a gradient that overflows in several layers names the one where it began, nearest the output', () => {
    const deep = chain([1, 1, 1, 1], ['identity', 'identity', 'identity'], 'meanAbsoluteError')
    // With B = 10¹⁰ (10⁸⁰ in float64) a[1] = B², a[2] = B and ŷ = B³ are finite, but ∂L/∂W[2] = w[3] a[1] = B⁴ is not, and
    // neither is ∂L/∂W[1] = w[3] w[2] x = B⁴ behind it.
    const base = engine.precision === 'float32' ? 1e10 : 1e80
    const initialWeights = weightsOf([1 / base, 0], [1 / base, 0], [base ** 2, 0])
    return withTrainer(engine, trainerOptions(deep, sample(base ** 3, 1), { initialWeights }), async (trainer) => {
      const chunk = await trainer.run(steps(10))
      expect(chunk.failure).toEqual({ step: 1, quantity: 'gradient', layer: 1 })
    })
  })

  test('an update that overflows names its layer and is not applied', () => {
    const single = chain([1, 1], ['identity'], 'meanSquaredError')
    const optimizer = { ...optimizers.sgd, learningRate: 3e38 }
    const initialWeights = weightsOf([1, 0])
    return withTrainer(
      engine,
      trainerOptions(single, sample(100, 0), { optimizer, initialWeights }),
      async (trainer) => {
        const chunk = await trainer.run(steps(10))
        expect(chunk.failure).toEqual({ step: 1, quantity: 'weights', layer: 0 })
        expect(trainer.weights()).toEqual(initialWeights)
      }
    )
  })

  const keeping: OptimizerSettings[] = [
    { ...optimizers.sgd, momentum: 0.9 },
    { ...optimizers.sgd, momentum: 0.9, nesterov: true },
    optimizers.rmsprop,
    optimizers.adagrad,
    optimizers.adam,
    optimizers.adamw
  ]
  test.each(keeping)(
    'a step refused leaves everything as it was, and training goes on from there ($type)',
    (optimizer) => {
      const network = chain([3, 60, 2], ['tanh', 'softmax'], 'crossEntropy')
      const options = trainerOptions(network, randomSamples(network, 20), { optimizer, batchSize: 6 })
      return withTrainer(engine, options, async (trainer) => {
        await trainer.run(steps(6))
        const before = trainer.snapshot()
        trainer.setLearningRate(1e37)
        expect((await trainer.run(steps(5))).failure).toMatchObject({ step: 7, quantity: 'weights' })
        expect(trainer.snapshot()).toEqual({ ...before, learningRate: 1e37 })
        trainer.setLearningRate(1e300)
        expect((await trainer.run(steps(5))).failure).toEqual({ step: 7, quantity: 'learningRate', layer: null })
        trainer.setLearningRate(optimizer.learningRate)
        await trainer.run(steps(7))
        const undisturbed = await withTrainer(engine, options, async (other) => {
          await other.run(steps(13))
          return other.snapshot()
        })
        expect(trainer.snapshot()).toEqual(undisturbed)
      })
    }
  )

  test('a validation loss that is not finite ends a chunk after its epoch, and the next one goes on from there', () => {
    // ŷ = 10 x: right for the only training sample, beyond the largest number for the validation sample.
    const single = chain([1, 1], ['identity'], 'meanSquaredError')
    const validation = sample(engine.precision === 'float32' ? 1e38 : 1e308, 0)
    const options = trainerOptions(single, sample(1, 10), {
      initialWeights: weightsOf([10, 0]),
      validation,
      earlyStopping: { patience: 1, minimumImprovement: 0 }
    })
    return withTrainer(engine, options, async (trainer) => {
      for (const step of [1, 2]) {
        const chunk = await trainer.run(steps(10))
        expect(chunk.failure).toEqual({ step, quantity: 'validationLoss', layer: null })
        expect([chunk.steps, chunk.epochs.length, trainer.step, trainer.epoch]).toEqual([1, 1, step, step])
        expect(chunk.epochs[0]).toMatchObject({ trainLoss: 0, validationLoss: Infinity })
      }
      expect(trainer.weights()).toEqual(weightsOf([10, 0]))
    })
  })

  test('a run that diverges reports every step before the one that failed', () => {
    const optimizer = { ...optimizers.sgd, learningRate: 2 }
    const diverging = chain([3, 4, 2], ['identity', 'identity'], 'meanSquaredError')
    const options = trainerOptions(diverging, randomSamples(diverging, 8), { optimizer })
    return withTrainer(engine, options, async (trainer) => {
      const chunk = await trainer.run(steps(10_000))
      expect(chunk.failure?.step).toBe(chunk.steps + 1)
      expect(trainer.step).toBe(chunk.steps)
      expect(chunk.steps).toBeGreaterThan(2)
      expect(chunk.loss.every(Number.isFinite)).toBe(true)
      expect(chunk.gradientNorms.every(Number.isFinite)).toBe(true)
      expect(trainer.weights().every((w) => w.every(Number.isFinite))).toBe(true)
    })
  })
})
