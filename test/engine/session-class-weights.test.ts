import { expect, test } from 'vitest'
import type { Samples } from '../../src/engine/engine'
import { describeEngines } from './engines'
import { chain, optimizers, randomSamples, steps, trainerOptions, withTrainer } from './networks'
import { loadParams } from './session-client'
import { single, useSessions, weightsOf } from './session-fixture'
import { relativeError, tolerances } from './tolerances'

const sessions = useSessions()

const plan = chain([4, 8, 3], ['tanh', 'softmax'], 'crossEntropy')
/** So many rows of each class, one class after the other. */
function imbalanced(counts: readonly number[], seed: number): Samples {
  const classes = counts.flatMap((count, index) => Array.from({ length: count }, () => index))
  const samples = randomSamples(plan, classes.length, seed)
  return {
    ...samples,
    targets: Float32Array.from(classes.flatMap((chosen) => counts.map((_, k) => (k === chosen ? 1 : 0))))
  }
}
const train = imbalanced([32, 2, 8], 1)
const validation = imbalanced([12, 3, 1], 2)
const weigh = (samples: Samples, weights: readonly number[]): Samples => ({
  ...samples,
  weights: Float32Array.from({ length: samples.count }, (_, i) =>
    weights.reduce((sum, weight, k) => sum + weight * (samples.targets[i * weights.length + k] ?? 0), 0)
  )
})

describeEngines('class weights', (engine) => {
  test.each([
    // n / (k · n_class) of 42 rows.
    { classWeights: 'balanced', expected: [42 / (3 * 32), 42 / (3 * 2), 42 / (3 * 8)] },
    { classWeights: { 'class 1': 5, 'class 2': 0.25 }, expected: [1, 5, 0.25] }
  ] as const)(
    '$classWeights: every loss counts by the class, accuracies do not',
    async ({ classWeights, expected }) => {
      const session = sessions.open(engine)
      const path = await sessions.folder.write({ plan, train, validation, test: validation })
      const { description } = await session.request(
        'load',
        loadParams(path, plan, { classWeights, everyEpoch: true, threads: 1 })
      )
      expect(description.classWeights).toEqual(expected.map((weight, k) => ({ class: `class ${k}`, weight })))
      await session.finish()
      const options = trainerOptions(plan, weigh(train, expected), {
        validation: weigh(validation, expected),
        optimizer: optimizers.adam,
        batchSize: 8,
        shuffle: true
      })
      await withTrainer(engine, options, async (trainer) => {
        const { epochs } = await trainer.run(steps(5 * trainer.stepsPerEpoch))
        expect(session.epochs.map(({ gradientNorms: _, seconds: __, ...rest }) => rest)).toEqual(epochs)
        expect(await weightsOf(session)).toEqual(single(trainer.weights()))
        // The same measure as the run's validation loss, and not that of rows which count the same.
        const { loss, metric } = await session.request('evaluate', { split: 'test' })
        const last = epochs.at(-1)
        const found = relativeError([loss, metric], [Number(last?.validationLoss), Number(last?.validationMetric)])
        expect(found).toBeLessThanOrEqual(tolerances[engine.name].diagnostics)
        const plain = await trainer.evaluate(validation)
        expect(Math.abs(plain.loss - loss)).toBeGreaterThan(0.01)
        expect(plain.metric).toBeCloseTo(metric, 6)
      })
    }
  )

  test('a single output weighs by its side, and a class that no row has counts nothing in the balance', async () => {
    const binary = chain([4, 1], ['sigmoid'], 'binaryCrossEntropy')
    const targets = Float32Array.of(0, 0, 0, 1)
    const session = sessions.open(engine)
    const samples = { count: 4, features: train.features.slice(0, 16), targets }
    const load = async (train: Samples): Promise<number[]> => {
      const path = await sessions.folder.write({ plan: binary, train, test: samples })
      const params = loadParams(path, binary, { classWeights: 'balanced', initialWeights: [new Float32Array(5)] })
      const { description } = await session.request('load', params)
      return (description.classWeights ?? []).map(({ weight }) => weight)
    }
    expect(await load(samples)).toEqual([4 / (2 * 3), 2])
    // Every probability is ½, and weights of mean 1 leave that as it is.
    expect((await session.request('evaluate', { split: 'test' })).loss).toBeCloseTo(Math.LN2, 6)
    expect(await load({ ...samples, targets: new Float32Array(4) })).toEqual([1, 1])
  })

  test('are refused for numbers, and for classes there are not', async () => {
    const session = sessions.open(engine)
    const regression = await sessions.folder.write({ plan, train, targetScale: 2 })
    const message = async (path: string, classWeights: 'balanced' | Record<string, number>): Promise<unknown> =>
      session.request('load', loadParams(path, plan, { classWeights })).catch((error: unknown) => error)
    expect(await message(regression, 'balanced')).toMatchObject({
      code: 'invalidDesign',
      message:
        'Class weights need a target of classes, but "y" is a number. Set them to "none", or make the target categorical.'
    })
    const classes = await sessions.folder.write({ plan, train })
    expect(await message(classes, { 'class 1': 2, constructor: 3 })).toMatchObject({
      code: 'invalidDesign',
      message:
        'The class weights name "constructor", but the target "y" has the classes "class 0", "class 1", "class 2". Correct the name or remove it.'
    })
  })
})
