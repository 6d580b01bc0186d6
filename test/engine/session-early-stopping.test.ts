import { expect, test } from 'vitest'
import type { EpochResult, TrainerOptions } from '../../src/engine/engine'
import { describeEngines } from './engines'
import { optimizers, randomSamples, steps, withDropout, withTrainer } from './networks'
import { loadParams, type Session } from './session-client'
import {
  direct,
  ENDLESS,
  plan,
  single,
  STEPS_PER_EPOCH,
  trainDirectly,
  useSessions,
  weightsOf
} from './session-fixture'
import { relativeError, tolerances } from './tolerances'

const sessions = useSessions()
const earlyStopping = { patience: 3, minimumImprovement: 0 }
/** Random classes: what is learnt of some says nothing about others, so the validation loss soon grows. */
const optimizer = { ...optimizers.adam, learningRate: 0.1 }
const options: TrainerOptions = { ...direct, optimizer, earlyStopping }

describeEngines('a run with early stopping', (engine) => {
  const load = (epochs: number): Promise<Session> =>
    sessions.loaded(engine, { optimizer, earlyStopping, epochs, everyEpoch: true })
  /** Where it stops and which epoch is the best one. */
  const expected = (): Promise<{ epochs: readonly EpochResult[]; stop: number; best: number }> =>
    withTrainer(engine, options, async (trainer) => {
      const { epochs, stoppedEarly } = await trainer.run(steps(1000 * STEPS_PER_EPOCH))
      expect(stoppedEarly).toBe(true)
      return { epochs, stop: trainer.epoch, best: trainer.best()?.epoch ?? 0 }
    })
  const weightsAfter = async (epochs: number): Promise<Float32Array[]> =>
    single((await trainDirectly(engine, epochs * STEPS_PER_EPOCH, { ...options, earlyStopping: null })).weights)

  test('finishes early with the weights, the record and the losses of the best epoch', async () => {
    const { epochs, stop, best } = await expected()
    expect(best).toBeLessThan(stop)
    const session = await load(ENDLESS)
    await session.finish()
    expect(session.lastFrame?.progress).toMatchObject({
      state: 'finished',
      stoppedEarly: true,
      epoch: stop,
      epochs: ENDLESS,
      bestEpoch: best
    })
    const kept = await session.request('weights', {})
    expect(kept).toMatchObject({ epoch: best, step: best * STEPS_PER_EPOCH, record: epochs[best - 1] })
    expect(kept.record).toEqual(session.epochs[best - 1])
    expect(kept.weights).toEqual(await weightsAfter(best))
    const { loss } = await session.request('evaluate', { split: 'validation' })
    expect(relativeError([loss], [epochs[best - 1]?.validationLoss ?? NaN])).toBeLessThanOrEqual(
      tolerances[engine.name].diagnostics
    )
    // It is told of the best epoch as long as training went on.
    let seen = 0
    for (const { progress, epochs: records } of session.frames) {
      if (progress.bestEpoch !== null && progress.bestEpoch !== seen)
        expect(records.map(({ epoch }) => epoch)).toContain(progress.bestEpoch)
      seen = progress.bestEpoch ?? seen
    }
  })

  test('can be resumed, as if it had never stopped, and has the current weights meanwhile', async () => {
    const { stop } = await expected()
    const session = await load(ENDLESS)
    await session.finish()
    expect(await session.request('step', {})).toMatchObject({
      state: 'paused',
      stoppedEarly: false,
      step: stop * STEPS_PER_EPOCH + 1
    })
    const undisturbed = await trainDirectly(engine, stop * STEPS_PER_EPOCH + 1, { ...options, earlyStopping: null })
    expect(await weightsOf(session)).toEqual(single(undisturbed.weights))
    expect((await session.request('resume', {})).stoppedEarly).toBe(false)
    await session.until(() => session.lastFrame?.progress.state === 'finished')
    const { epoch, bestEpoch } = session.lastFrame?.progress ?? {}
    expect(epoch).toBeGreaterThanOrEqual(stop + earlyStopping.patience)
    expect(await weightsOf(session)).toEqual(await weightsAfter(bestEpoch ?? 0))
  })

  test('has the best weights as well when all its epochs are done, and the current ones when there are more to do', async () => {
    const { stop, best } = await expected()
    const session = await load(stop - 1)
    await session.finish()
    expect(session.lastFrame?.progress).toMatchObject({ stoppedEarly: false, epoch: stop - 1, bestEpoch: best })
    expect(await weightsOf(session)).toEqual(await weightsAfter(best))
    expect((await session.request('setEpochs', { epochs: stop + 5 })).state).toBe('paused')
    const paused = await session.request('weights', {})
    expect(paused).toMatchObject({ epoch: stop - 1, record: session.epochs[stop - 2] })
    expect(paused.weights).toEqual(await weightsAfter(stop - 1))
    await session.finish()
    expect(session.lastFrame?.progress).toMatchObject({ stoppedEarly: true, epoch: stop })
    // It stays what it is until somebody goes on.
    expect(await session.request('setEpochs', { epochs: stop + 9 })).toMatchObject({
      state: 'finished',
      stoppedEarly: true,
      epochs: stop + 9
    })
  })

  test('is all done, not stopped early, when its last epoch is the one', async () => {
    const { stop } = await expected()
    const session = await load(stop)
    await session.finish()
    expect(session.lastFrame?.progress).toMatchObject({ state: 'finished', stoppedEarly: false, epoch: stop })
  })

  test('may stop early in a single step', async () => {
    const { stop } = await expected()
    const session = await load(ENDLESS)
    for (let step = 1; step < stop * STEPS_PER_EPOCH; step++) await session.request('step', {})
    expect(await session.request('step', {})).toMatchObject({ state: 'finished', stoppedEarly: true, epoch: stop })
  })

  test('has the weights of the moment when a person stops it', async () => {
    const session = await load(ENDLESS)
    for (let step = 0; step < 2 * STEPS_PER_EPOCH + 1; step++) await session.request('step', {})
    expect(await session.request('stop', {})).toMatchObject({ state: 'stopped', stoppedEarly: false })
    const { step, epoch, record } = await session.request('weights', {})
    expect([step, epoch, record?.epoch]).toEqual([2 * STEPS_PER_EPOCH + 1, 2, 2])
  })
})

describeEngines('a run with a schedule and dropout', (engine) => {
  const network = withDropout(plan, [0.25, 0.5])
  const schedule = { type: 'cosine', endShare: 0.1, warmupEpochs: 1 } as const
  const load = async (changes: Parameters<typeof loadParams>[2] = {}): Promise<Session> => {
    const session = sessions.open(engine)
    await session.request('load', loadParams(sessions.manifestPath, network, { schedule, ...changes }))
    return session
  }

  test('trains as the trainer does and tells the rate of every epoch', async () => {
    const session = await load({ epochs: 8, everyEpoch: true, threads: 1 })
    await session.finish()
    const { chunk, weights } = await trainDirectly(engine, 8 * STEPS_PER_EPOCH, {
      ...direct,
      network,
      schedule,
      epochs: 8
    })
    expect(await weightsOf(session)).toEqual(single(weights))
    expect(session.epochs.map(({ learningRate }) => learningRate)).toEqual(
      chunk.epochs.map(({ learningRate }) => learningRate)
    )
    expect(session.epochs[0]?.learningRate).toBe(0.01)
    expect(session.lastFrame?.progress.learningRate).toBe(0.01)
    expect(session.lastFrame?.progress.scheduledRate).toBeCloseTo(0.001, 14)
  })

  test('says the rate of the next step', async () => {
    const session = await load({ epochs: 8 })
    expect((await session.request('pause', {})).scheduledRate).toBeCloseTo(0.01 / STEPS_PER_EPOCH, 14)
    expect((await session.request('step', {})).scheduledRate).toBeCloseTo(0.02 / STEPS_PER_EPOCH, 14)
    const changed = await session.request('setLearningRate', { learningRate: 0.06 })
    expect(changed.learningRate).toBe(0.06)
    expect(changed.scheduledRate).toBeCloseTo(0.12 / STEPS_PER_EPOCH, 14)
    // A mark is about the rate that was set.
    await session.request('step', {})
    expect(session.frames.flatMap((frame) => frame.marks)).toEqual([{ step: 1, learningRate: 0.06 }])
  })

  test('stretches its schedule over new epochs', async () => {
    const session = await load({ epochs: 4 })
    for (let step = 0; step < 2 * STEPS_PER_EPOCH; step++) await session.request('step', {})
    const { scheduledRate } = await session.request('setEpochs', { epochs: 9 })
    expect(scheduledRate).toBeCloseTo(0.01 * (0.1 + (0.9 * (1 + Math.cos(Math.PI / 8))) / 2), 14)
    await session.finish()
    const expected = await withTrainer(engine, { ...direct, network, schedule, epochs: 4 }, async (trainer) => {
      await trainer.run(steps(2 * STEPS_PER_EPOCH))
      trainer.setEpochs(9)
      await trainer.run(steps(7 * STEPS_PER_EPOCH))
      return trainer.weights()
    })
    expect(await weightsOf(session)).toEqual(single(expected))
  })

  test('predicts with all units', async () => {
    const { features, count } = randomSamples(plan, 5)
    const session = await load()
    const weights = await weightsOf(session)
    const outputs = async (of: typeof plan): Promise<Float32Array> =>
      (await session.request('predict', { network: of, weights, features: Float32Array.from(features), count })).outputs
    expect(await outputs(network)).toEqual(await outputs(plan))
  })
})
