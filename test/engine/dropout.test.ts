import { expect, test } from 'vitest'
import { weightCount, denseOperations, type NetworkPlan } from '../../src/shared/network/plan'
import type { FloatArray, Samples, TrainerOptions } from '../../src/engine/engine'
import { philox4x32 } from '../../src/engine/random'
import { referenceEngine } from '../../src/engine/reference'
import { describeEngines, describeNative } from './engines'
import {
  chain,
  optimizers,
  randomSamples,
  steps,
  TestNumbers,
  trainerOptions,
  withDropout,
  withTrainer
} from './networks'
import { relativeError, tolerances } from './tolerances'

const plain = chain([5, 7, 6, 3], ['tanh', 'sigmoid', 'softmax'], 'crossEntropy')
/** Values: 1 dropout of X, 4 dropout of A[1], 7 dropout of A[2]. */
const dropped = withDropout(plain, [0.2, 0.5, 0.75])
const DROPOUT_VALUES = [0, 3, 6]
const SEED = 0x9e3779b9

/** What a unit is multiplied by in a sample of a minibatch, by the definition; all numbers counted from 0. */
function factorOf(seed: number, ordinal: number, step: number, rate: number, unit: number, sample: number): number {
  const block = philox4x32(
    [Math.floor(sample / 4), unit, step >>> 0, Math.floor(step / 2 ** 32)],
    [seed, 2 + 256 * ordinal]
  )
  const word = block[(sample % 4) as 0 | 1 | 2 | 3]
  return word < Math.floor(rate * 2 ** 32) ? 0 : Math.fround(1 / (1 - rate))
}

/** The masks of all dropout operations, units × count each. */
function masksOf(plan: NetworkPlan, seed: number, step: number, count: number): Float64Array[] {
  return plan.operations
    .filter((operation) => operation.type === 'dropout')
    .map(({ units, rate }, ordinal) => {
      return Float64Array.from({ length: units * count }, (_, i) =>
        factorOf(seed, ordinal, step, rate, i % units, Math.floor(i / units))
      )
    })
}
const product = (a: FloatArray, b: FloatArray): Float64Array =>
  Float64Array.from(a, (value, i) => value * (b[i] ?? NaN))
const zeros = (values: FloatArray): boolean[] => Array.from(values, (value) => value === 0)

describeEngines('dropout', (engine) => {
  const tolerance = tolerances[engine.name].diagnostics
  const samples = randomSamples(dropped, 13)
  const options = trainerOptions(dropped, samples, { seed: SEED })

  test('leaves out the units whose random words say so, in every step other ones', () =>
    withTrainer(engine, options, async (trainer) => {
      for (const step of [0, 1, 4]) {
        await trainer.run(steps(step - trainer.step))
        const { values } = trainer.trace(samples)
        for (const [ordinal, mask] of masksOf(dropped, SEED, step, samples.count).entries()) {
          const index = DROPOUT_VALUES[ordinal] ?? 0
          const before = index === 0 ? samples.features : (values[index - 1] ?? [])
          const after = values[index] ?? new Float64Array(0)
          expect(zeros(after)).toEqual(zeros(mask))
          expect(relativeError(after, product(Float64Array.from(before), mask))).toBeLessThanOrEqual(tolerance)
        }
      }
    }))

  test('leaves out about the share that was asked for', () => {
    const wide = withDropout(chain([16, 3], ['softmax'], 'crossEntropy'), [0.3])
    const many = randomSamples(wide, 2000)
    return withTrainer(engine, trainerOptions(wide, many), (trainer) => {
      const { values } = trainer.trace(many)
      const left = zeros(values[0] ?? new Float64Array(0)).filter(Boolean).length
      // 32 000 draws: the standard deviation is 0.0026.
      expect(Math.abs(left / 32_000 - 0.3)).toBeLessThan(0.01)
    })
  })

  test('trains with what a trace shows', () =>
    withTrainer(engine, options, async (trainer) => {
      for (let step = 0; step < 3; step++) {
        const { loss, weightGradients } = trainer.trace(samples)
        const chunk = await trainer.run(steps(1))
        expect(relativeError(chunk.loss, [loss])).toBeLessThanOrEqual(tolerance)
        const norms = weightGradients.map((g) => Math.hypot(...g))
        expect(relativeError(chunk.gradientNorms, norms)).toBeLessThanOrEqual(tolerance)
      }
    }))

  test('passes values unchanged when evaluating and predicting', async () => {
    const initialWeights = await withTrainer(engine, trainerOptions(plain, samples), (trainer) => trainer.weights())
    const seen = (plan: NetworkPlan): Promise<unknown> =>
      withTrainer(engine, trainerOptions(plan, samples, { initialWeights }), async (trainer) => [
        await trainer.evaluate(samples),
        await trainer.predict(samples.features, samples.count)
      ])
    expect(await seen(dropped)).toEqual(await seen(plain))
  })

  test('validates without it', () => {
    const validation = randomSamples(dropped, 9, 2)
    return withTrainer(engine, { ...options, validation }, async (trainer) => {
      const chunk = await trainer.run(steps(1))
      const { loss } = await trainer.evaluate(validation)
      expect(relativeError([chunk.epochs[0]?.validationLoss ?? NaN], [loss])).toBeLessThanOrEqual(tolerance)
    })
  })

  const train = (changes: Partial<TrainerOptions>, chunks: number[]): Promise<FloatArray[]> =>
    withTrainer(
      engine,
      { ...options, batchSize: 5, shuffle: true, optimizer: optimizers.adam, ...changes },
      async (trainer) => {
        for (const count of chunks) await trainer.run(steps(count))
        return trainer.weights()
      }
    )

  test('of rate 0 is no dropout, bit for bit', async () => {
    const nothing = withDropout(plain, [0, 0, 0])
    expect(await train({ network: nothing }, [20])).toEqual(await train({ network: plain }, [20]))
  })

  test('depends on the seed and the step, not on how steps are cut into chunks', async () => {
    const whole = await train({}, [30])
    expect(await train({}, [1, 2, 6, 7, 14])).toEqual(whole)
    expect(whole).not.toEqual(await train({ network: plain }, [30]))
    const initialWeights = await withTrainer(engine, options, (trainer) => trainer.weights())
    const other = { initialWeights, shuffle: false }
    expect(await train({ ...other, seed: 1 }, [1])).not.toEqual(await train({ ...other, seed: 2 }, [1]))
  })

  test.each([1, -0.1, Number.NaN])('refuses the rate %d', (rate) => {
    expect(() => engine.createTrainer({ ...options, network: withDropout(plain, [null, rate]) })).toThrow(
      expect.objectContaining({
        code: 'invalidArgument',
        message: expect.stringContaining('a share from 0 to below 1')
      })
    )
  })

  test('refuses to leave out predictions', () => {
    const last = { type: 'dropout', id: 'd', input: plain.operations.length, units: 3, rate: 0.5 } as const
    const network = { ...plain, operations: [...plain.operations, last] }
    expect(() => engine.createTrainer({ ...options, network })).toThrow(
      expect.objectContaining({
        code: 'invalidArgument',
        message: expect.stringContaining('would leave out predictions')
      })
    )
  })
})

/** Dropout at every place, also between the last dense layer and a loss that is one with the activation before it. */
const gradientPlans: Record<string, NetworkPlan> = {
  'before every layer': dropped,
  'of raw scores': {
    ...plain,
    operations: [
      ...plain.operations.slice(0, -1),
      { type: 'dropout', id: 'd', input: 5, units: 3, rate: 0.5 },
      { type: 'activation', id: 'act-3', input: 6, units: 3, function: 'softmax' }
    ]
  },
  'twice in a row, of a value others use as well': {
    inputs: 4,
    outputs: 2,
    loss: 'meanSquaredError',
    operations: [
      { type: 'dense', id: 'a', input: 0, inputs: 4, units: 6, initializer: 'xavier' },
      { type: 'dropout', id: 'side', input: 1, units: 6, rate: 0.5 },
      { type: 'dropout', id: 'd', input: 1, units: 6, rate: 0.3 },
      { type: 'dropout', id: 'e', input: 3, units: 6, rate: 0.3 },
      { type: 'dense', id: 'b', input: 4, inputs: 6, units: 2, initializer: 'xavier' }
    ]
  }
}

const H = 1e-5
function centralDifferences(plan: NetworkPlan, samples: Samples, weights: Float64Array[]): Float64Array[] {
  const trainer = referenceEngine.createTrainer(trainerOptions(plan, samples, { initialWeights: weights }))
  const lossWith = (layer: number, index: number, change: number): number => {
    trainer.setWeights(
      weights.map((w, l) => (l === layer ? w.map((value, i) => (i === index ? value + change : value)) : w))
    )
    return trainer.trace(samples).loss
  }
  return weights.map((w, layer) => w.map((_, i) => (lossWith(layer, i, H) - lossWith(layer, i, -H)) / (2 * H)))
}

function weightsFor(plan: NetworkPlan): Float32Array[] {
  const numbers = new TestNumbers(3)
  return denseOperations(plan).map((layer) => numbers.array(weightCount(layer)))
}

test.each(Object.entries(gradientPlans))('central differences with masks held fixed, reference: %s', (_title, plan) => {
  const samples = randomSamples(plan, 6)
  const weights = weightsFor(plan).map((w) => Float64Array.from(w))
  const trainer = referenceEngine.createTrainer(trainerOptions(plan, samples, { initialWeights: weights }))
  const { weightGradients } = trainer.trace(samples)
  const expected = centralDifferences(plan, samples, weights)
  for (const [layer, gradient] of weightGradients.entries()) {
    expect(gradient.some((value) => value !== 0)).toBe(true)
    expect(relativeError(gradient, expected[layer] ?? [])).toBeLessThanOrEqual(tolerances.reference.gradient)
  }
})

describeNative('dropout against the reference', (native) => {
  const { gradient, trajectory } = tolerances.native
  test.each(Object.entries(gradientPlans))('traces the same masks and gradients: %s', async (_title, plan) => {
    const samples = randomSamples(plan, 37)
    const options = trainerOptions(plan, samples, { initialWeights: weightsFor(plan), seed: SEED })
    const actual = await withTrainer(native, options, (trainer) => trainer.trace(samples))
    const expected = await withTrainer(referenceEngine, options, (trainer) => trainer.trace(samples))
    for (const [index, { type }] of plan.operations.entries()) {
      const [value, wanted] = [actual.values[index] ?? [], expected.values[index] ?? []]
      if (type === 'dropout') expect(zeros(Float64Array.from(value))).toEqual(zeros(Float64Array.from(wanted)))
      expect(relativeError(value, wanted), `value ${index + 1}`).toBeLessThanOrEqual(gradient)
    }
    for (const [layer, g] of actual.weightGradients.entries()) {
      expect(relativeError(g, expected.weightGradients[layer] ?? [])).toBeLessThanOrEqual(gradient)
    }
  })

  test('trains to the same weights', async () => {
    const options = trainerOptions(dropped, randomSamples(dropped, 43), { batchSize: 8, shuffle: true, seed: SEED })
    const train = async (engine: typeof native): Promise<FloatArray[]> =>
      withTrainer(engine, options, async (trainer) => {
        await trainer.run(steps(60))
        return trainer.weights()
      })
    const expected = await train(referenceEngine)
    for (const [layer, w] of (await train(native)).entries()) {
      expect(relativeError(w, expected[layer] ?? [])).toBeLessThanOrEqual(trajectory)
    }
  })
})
