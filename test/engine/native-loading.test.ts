import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadEngineAddon, type AddonTrainerOptions } from '../../src/engine/native-addon'
import { loadNativeEngine } from '../../src/engine/native-engine'
import type { Engine } from '../../src/engine/engine'
import { referenceEngine } from '../../src/engine/reference'
import { describeNative } from './engines'
import { chain, optimizers, randomSamples, steps, trainerOptions, withDropout, withTrainer } from './networks'
import { relativeError, tolerances } from './tolerances'

const built = fileURLToPath(new URL('../../build/Release/lamina_engine.node', import.meta.url))

describe('finding the addon', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lamina-addon-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const from = (...path: string[]): string => pathToFileURL(join(folder, ...path)).href

  test('where there is none, says where it looked and what to do', () => {
    expect(loadEngineAddon(from('out', 'main', 'index.js'))).toEqual({
      addon: null,
      reason: expect.stringMatching(/no build.Release.lamina_engine\.node in .*main or above it.*npm run build:native/)
    })
  })

  test('where it is damaged, says so', () => {
    const path = join(folder, 'build', 'Release', 'lamina_engine.node')
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, 'not a library')
    expect(loadEngineAddon(from('out', 'main', 'index.js'))).toEqual({
      addon: null,
      reason: expect.stringContaining(`${path} could not be loaded`)
    })
  })
})

describe('loadNativeEngine', () => {
  test('is switched off by LAMINA_ENGINE=reference', () => {
    expect(loadNativeEngine({ LAMINA_ENGINE: 'reference' })).toEqual({
      engine: null,
      reason: expect.stringContaining('switched off')
    })
  })
})

describeNative('loadNativeEngine', (engine) => {
  test('finds the addon beside a packaged application', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lamina-addon-'))
    try {
      const unpacked = join(folder, 'app.asar.unpacked', 'build', 'Release')
      mkdirSync(unpacked, { recursive: true })
      copyFileSync(built, join(unpacked, 'lamina_engine.node'))
      const start = pathToFileURL(join(folder, 'app.asar', 'out', 'main', 'chunks', 'worker.js')).href
      expect(loadEngineAddon(start)).toEqual({ addon: expect.objectContaining({ version: expect.any(String) }) })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('says what it is', () => {
    expect([engine.name, engine.precision]).toEqual(['native', 'float32'])
    expect(engine.description).toMatch(
      /^Native engine \d+\.\d+\.\d+: C\+\+, float32, (portable|neon|avx2|avx512) instruct/
    )
  })

  test('refuses an instruction set it does not know', () => {
    expect(loadNativeEngine({ LAMINA_ISA: 'mmx' })).toEqual({
      engine: null,
      reason: expect.stringContaining('expected portable, neon, avx2 or avx512')
    })
  })
})

describeNative('instruction sets', () => {
  const plan = chain([13, 40, 21, 3], ['gelu', 'silu', 'softmax'], 'crossEntropy')
  const options = trainerOptions(plan, randomSamples(plan, 64), { batchSize: 20, optimizer: optimizers.adam })
  const outcome = (by: Engine): Promise<{ loss: Float64Array; weights: Float64Array }> =>
    withTrainer(by, options, async (trainer) => {
      const { loss } = await trainer.run(steps(30))
      return { loss, weights: Float64Array.from(trainer.weights().flatMap((w) => Array.from(w))) }
    })
  const engines = new Map<string, Engine>()
  for (const name of ['portable', 'avx2', 'avx512']) {
    const { engine } = loadNativeEngine({ LAMINA_ISA: name })
    if (engine !== null) engines.set(name, engine)
  }

  test.each([...engines.keys()])('%s trains as the reference does', async (name) => {
    const engine = engines.get(name)
    const [found, expected] = [await outcome(engine ?? referenceEngine), await outcome(referenceEngine)]
    expect(engine?.description).toContain(`${name} instructions`)
    expect(relativeError(found.loss, expected.loss)).toBeLessThan(tolerances.native.trajectory)
    expect(relativeError(found.weights, expected.weights)).toBeLessThan(tolerances.native.trajectory)
  })

  const [avx2, avx512] = [engines.get('avx2'), engines.get('avx512')]
  test.skipIf(avx2 === undefined || avx512 === undefined)('avx2 and avx512 agree bit for bit', async () => {
    expect(await outcome(avx512 ?? referenceEngine)).toEqual(await outcome(avx2 ?? referenceEngine))
  })
})

describeNative('the addon itself', () => {
  const loaded = loadEngineAddon(import.meta.url)
  const plan = chain([4, 6, 3], ['tanh', 'softmax'], 'crossEntropy')
  const samples = randomSamples(plan, 10)
  const sound: AddonTrainerOptions = {
    ...trainerOptions(plan, samples),
    threads: 0,
    sharesAlways: false,
    memoryLimit: 2 ** 30,
    instructionSet: ''
  }
  const make = (changes: object): unknown => {
    if (loaded.addon === null) throw new Error(loaded.reason)
    return new loaded.addon.Trainer({ ...sound, ...changes })
  }
  const last = { type: 'activation', id: 'a', input: 3, units: 3, function: 'softmax' }

  test.each([
    ['no features', { train: { ...samples, features: new Float32Array(0) } }],
    ['few targets', { train: { ...samples, targets: new Float32Array(29) } }],
    ['another type of array', { train: { ...samples, features: new Int32Array(40) } }],
    ['no array', { train: { ...samples, features: Array(40).fill(0) } }],
    ['a negative count', { train: { ...samples, count: -1 } }],
    ['a count beyond memory', { train: { ...samples, count: 2 ** 52 } }],
    ['few features of validation', { validation: { ...samples, features: new Float32Array(39) } }],
    ['a batch of none', { batchSize: 0 }],
    ['a seed beyond 32 bits', { seed: 2 ** 32 }],
    ['a later value', { network: { ...plan, operations: [{ ...plan.operations[0], input: 1 }] } }],
    ['a misfit of units', { network: { ...plan, operations: [{ ...plan.operations[0], inputs: 5 }] } }],
    ['other outputs', { network: { ...plan, outputs: 4 } }],
    ['dropout of everything', { network: withDropout(plan, [1]) }],
    ['an unknown schedule', { schedule: { type: 'stairs', warmupEpochs: 0 } }],
    ['a schedule that raises the rate', { schedule: { type: 'exponential', factor: 2, warmupEpochs: 0 } }],
    ['an unknown operation', { network: { ...plan, operations: [{ ...last, type: 'pool' }] } }],
    ['an unknown function', { network: { ...plan, operations: [{ ...last, function: 'step' }] } }],
    ['no operations', { network: { ...plan, operations: [] } }],
    ['an unknown loss', { network: { ...plan, loss: 'hinge' } }],
    ['an unknown optimizer', { optimizer: { type: 'lion', learningRate: 0.1 } }],
    ['no options at all', { network: undefined }]
  ])('refuses %s by itself', (_what, changes) => {
    expect(() => make(changes)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^invalid(Argument|Design)$/) })
    )
  })

  test('makes a trainer of sound options', () => {
    expect(make({})).toHaveProperty('run')
  })

  test('a thread may be terminated while a chunk is under way', async () => {
    const wide = chain([400, 800, 3], ['tanh', 'softmax'], 'crossEntropy')
    const options = { ...sound, network: wide, train: randomSamples(wide, 256), batchSize: 256 }
    const source = `
      const { parentPort, workerData } = require('node:worker_threads')
      const { Trainer } = require(workerData.addon)
      new Trainer(workerData.options).run(50, Infinity)
      parentPort.postMessage('running')
    `
    const worker = new Worker(source, { eval: true, workerData: { addon: built, options } })
    await new Promise((resolve) => worker.once('message', resolve))
    // Its run may have ended by itself already (0) or not (1): what matters is that the process lives on.
    expect([0, 1]).toContain(await worker.terminate())
    expect(make({})).toHaveProperty('run')
  })
})
