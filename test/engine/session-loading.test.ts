import { truncate, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeEngines } from './engines'
import { chain } from './networks'
import { manifestOf } from './prepared'
import { loadParams } from './session-client'
import {
  direct,
  ENDLESS,
  STEPS_PER_EPOCH,
  plan,
  single,
  train,
  trainDirectly,
  validation,
  weightsOf,
  useSessions
} from './session-fixture'

const sessions = useSessions()

describeEngines('loading', (engine) => {
  test('without a run there is nothing to steer', async () => {
    const session = sessions.open(engine)
    for (const name of ['resume', 'pause', 'step', 'stop', 'weights'] as const) {
      await expect(session.request(name, {})).rejects.toMatchObject({
        code: 'notFound',
        message: 'No training run is loaded.'
      })
    }
    expect(await session.request('acknowledge', { sequence: 1 })).toBeNull()
  })

  test('replaces a run that trains; its frames end and the new ones count from 1', async () => {
    const session = await sessions.loaded(engine, { epochs: ENDLESS })
    await session.request('resume', {})
    await session.until(() => session.frames.length > 1)
    await session.request('load', loadParams(sessions.manifestPath, plan, { seed: 5, epochs: 2 }))
    session.frames.length = 0
    await session.finish()
    expect(session.frames[0]?.sequence).toBe(1)
    expect(session.lastFrame?.progress.step).toBe(2 * STEPS_PER_EPOCH)
    expect(session.stepsReceived).toBe(2 * STEPS_PER_EPOCH)
    expect(await weightsOf(session)).toEqual(single((await trainDirectly(engine, 12, { ...direct, seed: 5 })).weights))
  })

  test('starts from given weights', async () => {
    const initialWeights = single((await trainDirectly(engine, 10)).weights)
    const session = await sessions.loaded(engine, { initialWeights })
    expect(await weightsOf(session)).toEqual(initialWeights)
    await expect(
      session.request('load', loadParams(sessions.manifestPath, plan, { initialWeights: [Float32Array.of(1)] }))
    ).rejects.toMatchObject({
      code: 'invalidArgument'
    })
  })

  describe('refuses', () => {
    const parts = { plan, train, validation }
    const refused = async (path: string, error: { code: string; message: RegExp }, network = plan): Promise<void> => {
      const session = sessions.open(engine)
      await expect(session.request('load', loadParams(path, network))).rejects.toMatchObject({
        code: error.code,
        message: expect.stringMatching(error.message) as string
      })
      await expect(session.request('resume', {})).rejects.toMatchObject({ code: 'notFound' })
    }
    const file = (path: string, name: string): string => join(dirname(path), name)

    test('a manifest that is not there', () => {
      return refused('/nowhere/manifest.json', {
        code: 'notFound',
        message: /incomplete: \/nowhere\/manifest\.json cannot be read \(ENOENT.*Prepare the data again\.$/
      })
    })
    test('a manifest that is not JSON', async () => {
      const path = await sessions.folder.write(parts)
      await writeFile(path, '{"format":')
      await refused(path, { code: 'invalidData', message: /manifest\.json is not valid: it is not valid JSON/ })
    })
    test('a manifest of another kind', async () => {
      const path = await sessions.folder.write(parts, { format: 'something-else' })
      await refused(path, { code: 'invalidData', message: /manifest\.json is not valid: at format: / })
    })
    test('features of another size', async () => {
      const path = await sessions.folder.write(parts)
      await truncate(file(path, 'features.f32'), 860)
      await refused(path, {
        code: 'invalidData',
        message: /features\.f32 is not valid: expected 54 rows × 4 numbers × 4 bytes = 864 bytes, found 860\. Prepare/
      })
    })
    test('targets of another size', async () => {
      const path = await sessions.folder.write(parts, { rows: { train: 43, validation: 11, test: 1 }, inputs: 4 })
      await refused(path, {
        code: 'invalidData',
        message: /features\.f32 is not valid: expected 55 rows × 4 numbers × 4 bytes = 880 bytes, found 864/
      })
      const other = await sessions.folder.write(parts)
      await writeFile(file(other, 'targets.f32'), new Uint8Array(4))
      await refused(other, {
        code: 'invalidData',
        message: /targets\.f32 is not valid: expected 54 rows × 3 numbers × 4 bytes = 648 bytes, found 4/
      })
    })
    test('files that are not there', async () => {
      const path = await sessions.folder.write(parts)
      await unlink(file(path, 'targets.f32'))
      await refused(path, { code: 'notFound', message: /incomplete: .*targets\.f32 cannot be read \(ENOENT/ })
    })
    test.each(['../features.f32', '/etc/passwd', '..', ''])('the file name "%s"', async (features) => {
      const path = await sessions.folder.write(parts, { files: { features, targets: 'targets.f32' } })
      await refused(path, {
        code: 'invalidData',
        message: /it names the file ".*", but only files beside it are allowed/
      })
    })
    test('numbers that are not finite', async () => {
      const features = Float32Array.from(train.features)
      features[9] = Number.NaN
      const path = await sessions.folder.write({ plan, train: { ...train, features } })
      await refused(path, {
        code: 'invalidData',
        message: /features\.f32 is not valid: sample 2, number 1 \(both counted from 0\) is NaN/
      })
    })
    test('no training rows', async () => {
      const path = await sessions.folder.write({
        plan,
        train: { count: 0, features: new Float32Array(0), targets: new Float32Array(0) },
        validation
      })
      await refused(path, { code: 'invalidData', message: /^"table\.csv" has no training rows\./ })
    })
    test('a network of another size', async () => {
      const wide = chain([5, 3], ['softmax'], 'crossEntropy')
      await refused(
        sessions.manifestPath,
        { code: 'invalidArgument', message: /^The network takes 5 features, but "table\.csv" was prepared with 4\./ },
        wide
      )
      const outputs = chain([4, 2], ['softmax'], 'crossEntropy')
      await refused(
        sessions.manifestPath,
        { code: 'invalidArgument', message: /^The network puts out 2 values, but "table\.csv" was prepared with 3\./ },
        outputs
      )
    })
  })

  test('a manifest the tests rely on is a valid one', () => {
    expect(manifestOf({ plan, train }).rows.train).toBe(43)
  })
})
