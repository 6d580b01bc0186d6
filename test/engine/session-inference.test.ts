import { unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { Samples } from '../../src/engine/engine'
import { describeEngines } from './engines'
import { chain, randomSamples, steps, withTrainer } from './networks'
import { loadParams } from './session-client'
import { relativeError, tolerances } from './tolerances'
import {
  ENDLESS,
  STEPS_PER_EPOCH,
  direct,
  plan,
  single,
  testSamples,
  train,
  trainDirectly,
  validation,
  useSessions
} from './session-fixture'

const sessions = useSessions()

describeEngines('evaluation and prediction', (engine) => {
  const tolerance = tolerances[engine.name].diagnostics

  test('evaluates any split with the current weights', async () => {
    const session = await sessions.loaded(engine)
    await session.finish()
    const splits = { train, validation, test: testSamples }
    await withTrainer(engine, direct, async (trainer) => {
      await trainer.run(steps(5 * STEPS_PER_EPOCH))
      for (const [split, samples] of Object.entries(splits) as ['train' | 'validation' | 'test', Samples][]) {
        const expected = await trainer.evaluate(samples)
        const actual = await session.request('evaluate', { split })
        expect(actual.rows).toBe(samples.count)
        expect(relativeError([actual.loss, actual.metric], [expected.loss, expected.metric])).toBeLessThanOrEqual(
          tolerance
        )
      }
    })
  })

  test('a split without rows cannot be evaluated', async () => {
    const session = sessions.open(engine)
    const path = await sessions.folder.write({ plan, train })
    await session.request('load', loadParams(path, plan))
    await expect(session.request('evaluate', { split: 'test' })).rejects.toMatchObject({
      code: 'invalidArgument',
      message: 'The dataset has no test rows to evaluate: its split gives that part none.'
    })
    await session.finish()
    expect(session.epochs.at(-1)).toMatchObject({ epoch: 5, validationLoss: null, validationMetric: null })
  })

  test('errors of a regression are in units of the target', async () => {
    const regression = chain([3, 1], ['identity'], 'meanSquaredError', 'zeros')
    const samples: Samples = { count: 4, features: new Float32Array(12), targets: Float32Array.of(1, -1, 2, -2) }
    const path = await sessions.folder.write({ plan: regression, train: samples, test: samples, targetScale: 10 })
    const session = sessions.open(engine)
    const { description } = await session.request('load', loadParams(path, regression, { batchSize: 4, epochs: 1 }))
    expect(description.metric).toBe('meanAbsoluteError')
    expect(await session.request('evaluate', { split: 'test' })).toEqual({ rows: 4, loss: 2.5, metric: 15 })
    await session.request('step', {})
    expect(session.epochs[0]).toMatchObject({ trainLoss: 2.5, trainMetric: 15 })
  })

  test('accuracy of a single yes/no output is by ½', async () => {
    const binary = chain([1, 1], ['sigmoid'], 'binaryCrossEntropy')
    const samples: Samples = { count: 4, features: Float32Array.of(1, 2, -1, -2), targets: Float32Array.of(1, 0, 0, 0) }
    const path = await sessions.folder.write({ plan: binary, train: samples })
    const session = sessions.open(engine)
    await session.request('load', loadParams(path, binary, { initialWeights: [Float32Array.of(1, 0)] }))
    expect((await session.request('evaluate', { split: 'train' })).metric).toBe(0.75)
  })

  test('predicts with given weights, run or no run', async () => {
    const session = sessions.open(engine)
    const { weights } = await trainDirectly(engine, 10)
    const expected = await withTrainer(engine, { ...direct, initialWeights: single(weights) }, (trainer) =>
      trainer.predict(testSamples.features, 7)
    )
    const features = Float32Array.from(testSamples.features)
    const asked = { network: plan, weights: single(weights), features, count: 7 }
    expect((await session.request('predict', asked)).outputs).toEqual(Float32Array.from(expected))
    await session.request('load', loadParams(sessions.manifestPath, plan, { epochs: ENDLESS }))
    await session.request('resume', {})
    expect((await session.request('predict', asked)).outputs).toEqual(Float32Array.from(expected))
    await expect(session.request('predict', { ...asked, count: 8 })).rejects.toMatchObject({ code: 'invalidArgument' })
    await expect(session.request('predict', { ...asked, weights: [] })).rejects.toMatchObject({
      code: 'invalidArgument'
    })
    expect(
      (await session.request('predict', { ...asked, features: new Float32Array(0), count: 0 })).outputs.length
    ).toBe(0)
  })

  test('predicts and evaluates a prepared table', async () => {
    const session = sessions.open(engine)
    const { weights } = await trainDirectly(engine, 10)
    const many = randomSamples(plan, 500, 9)
    const path = await sessions.folder.write({
      plan,
      train: { count: 0, features: new Float32Array(0), targets: new Float32Array(0) },
      test: many
    })
    const [outputs, evaluation] = await withTrainer(
      engine,
      { ...direct, initialWeights: single(weights) },
      async (trainer) => {
        return [await trainer.predict(many.features, 500), await trainer.evaluate(many)]
      }
    )
    const asked = { manifestPath: path, network: plan, weights: single(weights) }
    const answer = await session.request('predictPrepared', { ...asked, withTargets: true })
    expect(answer.outputs).toEqual(Float32Array.from(outputs))
    expect(
      relativeError(
        [answer.evaluation?.loss ?? 0, answer.evaluation?.metric ?? 0],
        [evaluation.loss, evaluation.metric]
      )
    ).toBeLessThanOrEqual(tolerance)
    await unlink(join(dirname(path), 'targets.f32'))
    expect(await session.request('predictPrepared', { ...asked, withTargets: false })).toEqual({
      outputs: answer.outputs,
      evaluation: null
    })
  })
})
