import { expect, test } from 'vitest'
import { progressAt } from '../support/progress'
import { describeEngines, describeNative } from './engines'
import { optimizers, randomSamples, runSteps, withTrainer } from './networks'
import { loadParams } from './session-client'
import { relativeError } from './tolerances'
import {
  ENDLESS,
  STEPS_PER_EPOCH,
  direct,
  plan,
  single,
  train,
  trainDirectly,
  weightsOf,
  useSessions
} from './session-fixture'

const sessions = useSessions()

describeEngines('a run', (engine) => {
  test('is loaded paused, with a description', async () => {
    const session = sessions.open(engine)
    const { description, progress } = await session.request('load', loadParams(sessions.manifestPath, plan))
    expect(description).toEqual({
      engine: engine.name,
      layers: [
        { id: 'dense-1', inputs: 4, units: 8 },
        { id: 'dense-2', inputs: 8, units: 3 }
      ],
      metric: 'accuracy',
      parameters: 8 * 5 + 3 * 9,
      memoryBytes: description.memoryBytes,
      trainRows: 43,
      validationRows: 11,
      classWeights: null
    })
    expect(description.memoryBytes).toBeGreaterThan(0)
    expect(progress).toEqual({ ...progressAt('paused', 0), epochs: 5, stepsPerEpoch: STEPS_PER_EPOCH })
    expect(await session.request('pause', {})).toEqual(progress)
    expect(session.frames).toEqual([])
  })

  test('goes through all epochs and tells every step exactly once', async () => {
    const session = await sessions.loaded(engine, { epochs: 40 })
    await session.finish()
    const expected = await trainDirectly(engine, 40 * STEPS_PER_EPOCH)
    expect(session.stepsReceived).toBe(40 * STEPS_PER_EPOCH)
    const last = session.lastFrame
    expect(last?.progress).toMatchObject({ state: 'finished', step: 240, epoch: 40, epochs: 40, learningRate: 0.01 })
    expect(last?.progress.seconds).toBeGreaterThan(0)
    expect(last?.progress.stepsPerSecond).toBeGreaterThan(0)
    expect(session.frames.map((frame) => frame.sequence)).toEqual(session.frames.map((_, index) => index + 1))
    expect(await weightsOf(session)).toEqual(single(expected.weights))

    // Buckets follow each other without gaps, and their means are those of the steps they cover.
    const losses = Array.from(expected.chunk.loss)
    let covered = 0
    for (const { steps: buckets } of session.frames) {
      for (const [index, count] of buckets.count.entries()) {
        const of = losses.slice(covered, covered + count)
        covered += count
        expect(buckets.last[index]).toBe(covered)
        expect(buckets.loss.mean[index]).toBeCloseTo(of.reduce((sum, loss) => sum + loss, 0) / count, 12)
        expect([buckets.loss.min[index], buckets.loss.max[index]]).toEqual([Math.min(...of), Math.max(...of)])
      }
    }
    const norms = expected.chunk.gradientNorms
    const lastBuckets = session.frames.filter((frame) => frame.steps.count.length > 0).at(-1)?.steps
    expect(lastBuckets?.count.at(-1)).toBe(1)
    expect(lastBuckets?.gradientNorms.map((envelope) => envelope.mean.at(-1))).toEqual(Array.from(norms.slice(-2)))
    expect(lastBuckets?.updateRatios.map((envelope) => envelope.max.at(-1))).toEqual(
      Array.from(expected.chunk.updateRatios.slice(-2))
    )
  })

  test('tells every epoch when asked to, with mean gradient norms', async () => {
    const session = await sessions.loaded(engine, { epochs: 300, everyEpoch: true })
    await session.finish()
    const { chunk } = await trainDirectly(engine, 300 * STEPS_PER_EPOCH)
    expect(session.epochs.map(({ gradientNorms: _, seconds: __, ...rest }) => rest)).toEqual(chunk.epochs)
    for (const [index, record] of session.epochs.entries()) {
      const sums = [0, 0]
      for (let i = index * STEPS_PER_EPOCH * 2; i < (index + 1) * STEPS_PER_EPOCH * 2; i++)
        sums[i % 2] = (sums[i % 2] ?? 0) + (chunk.gradientNorms[i] ?? 0)
      expect(
        relativeError(
          record.gradientNorms.map(Number),
          sums.map((sum) => sum / STEPS_PER_EPOCH)
        )
      ).toBeLessThan(1e-12)
    }
    const seconds = session.epochs.map((record) => record.seconds)
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b))
  })

  test('thins epochs out otherwise, but never the last', async () => {
    const session = await sessions.loaded(engine, { epochs: 300 })
    session.acknowledging = false
    await session.request('resume', {})
    // Only two frames fit until the first acknowledgement, so the rest of the run ends up in one.
    while ((await session.request('pause', {})).state !== 'finished') await session.request('resume', {})
    session.acknowledging = true
    await session.request('acknowledge', { sequence: 2 })
    await session.until(() => session.lastFrame?.progress.state === 'finished')
    const { chunk } = await trainDirectly(engine, 300 * STEPS_PER_EPOCH)
    expect(session.epochs.length).toBeLessThan(300)
    expect(session.epochs.at(-1)).toMatchObject(chunk.epochs.at(-1) ?? {})
    for (const record of session.epochs) expect(record).toMatchObject(chunk.epochs[record.epoch - 1] ?? {})
  })

  test('pauses between two steps and goes on as if nothing had been', async () => {
    const session = await sessions.loaded(engine, { epochs: ENDLESS })
    await session.request('resume', {})
    for (let pause = 1; pause <= 5; pause++) {
      await session.until(() => (session.lastFrame?.progress.step ?? 0) > pause)
      const paused = await session.request('pause', {})
      expect(paused.state).toBe('paused')
      // Everything up to the pause is told before it is answered.
      expect(session.stepsReceived).toBe(paused.step)
      expect((await session.request('weights', {})).step).toBe(paused.step)
      expect((await session.request('resume', {})).state).toBe('running')
    }
    const { step } = await session.request('stop', {})
    const expected = await trainDirectly(engine, step)
    expect(await weightsOf(session)).toEqual(single(expected.weights))
  })

  test('makes single steps', async () => {
    const session = await sessions.loaded(engine, { epochs: ENDLESS })
    const { chunk } = await trainDirectly(engine, 3)
    for (let step = 1; step <= 3; step++) {
      expect(await session.request('step', {})).toMatchObject({ state: 'paused', step })
      expect(session.lastFrame?.steps).toMatchObject({
        last: [step],
        count: [1],
        loss: { mean: [chunk.loss[step - 1]] }
      })
    }
    await session.request('resume', {})
    const { step } = await session.request('step', {})
    expect(step).toBeGreaterThan(3)
    expect(session.stepsReceived).toBe(step)
  })

  test('a single step can be the last one', async () => {
    const session = await sessions.loaded(engine, { epochs: 1, batchSize: 43 })
    expect(await session.request('step', {})).toMatchObject({ state: 'finished', step: 1, epoch: 1 })
    await expect(session.request('step', {})).rejects.toMatchObject({
      code: 'invalidArgument',
      message: 'All 1 epochs are done. Set more epochs to go on.'
    })
    await expect(session.request('resume', {})).rejects.toMatchObject({ code: 'invalidArgument' })
  })

  test('single steps include the evaluation at the end of an epoch, however long it takes', async () => {
    const many = randomSamples(plan, 20_000, 7)
    const path = await sessions.folder.write({ plan, train, validation: many })
    const session = sessions.open(engine)
    await session.request('load', loadParams(path, plan, { epochs: 2, batchSize: 43 }))
    expect(await session.request('step', {})).toMatchObject({ state: 'paused', step: 1, epoch: 1 })
    expect(await session.request('step', {})).toMatchObject({ state: 'finished', step: 2, epoch: 2 })
    const options = { ...direct, batchSize: 43, validation: many }
    expect(session.epochs).toMatchObject((await trainDirectly(engine, 2, options)).chunk.epochs)
  })

  test('stops, and may be resumed after that', async () => {
    const session = await sessions.loaded(engine, { epochs: ENDLESS })
    await session.request('resume', {})
    await session.until(() => (session.lastFrame?.progress.step ?? 0) > 0)
    const stopped = await session.request('stop', {})
    expect(stopped.state).toBe('stopped')
    expect(session.lastFrame?.progress).toEqual(stopped)
    expect((await session.request('pause', {})).state).toBe('stopped')
    const epochs = stopped.epoch + 3
    expect((await session.request('setEpochs', { epochs })).state).toBe('stopped')
    await session.finish()
    expect((await session.request('stop', {})).state).toBe('finished')
    const expected = await trainDirectly(engine, epochs * STEPS_PER_EPOCH)
    expect(await weightsOf(session)).toEqual(single(expected.weights))
  })

  test('answers requests while it trains', async () => {
    const session = await sessions.loaded(engine, { epochs: ENDLESS })
    await session.request('resume', {})
    const first = await session.request('weights', {})
    expect((await session.request('engine', {})).name).toBe(engine.name)
    await session.until(() => (session.lastFrame?.progress.step ?? 0) > first.step)
    const second = await session.request('weights', {})
    expect(second.step).toBeGreaterThan(first.step)
    expect(session.lastFrame?.progress.state).toBe('running')
    const expected = await trainDirectly(engine, first.step)
    expect(first.weights).toEqual(single(expected.weights))
  })

  test('takes a new learning rate while it trains, marks the step and keeps the optimizer state', async () => {
    const session = await sessions.loaded(engine, { epochs: ENDLESS })
    await session.request('resume', {})
    await session.until(() => (session.lastFrame?.progress.step ?? 0) > 0)
    expect(await session.request('setLearningRate', { learningRate: 0.002 })).toMatchObject({
      state: 'running',
      learningRate: 0.002
    })
    await session.until(() => session.frames.some((frame) => frame.marks.length > 0))
    const { step } = await session.request('pause', {})
    const marks = session.frames.flatMap((frame) => frame.marks)
    const changed = marks[0]?.step ?? 0
    expect(marks).toEqual([{ step: changed, learningRate: 0.002 }])
    expect(step).toBeGreaterThan(changed)
    const expected = await withTrainer(engine, direct, async (trainer) => {
      await runSteps(trainer, changed)
      trainer.setLearningRate(0.002)
      await runSteps(trainer, step - changed)
      return trainer.weights()
    })
    expect(await weightsOf(session)).toEqual(single(expected))
  })

  test('a learning rate changed before the first step, or to what it was, is no mark', async () => {
    const session = await sessions.loaded(engine)
    expect(await session.request('setLearningRate', { learningRate: 0.5 })).toMatchObject({ learningRate: 0.5 })
    await session.request('step', {})
    await session.request('setLearningRate', { learningRate: 0.5 })
    await session.request('step', {})
    expect(session.frames.flatMap((frame) => frame.marks)).toEqual([])
    const { weights } = await trainDirectly(engine, 2, {
      ...direct,
      optimizer: { ...optimizers.adam, learningRate: 0.5 }
    })
    expect(await weightsOf(session)).toEqual(single(weights))
  })

  test('takes more epochs after its end and goes on with all its state', async () => {
    const session = await sessions.loaded(engine, { epochs: 3 })
    await session.finish()
    expect(await session.request('setEpochs', { epochs: 7 })).toMatchObject({ state: 'paused', epoch: 3, epochs: 7 })
    expect(session.lastFrame?.progress).toMatchObject({ state: 'paused', epochs: 7 })
    await session.finish()
    expect(session.lastFrame?.progress).toMatchObject({ state: 'finished', epoch: 7, step: 42 })
    expect(await weightsOf(session)).toEqual(single((await trainDirectly(engine, 42)).weights))
  })

  test('takes fewer epochs, but not fewer than are done', async () => {
    const session = await sessions.loaded(engine, { epochs: 10 })
    for (let step = 0; step < 2 * STEPS_PER_EPOCH; step++) await session.request('step', {})
    await expect(session.request('setEpochs', { epochs: 1 })).rejects.toMatchObject({
      code: 'invalidArgument',
      message: '2 epochs are done already: the number of epochs cannot become 1.'
    })
    expect(await session.request('setEpochs', { epochs: 2 })).toMatchObject({ state: 'finished', epochs: 2 })
    expect(await session.request('setEpochs', { epochs: 3 })).toMatchObject({ state: 'paused', epochs: 3 })
    await session.finish()
    expect(session.lastFrame?.progress).toMatchObject({ step: 3 * STEPS_PER_EPOCH, epoch: 3 })
  })

  test('takes a new number of epochs while it trains', async () => {
    const session = await sessions.loaded(engine, { epochs: ENDLESS })
    await session.request('resume', {})
    await session.until(() => (session.lastFrame?.progress.epoch ?? 0) > 0)
    const { epoch } = await session.request('setEpochs', { epochs: ENDLESS - 1 })
    // More than are done until the request arrives.
    const epochs = epoch + (engine.name === 'native' ? 20_000 : 2000)
    await session.request('setEpochs', { epochs })
    await session.until(() => session.lastFrame?.progress.state === 'finished')
    expect(session.lastFrame?.progress).toMatchObject({ epoch: epochs, step: epochs * STEPS_PER_EPOCH })
  })
})

describeEngines('acknowledgement', (engine) => {
  test('never more than two frames are on their way, and nothing is lost meanwhile', async () => {
    const session = await sessions.loaded(engine, { epochs: ENDLESS, everyEpoch: true })
    session.acknowledging = false
    let progress = await session.request('resume', {})
    while (progress.epoch < 200) {
      progress = await session.request('pause', {})
      await session.request('resume', {})
    }
    progress = await session.request('stop', {})
    expect(session.frames.length).toBe(2)
    expect(session.stepsReceived).toBeLessThan(progress.step)

    await session.request('acknowledge', { sequence: 1 })
    expect(session.frames.length).toBe(3)
    expect(session.stepsReceived).toBe(progress.step)
    expect(session.lastFrame?.steps.count.length).toBeLessThanOrEqual(65)
    expect(session.lastFrame?.progress).toEqual(progress)
    expect(session.epochs.map((record) => record.epoch)).toEqual(
      Array.from({ length: progress.epoch }, (_, i) => i + 1)
    )

    // The second frame is still out, so there is room for one more only.
    await session.request('step', {})
    await session.request('step', {})
    expect(session.frames.length).toBe(3)
    await session.request('acknowledge', { sequence: 3 })
    expect(session.frames.length).toBe(4)
    expect(session.stepsReceived).toBe(progress.step + 2)
  })

  test('a pause is answered although nobody takes frames in', async () => {
    const session = await sessions.loaded(engine, { epochs: ENDLESS, everyEpoch: true, batchSize: 43 })
    session.acknowledging = false
    await session.request('resume', {})
    expect((await session.request('pause', {})).state).toBe('paused')
  })
})

// Epochs of one step each come fast enough only from the native engine.
describeNative('a reader that stopped reading', (engine) => {
  test('makes training wait before the epochs it must not lose fill the memory', async () => {
    const session = await sessions.loaded(engine, { epochs: ENDLESS, everyEpoch: true, batchSize: 43 })
    session.acknowledging = false
    await session.request('resume', {})
    let now = await session.request('weights', {})
    for (let unchanged = 0; now.epoch < 20_000 || unchanged < 3;) {
      const next = await session.request('weights', {})
      unchanged = next.step === now.step ? unchanged + 1 : 0
      now = next
    }
    expect((await session.request('pause', {})).epoch).toBe(now.epoch)
    expect(session.frames.length).toBe(2)
    await session.request('acknowledge', { sequence: 2 })
    expect(session.epochs.map((record) => record.epoch)).toEqual(Array.from({ length: now.epoch }, (_, i) => i + 1))
  })
})
