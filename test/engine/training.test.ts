import { expect, test } from 'vitest'
import type { Chunk, Engine, FloatArray, TrainerOptions } from '../../src/engine/engine'
import { referenceEngine } from '../../src/engine/reference'
import { shuffleEpoch } from '../../src/engine/random'
import { describeEngines } from './engines'
import { chain, optimizers, randomSamples, steps, trainerOptions, withTrainer } from './networks'
import { relativeError, tolerances } from './tolerances'

const plan = chain([4, 6, 3], ['tanh', 'softmax'], 'crossEntropy')

async function train(
  engine: Engine,
  options: TrainerOptions,
  count: number
): Promise<{ chunk: Chunk; weights: FloatArray[] }> {
  return withTrainer(engine, options, async (trainer) => {
    const chunk = await trainer.run(steps(count))
    return { chunk, weights: trainer.weights() }
  })
}

describeEngines('reproducibility', (engine) => {
  const options = trainerOptions(plan, randomSamples(plan, 50), {
    batchSize: 8,
    shuffle: true,
    optimizer: optimizers.adam
  })

  test('the same seed gives the same bits', async () => {
    const first = await train(engine, options, 40)
    const second = await train(engine, options, 40)
    expect(second.weights).toEqual(first.weights)
    expect(second.chunk.loss).toEqual(first.chunk.loss)
    expect(second.chunk.gradientNorms).toEqual(first.chunk.gradientNorms)
  })

  test('how training is cut into chunks changes no bit', async () => {
    const whole = await train(engine, options, 40)
    await withTrainer(engine, options, async (trainer) => {
      const losses: number[] = []
      for (const count of [1, 6, 7, 26]) losses.push(...(await trainer.run(steps(count))).loss)
      expect(losses).toEqual(Array.from(whole.chunk.loss))
      expect(trainer.weights()).toEqual(whole.weights)
    })
  })

  test('different seeds give different weights', async () => {
    const first = await train(engine, options, 10)
    const second = await train(engine, { ...options, seed: 2 }, 10)
    expect(second.weights).not.toEqual(first.weights)
  })

  test('the seed decides the order as well', async () => {
    const initialWeights = await withTrainer(engine, options, (trainer) => trainer.weights())
    const first = await train(engine, { ...options, initialWeights }, 7)
    const second = await train(engine, { ...options, initialWeights, seed: 2 }, 7)
    expect(second.chunk.loss).not.toEqual(first.chunk.loss)
  })

  test('shuffled epochs go through the samples in the order of shuffleEpoch', async () => {
    const samples = options.train
    const order = new Uint32Array(samples.count)
    shuffleEpoch(order, 1, 1)
    const secondMinibatch = Array.from(order.slice(8, 16))
    await withTrainer(engine, options, async (trainer) => {
      await trainer.run(steps(trainer.stepsPerEpoch + 1))
      const expected = trainer.trace({
        count: 8,
        features: Float32Array.from(
          secondMinibatch.flatMap((i) => Array.from(samples.features.slice(i * 4, i * 4 + 4)))
        ),
        targets: Float32Array.from(secondMinibatch.flatMap((i) => Array.from(samples.targets.slice(i * 3, i * 3 + 3))))
      })
      const chunk = await trainer.run(steps(1))
      expect(relativeError(chunk.loss, [expected.loss])).toBeLessThanOrEqual(tolerances[engine.name].diagnostics)
    })
  })
})

describeEngines('minibatches', (engine) => {
  const { trajectory, diagnostics } = tolerances[engine.name]
  const expectLikeReference = async (options: TrainerOptions, count: number): Promise<Chunk> => {
    const actual = await train(engine, options, count)
    const expected = await train(referenceEngine, options, count)
    expect(actual.chunk.steps).toBe(count)
    expect(relativeError(actual.chunk.loss, expected.chunk.loss)).toBeLessThanOrEqual(trajectory)
    for (const [layer, weights] of actual.weights.entries()) {
      expect(relativeError(weights, expected.weights[layer] ?? [])).toBeLessThanOrEqual(trajectory)
    }
    return actual.chunk
  }

  test('a partial last minibatch is averaged over its own size', async () => {
    const samples = randomSamples(plan, 11)
    const options = trainerOptions(plan, samples, { batchSize: 4 })
    await withTrainer(engine, options, async (trainer) => {
      expect(trainer.stepsPerEpoch).toBe(3)
      await trainer.run(steps(2))
      const last = { count: 3, features: samples.features.slice(32), targets: samples.targets.slice(24) }
      const { loss } = trainer.trace(last)
      const chunk = await trainer.run(steps(1))
      expect(relativeError(chunk.loss, [loss])).toBeLessThanOrEqual(diagnostics)
      expect(trainer.epoch).toBe(1)
    })
    await expectLikeReference(options, 9)
  })

  test('a batch larger than the dataset is the dataset', async () => {
    const samples = randomSamples(plan, 5)
    const large = await train(engine, trainerOptions(plan, samples, { batchSize: 1000 }), 4)
    const exact = await train(engine, trainerOptions(plan, samples, { batchSize: 5 }), 4)
    expect(large.weights).toEqual(exact.weights)
    expect(large.chunk.epochs.length).toBe(4)
  })

  test('minibatches of one sample, and a dataset of one', async () => {
    await expectLikeReference(trainerOptions(plan, randomSamples(plan, 7), { batchSize: 1, shuffle: true }), 21)
    await expectLikeReference(trainerOptions(plan, randomSamples(plan, 1), { batchSize: 1, shuffle: true }), 5)
  })

  test('layers of one unit, one feature and one output', async () => {
    const narrow = chain([1, 1, 1, 1], ['gelu', 'silu', 'identity'], 'huber')
    await expectLikeReference(trainerOptions(narrow, randomSamples(narrow, 9), { batchSize: 4, shuffle: true }), 20)
  })

  test.each([3, 17, 33, 65])('sizes that fill no vector register: %i units', async (units) => {
    const odd = chain([units, units, 5], ['softplus', 'sigmoid'], 'binaryCrossEntropy')
    await expectLikeReference(trainerOptions(odd, randomSamples(odd, units), { batchSize: 7, shuffle: true }), 20)
  })

  test('a network that ends with a dense layer', async () => {
    const open = chain([4, 8, 2], ['relu', 'identity'], 'meanSquaredError')
    const bare = { ...open, operations: open.operations.slice(0, -1) }
    const samples = randomSamples(bare, 10)
    const actual = await train(engine, trainerOptions(bare, samples), 10)
    const expected = await train(engine, trainerOptions(open, samples), 10)
    expect(relativeError(actual.chunk.loss, expected.chunk.loss)).toBeLessThanOrEqual(trajectory)
  })
})

describeEngines('epochs', (engine) => {
  const tolerance = tolerances[engine.name].diagnostics

  test('train loss and metric are means over samples as they were at their steps, validation as it is at the end', async () => {
    const samples = randomSamples(plan, 11)
    const validation = randomSamples(plan, 9, 2)
    const options = trainerOptions(plan, samples, { batchSize: 4, validation, metric: 'argmaxAccuracy' })
    await withTrainer(engine, options, async (trainer) => {
      let [loss, right] = [0, 0]
      for (let step = 0; step < 3; step++) {
        const count = step < 2 ? 4 : 3
        const minibatch = {
          count,
          features: samples.features.slice(step * 16, step * 16 + count * 4),
          targets: samples.targets.slice(step * 12, step * 12 + count * 3)
        }
        const evaluation = await trainer.evaluate(minibatch)
        loss += evaluation.loss * count
        right += evaluation.metric * count
        const chunk = await trainer.run(steps(1))
        if (step < 2) {
          expect(chunk.epochs).toEqual([])
          continue
        }
        const now = await trainer.evaluate(validation)
        const [epoch] = chunk.epochs
        expect(chunk.epochs.length).toBe(1)
        expect([epoch?.epoch, epoch?.step]).toEqual([1, 3])
        const expected = [loss / 11, right / 11, now.loss, now.metric]
        const measured = [epoch?.trainLoss, epoch?.trainMetric, epoch?.validationLoss, epoch?.validationMetric]
        expect(
          relativeError(
            measured.map((value) => value ?? Number.NaN),
            expected
          )
        ).toBeLessThanOrEqual(tolerance)
      }
    })
  })

  test('without validation samples there is no validation', async () => {
    const { chunk } = await train(engine, trainerOptions(plan, randomSamples(plan, 6), { batchSize: 3 }), 6)
    expect(
      chunk.epochs.map((epoch) => [epoch.epoch, epoch.step, epoch.validationLoss, epoch.validationMetric])
    ).toEqual([
      [1, 2, null, null],
      [2, 4, null, null],
      [3, 6, null, null]
    ])
  })

  test('a long validation may be spread over chunks, which changes neither its result nor the training', async () => {
    const options = trainerOptions(plan, randomSamples(plan, 8), {
      batchSize: 4,
      shuffle: true,
      validation: randomSamples(plan, 20_000, 2)
    })
    const whole = await train(engine, options, 6)
    await withTrainer(engine, options, async (trainer) => {
      const epochs = []
      // No time at all: every chunk makes one step, or less than that.
      while (trainer.epoch < 3) {
        const left = 6 - trainer.step
        const running = trainer.run({ steps: Math.min(1, left), milliseconds: 0 })
        trainer.interrupt()
        epochs.push(...(await running).epochs)
      }
      expect(epochs).toEqual(whole.chunk.epochs)
      expect(trainer.weights()).toEqual(whole.weights)
    })
  })

  test('training makes the loss small', async () => {
    const samples = randomSamples(plan, 20)
    const options = trainerOptions(plan, samples, {
      optimizer: { ...optimizers.adam, learningRate: 0.05 },
      shuffle: true,
      batchSize: 5
    })
    await withTrainer(engine, options, async (trainer) => {
      await trainer.run(steps(2000))
      const { loss, metric } = await trainer.evaluate(samples)
      expect(loss).toBeLessThan(0.05)
      expect(metric).toBe(1)
    })
  })
})

describeEngines('evaluate and predict', (engine) => {
  const tolerance = tolerances[engine.name].diagnostics

  test('predict gives Ŷ of any number of samples', () => {
    const samples = randomSamples(plan, 300)
    return withTrainer(engine, trainerOptions(plan, randomSamples(plan, 10), { batchSize: 4 }), async (trainer) => {
      const predictions = await trainer.predict(samples.features, 300)
      expect(relativeError(predictions, trainer.trace(samples).values.at(-1) ?? [])).toBeLessThanOrEqual(tolerance)
      expect((await trainer.predict(new Float32Array(0), 0)).length).toBe(0)
    })
  })

  // One dense layer with W = (1 0): Ŷ is the feature itself.
  const through = (metric: TrainerOptions['metric'], outputs: number): TrainerOptions => {
    const identity = chain([outputs, outputs], ['identity'], 'meanSquaredError', 'zeros')
    const w = new Float32Array(outputs * (outputs + 1))
    for (let k = 0; k < outputs; k++) w[k * (outputs + 1) + k] = 1
    return trainerOptions(identity, randomSamples(identity, 2), { metric, initialWeights: [w] })
  }

  test('argmaxAccuracy counts samples whose largest output is the largest target', () =>
    withTrainer(engine, through('argmaxAccuracy', 3), async (trainer) => {
      const features = Float32Array.of(0.2, 0.5, 0.3, 3, -1, 2, 0, 0, 1, 0.1, 0.1, 0)
      const targets = Float32Array.of(0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1)
      expect((await trainer.evaluate({ count: 4, features, targets })).metric).toBe(0.5)
    }))

  test('thresholdAccuracy counts outputs on the right side of ½, which itself is on the lower side', () =>
    withTrainer(engine, through('thresholdAccuracy', 1), async (trainer) => {
      const features = Float32Array.of(0.7, 0.2, 0.5, 0.5, 0.9)
      const targets = Float32Array.of(1, 0, 1, 0, 0)
      expect((await trainer.evaluate({ count: 5, features, targets })).metric).toBeCloseTo(0.6, 6)
    }))

  test('meanAbsoluteError is a mean over samples and outputs', () =>
    withTrainer(engine, through('meanAbsoluteError', 2), async (trainer) => {
      const evaluation = await trainer.evaluate({
        count: 2,
        features: Float32Array.of(1, 2, 3, 4),
        targets: Float32Array.of(0, 0, 3, 1)
      })
      expect(evaluation.metric).toBeCloseTo(1.5, 6)
      expect(evaluation.loss).toBeCloseTo((1 + 4 + 0 + 9) / 4, 6)
    }))

  test('evaluating and predicting change nothing', async () => {
    const samples = randomSamples(plan, 12)
    const options = trainerOptions(plan, samples, { batchSize: 4, shuffle: true, optimizer: optimizers.adam })
    const undisturbed = await train(engine, options, 8)
    await withTrainer(engine, options, async (trainer) => {
      for (let step = 0; step < 8; step++) {
        await trainer.evaluate(samples)
        await trainer.predict(samples.features, samples.count)
        trainer.trace(samples)
        await trainer.run(steps(1))
      }
      expect(trainer.weights()).toEqual(undisturbed.weights)
    })
  })
})

describeEngines('a trainer', (engine) => {
  const samples = randomSamples(plan, 12)
  const options = trainerOptions(plan, samples, { batchSize: 4 })

  test('counts steps and epochs, and stops where its budget says', () =>
    withTrainer(engine, options, async (trainer) => {
      expect([trainer.step, trainer.epoch]).toEqual([0, 0])
      const chunk = await trainer.run(steps(7))
      expect([trainer.step, trainer.epoch]).toEqual([7, 2])
      expect([chunk.steps, chunk.loss.length, chunk.gradientNorms.length, chunk.updateRatios.length]).toEqual([
        7, 7, 14, 14
      ])
      expect(chunk.seconds).toBeGreaterThanOrEqual(0)
      const shortest = await trainer.run({ steps: 1_000_000, milliseconds: 0 })
      expect(shortest.steps).toBe(1)
    }))

  test('gives copies of weights and takes new ones', () =>
    withTrainer(engine, options, async (trainer) => {
      const before = trainer.weights()
      await trainer.run(steps(3))
      expect(trainer.weights()).not.toEqual(before)
      trainer.setWeights(before)
      expect(trainer.weights()).toEqual(before)
      expect(before.map((w) => w.length)).toEqual([6 * 5, 3 * 7])
    }))

  test('says how much memory it takes', () =>
    withTrainer(engine, options, (trainer) => {
      const floats = trainer.weights().reduce((sum, w) => sum + w.length, 0)
      expect(trainer.memoryBytes).toBeGreaterThan(floats * (engine.precision === 'float32' ? 4 : 8))
      expect(trainer.memoryBytes).toBeLessThan(1_000_000)
    }))

  test('is of no use after dispose', async () => {
    const trainer = engine.createTrainer(options)
    trainer.dispose()
    expect(() => trainer.weights()).toThrow()
    expect(() => trainer.trace(samples)).toThrow()
    await expect((async () => trainer.run(steps(1)))()).rejects.toThrow()
    await expect((async () => trainer.evaluate(samples))()).rejects.toThrow()
  })

  const misfits: [string, Partial<TrainerOptions>][] = [
    ['features of another size', { train: { ...samples, features: new Float32Array(47) } }],
    ['targets of another size', { train: { ...samples, targets: new Float32Array(12) } }],
    ['no samples', { train: { count: 0, features: new Float32Array(0), targets: new Float32Array(0) } }],
    ['validation of another size', { validation: { ...samples, count: 13 } }],
    ['weights of another size', { initialWeights: [new Float32Array(30), new Float32Array(20)] }],
    ['too few weights', { initialWeights: [new Float32Array(30)] }],
    ['a batch of none', { batchSize: 0 }],
    ['a plan whose units do not fit', { network: { ...plan, outputs: 4 } }],
    [
      'an operation on a later value',
      { network: { ...plan, operations: plan.operations.map((o) => ({ ...o, input: 4 })) } }
    ]
  ]
  test.each(misfits)('refuses %s', (_title, changes) => {
    expect(() => engine.createTrainer({ ...options, ...changes })).toThrow(
      expect.objectContaining({ code: 'invalidArgument' })
    )
  })
  test('refuses misfits in its methods as well', async () => {
    await withTrainer(engine, options, async (trainer) => {
      const invalid = expect.objectContaining({ code: 'invalidArgument' })
      expect(() => trainer.setLearningRate(0)).toThrow(invalid)
      expect(() => trainer.setLearningRate(Number.NaN)).toThrow(invalid)
      expect(() => trainer.setWeights([new Float32Array(30)])).toThrow(invalid)
      expect(() => trainer.trace({ ...samples, count: 11 })).toThrow(invalid)
      await expect((async () => trainer.predict(new Float32Array(5), 1))()).rejects.toThrow(invalid)
      await expect((async () => trainer.evaluate({ ...samples, count: 3 }))()).rejects.toThrow(invalid)
    })
  })
})
