import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder'
import { describeEngines } from './engines'
import { loadParams, type LoadParams } from './session-client'
import {
  plan,
  STEPS_PER_EPOCH,
  trainDirectly,
  useSessions,
  weightsOf,
  single,
  ENDLESS,
  direct
} from './session-fixture'

const folder = temporaryFolder()
let files = 0
const newFile = (): string => join(folder, `run-${files++}.checkpoint`)

describeEngines('checkpoints of a session', (engine) => {
  const sessions = useSessions()
  const EPOCHS = 30
  const params = (path: string, resume: boolean, changes: Partial<LoadParams> = {}): LoadParams =>
    loadParams(sessions.manifestPath, plan, {
      epochs: EPOCHS,
      everyEpoch: true,
      earlyStopping: { patience: 1000, minimumImprovement: 0 },
      checkpoints: { path, resume },
      ...changes
    })

  test('a run that another process goes on with ends as if it had never been interrupted', async () => {
    const whole = sessions.open(engine)
    await whole.request('load', params(newFile(), false))
    await whole.finish()

    const path = newFile()
    const first = sessions.open(engine)
    const started = await first.request('load', params(path, false))
    expect(started.resumed).toBeNull()
    for (let step = 0; step < 2 * STEPS_PER_EPOCH + 2; step++) await first.request('step', {})
    const written = await first.request('checkpoint', {})
    expect(written).toEqual({ step: 14, epoch: 2, bytes: readFileSync(path).length })
    // Whatever the first one does from here on has been in vain.
    await first.request('step', {})
    first.close()

    const second = sessions.open(engine)
    const { resumed, progress } = await second.request('load', params(path, true))
    expect(resumed).toEqual({ step: written.step, epoch: 2, exact: true })
    expect(progress).toMatchObject({ state: 'paused', step: written.step, epoch: 2, epochs: EPOCHS })
    await second.finish()
    expect(second.stepsReceived).toBe(EPOCHS * STEPS_PER_EPOCH - written.step)
    const beginning = second.frames.find(({ steps }) => steps.last.length > 0)?.steps
    expect((beginning?.last[0] ?? 0) - (beginning?.count[0] ?? 0)).toBe(written.step)
    const without = <T extends { seconds: number }>(records: readonly T[]): T[] =>
      records.map((record) => ({ ...record, seconds: 0 }))
    expect(without(second.epochs)).toEqual(without(whole.epochs.slice(2)))
    const [found, expected] = [await second.request('weights', {}), await whole.request('weights', {})]
    expect({ ...found, record: null }).toEqual({ ...expected, record: null })
    expect(found.record?.epoch).toBe(expected.record?.epoch)
  })

  test('every checkpoint is told when it is on the disk, and a run that rests has one', async () => {
    const path = newFile()
    const session = sessions.open(engine)
    await session.request('load', params(path, false, { earlyStopping: null }))
    await session.finish()
    await expect.poll(() => session.checkpoints.at(-1)).toMatchObject({ step: EPOCHS * STEPS_PER_EPOCH, epoch: EPOCHS })
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([])

    const again = sessions.open(engine)
    const { progress } = await again.request('load', params(path, true, { earlyStopping: null }))
    expect(progress.state).toBe('finished')
    expect(await weightsOf(again)).toEqual(
      single((await trainDirectly(engine, EPOCHS * STEPS_PER_EPOCH, direct)).weights)
    )
  })

  test('what a person changed is kept', async () => {
    const path = newFile()
    const session = sessions.open(engine)
    await session.request('load', params(path, false))
    await session.request('step', {})
    await session.request('setLearningRate', { learningRate: 0.5 })
    await session.request('setEpochs', { epochs: 77 })
    await session.request('checkpoint', {})
    const again = sessions.open(engine)
    const { progress } = await again.request('load', params(path, true))
    expect(progress).toMatchObject({ step: 1, epochs: 77, learningRate: 0.5 })
  })

  test('a checkpoint that does not belong to the run is refused, and says why', async () => {
    const path = newFile()
    const session = sessions.open(engine)
    await session.request('load', params(path, false))
    await session.request('checkpoint', {})
    const cases: [Partial<LoadParams>, string][] = [
      [{ seed: 2 }, 'seed 1, not 2'],
      [{ batchSize: 9 }, 'other training settings'],
      [{ network: { ...plan, loss: 'meanSquaredError' } }, 'another network']
    ]
    for (const [changes, words] of cases) {
      await expect(sessions.open(engine).request('load', params(path, true, changes))).rejects.toMatchObject({
        code: 'invalidCheckpoint',
        details: { problem: 'foreign' },
        message: expect.stringContaining(words)
      })
    }
    await expect(sessions.open(engine).request('load', params(newFile(), true))).rejects.toMatchObject({
      code: 'notFound'
    })
    writeFileSync(path, readFileSync(path).subarray(0, 300))
    const refused = sessions.open(engine)
    await expect(refused.request('load', params(path, true))).rejects.toMatchObject({
      code: 'invalidCheckpoint',
      details: { problem: 'damaged' }
    })
    expect(await refused.request('ping', {})).toEqual({ step: null, computing: null })
  })

  test('a folder that is gone is told once, and training goes on', async () => {
    const path = join(folder, 'gone', 'run.checkpoint')
    const session = sessions.open(engine)
    await session.request('load', params(path, false))
    await expect(session.request('checkpoint', {})).rejects.toMatchObject({ code: 'writeFailed' })
    await expect(session.request('checkpoint', {})).rejects.toMatchObject({ code: 'writeFailed' })
    expect(session.checkpointFailures.map(({ code }) => code)).toEqual(['writeFailed'])
    await session.finish()
    expect(existsSync(path)).toBe(false)
  })

  test('a ping is answered while the engine computes', async () => {
    const session = await sessions.loaded(engine, { epochs: ENDLESS })
    await session.request('resume', {})
    const { step, computing } = await session.request('ping', {})
    expect(step).toBeGreaterThanOrEqual(0)
    if (computing !== null) expect(computing.limit).toBeGreaterThan(5000)
    await session.request('pause', {})
    expect(await session.request('ping', {})).toMatchObject({ computing: null })
  })
})
