import { expect, test } from 'vitest'
import type { Chunk, Engine, FloatArray } from '../../src/engine/engine'
import { referenceEngine } from '../../src/engine/reference'
import { describeNative } from './engines'
import { disposed, endless, norm, rateOf, smallOptions, smallSamples, withCode } from './native-fixtures'
import { chain, optimizers, randomSamples, steps, trainerOptions, withTrainer } from './networks'
import { relativeError, tolerances } from './tolerances'

describeNative('createTrainer', (engine) => {
  test('takes float32 and float64 alike', async () => {
    const float64 = {
      count: smallSamples.count,
      features: Float64Array.from(smallSamples.features),
      targets: Float64Array.from(smallSamples.targets)
    }
    const [a, b] = await Promise.all(
      [smallSamples, float64].map((train) =>
        withTrainer(engine, { ...smallOptions, train }, (trainer) => trainer.run(steps(20)))
      )
    )
    expect(a?.loss).toEqual(b?.loss)
  })

  test('copies its samples', async () => {
    const train = { ...smallSamples, features: smallSamples.features.slice() }
    await withTrainer(engine, { ...smallOptions, train, validation: train }, async (trainer) => {
      train.features.fill(Number.NaN)
      const chunk = await trainer.run(steps(trainer.stepsPerEpoch))
      expect(chunk.failure).toBeNull()
      expect(chunk.epochs[0]?.validationLoss).toBeGreaterThan(0)
    })
  })

  test('refuses a network beyond the memory of the machine before it allocates anything', () => {
    const huge = chain([16_777_216, 65_536, 3], ['relu', 'softmax'], 'crossEntropy')
    const train = { count: 1, features: new Float32Array(16_777_216), targets: new Float32Array(3) }
    expect(() => engine.createTrainer(trainerOptions(huge, train))).toThrow(
      expect.objectContaining({
        code: 'invalidDesign',
        message: expect.stringMatching(/needs 8\d{3}\.\d GB of memory/)
      })
    )
  })

  test('counts what it allocates', async () => {
    const weights = 6 * 5 + 3 * 7
    const bytes = (batchSize: number, optimizer: keyof typeof optimizers): Promise<number> =>
      withTrainer(
        engine,
        { ...smallOptions, batchSize, optimizer: optimizers[optimizer] },
        (trainer) => trainer.memoryBytes
      )
    expect(await bytes(8, 'adam')).toBeGreaterThanOrEqual((await bytes(8, 'sgd')) + 2 * 4 * weights)
    expect(await bytes(8, 'sgd')).toBeGreaterThan(4 * (2 * weights + 50 * 7))
  })
})

describeNative('run', (engine) => {
  test('a batch larger than the dataset is the dataset', async () => {
    const run = (batchSize: number): Promise<Chunk> =>
      withTrainer(engine, { ...smallOptions, batchSize, shuffle: false }, (trainer) => trainer.run(steps(10)))
    const [exact, larger] = [await run(50), await run(1_000_000)]
    expect(larger.loss).toEqual(exact.loss)
    expect(larger.epochs.map((epoch) => epoch.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test.each([
    { sizes: [4, 6, 3], batchSize: 1 },
    { sizes: [4, 6, 3], batchSize: 3 },
    { sizes: [4, 6, 3], batchSize: 49 },
    { sizes: [1, 1, 1], batchSize: 8 },
    { sizes: [1, 1, 1], batchSize: 1 },
    { sizes: [70, 1, 40], batchSize: 16 },
    { sizes: [300, 40, 2], batchSize: 33 }
  ])(
    '$sizes by minibatches of $batchSize, the last one partial, as the reference does',
    async ({ sizes, batchSize }) => {
      const plan = chain(sizes, ['tanh', 'identity'], 'meanSquaredError')
      const options = trainerOptions(plan, randomSamples(plan, 50), {
        batchSize,
        shuffle: true,
        metric: 'meanAbsoluteError',
        validation: randomSamples(plan, 70, 2),
        optimizer: { ...optimizers.sgd, learningRate: 0.001, momentum: 0.5, l2: 0.01 }
      })
      const outcome = (by: Engine): Promise<{ chunk: Chunk; weights: FloatArray[] }> =>
        withTrainer(by, options, async (trainer) => {
          const chunk = await trainer.run(steps(2 * trainer.stepsPerEpoch + 1))
          return { chunk, weights: trainer.weights() }
        })
      const [found, expected] = [await outcome(engine), await outcome(referenceEngine)]
      const { trajectory } = tolerances.native
      expect(found.chunk.steps).toBe(2 * Math.ceil(50 / batchSize) + 1)
      expect(relativeError(found.chunk.loss, expected.chunk.loss)).toBeLessThan(trajectory)
      expect(relativeError(found.chunk.gradientNorms, expected.chunk.gradientNorms)).toBeLessThan(trajectory)
      expect(relativeError(found.chunk.updateRatios, expected.chunk.updateRatios)).toBeLessThan(trajectory)
      const numbers = ({ chunk }: { chunk: Chunk }): number[] =>
        chunk.epochs.flatMap((epoch) => Object.values(epoch).map(Number))
      expect(relativeError(numbers(found), numbers(expected))).toBeLessThan(trajectory)
      for (const [layer, weights] of expected.weights.entries()) {
        expect(relativeError(found.weights[layer] ?? [], weights)).toBeLessThan(trajectory)
      }
    }
  )

  test('several epochs fit into one chunk', () =>
    withTrainer(engine, { ...smallOptions, validation: smallSamples }, async (trainer) => {
      const chunk = await trainer.run(steps(24))
      expect(chunk.epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
        [1, 7],
        [2, 14],
        [3, 21]
      ])
      expect([trainer.step, trainer.epoch]).toEqual([24, 3])
      expect([chunk.loss.length, chunk.gradientNorms.length, chunk.updateRatios.length]).toEqual([24, 48, 48])
    }))

  test('no time still is one step', () =>
    withTrainer(engine, smallOptions, async (trainer) => {
      expect((await trainer.run({ steps: 10, milliseconds: 0 })).steps).toBe(1)
    }))

  test('no steps are none', () =>
    withTrainer(engine, smallOptions, async (trainer) => {
      expect((await trainer.run({ steps: 0, milliseconds: 10 })).steps).toBe(0)
    }))

  test('a chunk records so much at most, whatever its budget', async () => {
    const shallow = chain([1, 1], ['identity'], 'meanSquaredError')
    const deep = chain(Array<number>(41).fill(1), Array<'identity'>(40).fill('identity'), 'meanSquaredError')
    for (const [plan, most] of [
      [shallow, 65_536],
      [deep, Math.floor(1_048_576 / 40)]
    ] as const) {
      const optimizer = { ...optimizers.sgd, learningRate: 1e-6 }
      await withTrainer(engine, trainerOptions(plan, randomSamples(plan, 1), { optimizer }), async (trainer) => {
        const chunk = await trainer.run(endless)
        expect(chunk.failure).toBeNull()
        expect([chunk.steps, chunk.epochs.length, trainer.epoch]).toEqual([most, most, most])
      })
    }
  })

  test.each([Number.NaN, Infinity, -Infinity])('%s among the features is a failure of the loss', (bad) => {
    const train = { ...smallSamples, features: smallSamples.features.slice() }
    train.features[4 * 20] = bad
    const relu = chain([4, 6, 3], ['relu', 'softmax'], 'crossEntropy')
    return withTrainer(engine, { ...smallOptions, network: relu, train, shuffle: false }, async (trainer) => {
      const chunk = await trainer.run(steps(10))
      expect(chunk.steps).toBe(2)
      expect(chunk.failure?.step).toBe(3)
      expect(trainer.step).toBe(2)
      expect(trainer.weights().every((w) => w.every(Number.isFinite))).toBe(true)
      // It fails at the same place again: nothing was skipped.
      expect((await trainer.run(steps(10))).failure).toEqual(chunk.failure)
    })
  })

  test.each([
    { steps: -1, milliseconds: 10 },
    { steps: 1.5, milliseconds: 10 },
    { steps: Number.NaN, milliseconds: 10 },
    { steps: 1, milliseconds: -1 },
    { steps: 1, milliseconds: Number.NaN }
  ])('refuses the budget %o', (budget) =>
    withTrainer(engine, smallOptions, async (trainer) => {
      await expect(trainer.run(budget)).rejects.toEqual(withCode('invalidArgument'))
      expect((await trainer.run(steps(1))).steps).toBe(1)
    })
  )

  test('rejects after dispose', async () => {
    await expect(disposed(engine).run(steps(1))).rejects.toEqual(withCode('internal'))
  })
})

describeNative('setLearningRate', (engine) => {
  const optimizer = { ...optimizers.sgd, learningRate: 1e-6 }

  test('takes effect between chunks', () =>
    withTrainer(engine, { ...smallOptions, optimizer }, async (trainer) => {
      const [weights] = trainer.weights()
      expect(rateOf(await trainer.run(steps(1)), 0, weights)).toBeCloseTo(1e-6, 9)
      trainer.setLearningRate(3e-6)
      expect(rateOf(await trainer.run(steps(1)), 0, weights)).toBeCloseTo(3e-6, 9)
    }))

  test.each([0, -1, Number.NaN, Infinity])('refuses %s', (rate) =>
    withTrainer(engine, smallOptions, (trainer) => {
      expect(() => trainer.setLearningRate(rate)).toThrow(withCode('invalidArgument'))
    })
  )

  test('throws after dispose', () => {
    expect(() => disposed(engine).setLearningRate(0.1)).toThrow(withCode('internal'))
  })
})

describeNative('weights and setWeights', (engine) => {
  test('hand out and take in copies', () =>
    withTrainer(engine, smallOptions, (trainer) => {
      const weights = trainer.weights()
      expect(weights.map((w) => w.length)).toEqual([30, 21])
      weights[0]?.fill(7)
      expect(trainer.weights()[0]).not.toEqual(weights[0])
      trainer.setWeights(weights)
      weights[0]?.fill(8)
      expect(trainer.weights()[0]).toEqual(new Float32Array(30).fill(7))
    }))

  test('a misfit among them changes nothing', () =>
    withTrainer(engine, smallOptions, (trainer) => {
      const before = trainer.weights()
      const misfit = [new Float32Array(30).fill(7), new Float32Array(20)]
      expect(() => trainer.setWeights(misfit)).toThrow(withCode('invalidArgument'))
      expect(() => trainer.setWeights([new Float32Array(30)])).toThrow(withCode('invalidArgument'))
      expect(trainer.weights()).toEqual(before)
    }))

  test('ratios are of the weights that were set', () =>
    withTrainer(engine, smallOptions, async (trainer) => {
      trainer.setWeights(trainer.weights().map((w) => w.map((x) => 10 * x)))
      const before = trainer.weights()
      const chunk = await trainer.run(steps(1))
      expect(chunk.updateRatios[1]).toBeCloseTo((0.05 * (chunk.gradientNorms[1] ?? 0)) / norm(before[1]), 6)
    }))

  test('ratios of zero weights are zero', () =>
    withTrainer(engine, smallOptions, async (trainer) => {
      trainer.setWeights(trainer.weights().map((w) => w.fill(0)))
      const chunk = await trainer.run(steps(1))
      expect(Array.from(chunk.updateRatios)).toEqual([0, 0])
      expect(chunk.gradientNorms[1]).toBeGreaterThan(0)
    }))

  test('throw after dispose', () => {
    expect(() => disposed(engine).weights()).toThrow(withCode('internal'))
    expect(() => disposed(engine).setWeights([])).toThrow(withCode('internal'))
  })
})

describeNative('evaluate', (engine) => {
  test('refuses no samples and samples that do not fit', () =>
    withTrainer(engine, smallOptions, async (trainer) => {
      const none = { count: 0, features: new Float32Array(0), targets: new Float32Array(0) }
      const invalid = withCode('invalidArgument')
      await expect(trainer.evaluate(none)).rejects.toEqual(invalid)
      await expect(trainer.evaluate({ ...smallSamples, count: 49 })).rejects.toEqual(invalid)
      expect((await trainer.evaluate(smallSamples)).loss).toBeGreaterThan(0)
    }))

  test('rejects after dispose', async () => {
    await expect(disposed(engine).evaluate(smallSamples)).rejects.toEqual(withCode('internal'))
  })
})

describeNative('predict', (engine) => {
  test('gives nothing for nothing', () =>
    withTrainer(engine, smallOptions, async (trainer) => {
      expect(await trainer.predict(new Float32Array(0), 0)).toEqual(new Float32Array(0))
    }))

  test('refuses features that do not fit', () =>
    withTrainer(engine, smallOptions, async (trainer) => {
      await expect(trainer.predict(new Float32Array(9), 2)).rejects.toEqual(withCode('invalidArgument'))
      await expect(trainer.predict(new Float32Array(9), 2.25)).rejects.toEqual(withCode('invalidArgument'))
    }))

  test('rejects after dispose', async () => {
    await expect(disposed(engine).predict(smallSamples.features, 50)).rejects.toEqual(withCode('internal'))
  })
})

describeNative('trace', (engine) => {
  test('changes nothing, and may be larger than a minibatch', () =>
    withTrainer(engine, { ...smallOptions, optimizer: optimizers.adam }, async (trainer) => {
      await trainer.run(steps(3))
      const before = trainer.weights()
      const { loss, values, weightGradients } = trainer.trace(smallSamples)
      expect(loss).toBeCloseTo((await trainer.evaluate(smallSamples)).loss, 6)
      expect(values.map((value) => value.length)).toEqual([300, 300, 150, 150])
      expect(weightGradients.map((gradient) => gradient.length)).toEqual([30, 21])
      expect(trainer.weights()).toEqual(before)
      const rest = await trainer.run(steps(4))
      const undisturbed = await withTrainer(engine, { ...smallOptions, optimizer: optimizers.adam }, (other) =>
        other.run(steps(7))
      )
      expect(rest.loss).toEqual(undisturbed.loss.slice(3))
    }))

  test('throws after dispose', () => {
    expect(() => disposed(engine).trace(smallSamples)).toThrow(withCode('internal'))
  })
})

describeNative('dispose', (engine) => {
  test('may be repeated, and step and epoch keep their last values', async () => {
    const trainer = engine.createTrainer(smallOptions)
    await trainer.run(steps(8))
    trainer.dispose()
    trainer.dispose()
    expect([trainer.step, trainer.epoch, trainer.stepsPerEpoch]).toEqual([8, 1, 7])
  })
})
