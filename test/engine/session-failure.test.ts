import { expect, test } from 'vitest'
import type { Samples } from '../../src/engine/engine'
import { describeEngines, describeNative } from './engines'
import { chain, optimizers, randomSamples } from './networks'
import { loadParams } from './session-client'
import { useSessions, weightsOf } from './session-fixture'

const sessions = useSessions()

describeEngines('numerical failure', (engine) => {
  const wild = { optimizer: { ...optimizers.sgd, learningRate: 100 }, epochs: 1000 }
  const linear = chain([4, 8, 1], ['identity', 'identity'], 'meanSquaredError')
  const samples = randomSamples(linear, 30)

  test('ends the run with step, quantity, layer and advice, after a last frame', async () => {
    const session = sessions.open(engine)
    const path = await sessions.folder.write({ plan: linear, train: samples, targetScale: 2, scaling: 'none' })
    await session.request('load', loadParams(path, linear, wild))
    await session.request('resume', {})
    await session.until(() => session.failures.length > 0)
    const [error] = session.failures
    const step = Number(error?.details['step'])
    expect(session.failures.length).toBe(1)
    expect(error).toMatchObject({ code: 'numericalFailure', details: { learningRate: 100, gradientClipNorm: null } })
    expect(['loss', 'gradient', 'weights']).toContain(error?.details['quantity'])
    expect(error?.message).toMatch(new RegExp(`^Training stopped at step ${step}: the .* no longer finite`))
    expect(error?.message).toContain(
      'Lower the learning rate (now 100), clip gradients (off now), or scale the features'
    )
    expect(session.lastFrame?.progress).toMatchObject({ state: 'failed', step: step - 1 })
    expect(session.stepsReceived).toBe(step - 1)
    expect((await weightsOf(session)).some((w) => w.some(Number.isNaN))).toBe(false)
  })

  test('of the validation loss stops after the epoch and says where to look', async () => {
    const session = sessions.open(engine)
    // So deep that ŷ = 3·10³⁸ · (10¹⁸)⁸ has a square beyond float64 as well.
    const single = chain(Array<number>(9).fill(1), Array<'identity'>(8).fill('identity'), 'meanSquaredError')
    const one = (x: number): Samples => ({ count: 1, features: Float32Array.of(x), targets: Float32Array.of(0) })
    const path = await sessions.folder.write({
      plan: single,
      train: one(0),
      validation: one(3e38),
      targetScale: 1,
      scaling: 'none'
    })
    const initialWeights = Array.from({ length: 8 }, () => Float32Array.of(1e18, 0))
    await session.request('load', loadParams(path, single, { initialWeights, optimizer: optimizers.sgd }))
    await session.request('resume', {})
    await session.until(() => session.failures.length > 0)
    expect(session.failures[0]).toMatchObject({
      code: 'numericalFailure',
      details: { step: 1, quantity: 'validationLoss', layer: null }
    })
    expect(session.failures[0]?.message).toMatch(
      /^Training stopped after step 1: the loss on the validation rows .* Look for values in the validation rows/
    )
    expect(session.lastFrame?.progress).toMatchObject({ state: 'failed', step: 1, epoch: 1 })
  })

  test('comes again at the same step when the run is resumed unchanged', async () => {
    const session = sessions.open(engine)
    const path = await sessions.folder.write({ plan: linear, train: samples, targetScale: 2 })
    await session.request('load', loadParams(path, linear, wild))
    await session.request('resume', {})
    await session.until(() => session.failures.length === 1)
    await session.request('resume', {})
    await session.until(() => session.failures.length === 2)
    expect(session.failures[1]?.toData()).toEqual(session.failures[0]?.toData())
    const { state, step } = await session.request('pause', {})
    expect(state).toBe('failed')
    expect(session.stepsReceived).toBe(step)
  })
})

// Only float32 overflows from weights that came as float32.
describeNative('numerical failure of a layer', (engine) => {
  test('names the layer whose gradient overflowed', async () => {
    const deep = chain([1, 1, 1], ['identity', 'identity'], 'meanAbsoluteError')
    const one: Samples = { count: 1, features: Float32Array.of(1e30), targets: Float32Array.of(1) }
    const path = await sessions.folder.write({ plan: deep, train: one, targetScale: 1 })
    const session = sessions.open(engine)
    const initialWeights = [Float32Array.of(0, 0), Float32Array.of(1e30, 0)]
    await session.request('load', loadParams(path, deep, { initialWeights, optimizer: optimizers.sgd }))
    await session.request('resume', {})
    await session.until(() => session.failures.length > 0)
    expect(session.failures.map((error) => error.toData())).toEqual([
      {
        code: 'numericalFailure',
        message:
          'Training stopped at step 1: the gradient of layer "dense-1" is no longer finite (NaN or infinite). No weight was changed. Lower the learning rate (now 0.05), or clip gradients (off now).',
        details: { step: 1, quantity: 'gradient', layer: 'dense-1', learningRate: 0.05, gradientClipNorm: null }
      }
    ])
  })

  test('goes on after an update that overflowed, once the learning rate is low enough', async () => {
    const single = chain([1, 1], ['identity'], 'meanSquaredError')
    // ŷ = 0 and ∂L/∂w = −2 y x = −1e37, which times 100 is beyond float32; 1/(2x²) = 5e-37 would solve it in one step.
    const one: Samples = { count: 1, features: Float32Array.of(1e18), targets: Float32Array.of(5e18) }
    const path = await sessions.folder.write({ plan: single, train: one, targetScale: 1 })
    const session = sessions.open(engine)
    const optimizer = { ...optimizers.sgd, learningRate: 100 }
    await session.request(
      'load',
      loadParams(path, single, { initialWeights: [Float32Array.of(0, 0)], optimizer, epochs: 200 })
    )
    await session.request('resume', {})
    await session.until(() => session.failures.length > 0)
    expect(session.failures[0]?.details).toMatchObject({ step: 1, quantity: 'weights', layer: 'dense-1' })
    await session.request('setLearningRate', { learningRate: 1e-37 })
    await session.finish()
    expect((await weightsOf(session))[0]?.[0]).toBeCloseTo(5, 4)
  })
})
