import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RandomWords } from '../../src/engine/random'
import { messageOf } from '../../src/shared/errors'
import { denseOperations } from '../../src/shared/network/plan'
import { chain, optimizers, randomSamples } from '../engine/networks'
import { PreparedFolder } from '../engine/prepared'
import { loadParams } from '../engine/session-client'
import type { Scenario } from './scenario'
import { refusalOf, TrainingProcess, type Load } from '../support/training-process'

const network = chain([6, 12, 3], ['tanh', 'softmax'], 'crossEntropy')
const [ROWS, BATCH] = [203, 16]
const notFinite = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
const injections = ['data', 'weights', 'gradient', 'learningRate'] as const

/** What one injection has to work with. */
interface Trial {
  readonly folder: PreparedFolder
  readonly round: number
  /** A whole number from 0 to below the limit. */
  below(limit: number): number
}

export const notFiniteNumbers: Scenario = {
  name: 'not-finite',
  claim:
    'NaN and infinity in data, weights, gradient and learning rate stop the run within a step, by their right name; the last good checkpoint loads',
  rounds: 40,
  async run({ seed, rounds, progress }) {
    const folder = await PreparedFolder.create()
    const failures: string[] = []
    const counts: Record<string, number> = {}
    const trials = { data, weights, gradient, learningRate }
    try {
      for (let round = 0; round < rounds; round++) {
        const injected = injections[round % injections.length] ?? 'data'
        const words = new RandomWords(seed, 2, round, 2)
        try {
          await trials[injected]({ folder, round, below: (limit) => words.next() % limit })
          counts[injected] = (counts[injected] ?? 0) + 1
        } catch (error) {
          failures.push(`${injected} (round ${round}): ${messageOf(error)}`)
        }
        if ((round + 1) % 10 === 0) progress(`${round + 1} injections`)
      }
    } finally {
      await folder.remove()
    }
    return { survived: rounds - failures.length, rounds, figures: counts, failures }
  }
}

/** A number of the prepared matrices, on the disk. */
async function data(trial: Trial): Promise<void> {
  const { params, step, weights } = await trained(trial)
  const isTarget = trial.below(2) === 1
  const units = isTarget ? network.outputs : network.inputs
  const cell = trial.below((ROWS + 40) * units)
  const file = join(dirname(params.manifestPath), isTarget ? 'targets.f32' : 'features.f32')
  const former = await exchange(file, cell, notFinite[trial.below(3)] ?? Number.NaN)
  await within(async (process) => {
    const refusal = await refusalOf(process.load(params))
    const place = `sample ${Math.floor(cell / units)}, number ${cell % units}`
    must(
      refusal.details['quantity'] === 'data' && refusal.message.includes(place),
      `expected ${place}: ${refusal.message}`
    )
    await exchange(file, cell, former)
    await requireLoads(process, params, step, weights)
  })
}

/** One of the weights that a run starts from. */
async function weights(trial: Trial): Promise<void> {
  const { params, step, weights: good } = await trained(trial)
  const layer = trial.below(good.length)
  const initialWeights = good.map((w) => w.slice())
  const spoiled = initialWeights[layer] ?? new Float32Array(1)
  spoiled[trial.below(spoiled.length)] = notFinite[trial.below(3)] ?? Number.NaN
  await within(async (process) => {
    const refusal = await refusalOf(process.load({ ...params, initialWeights, checkpoints: null }))
    const named = refusal.details['quantity'] === 'weights' && refusal.details['layer'] === layerName(layer)
    must(refusal.code === 'numericalFailure' && named, `expected layer ${layer}: ${refusal.message}`)
    await requireLoads(process, params, step, good)
  })
}

/**
 * One sample has a feature of 10³⁰ where all others have none. Weights from it are zero at first, so that nothing but
 * ∂L/∂W[1] = w[2] · x overflows, when its minibatch comes.
 */
async function gradient({ folder, round, below }: Trial): Promise<void> {
  const linear = chain([3, 4, 1], ['identity', 'identity'], 'meanAbsoluteError')
  const train = randomSamples(linear, ROWS, round)
  const culprit = BATCH + below(ROWS - BATCH)
  for (let sample = 0; sample < ROWS; sample++) train.features[sample * 3] = sample === culprit ? 1e30 : 0
  const manifestPath = await folder.write({ plan: linear, train, targetScale: 1 })
  const initialWeights = denseOperations(linear).map(({ inputs, units }, layer) =>
    Float32Array.from({ length: units * (inputs + 1) }, (_, i) =>
      layer === 1 ? 1e10 : i % (inputs + 1) === 0 ? 0 : 0.1
    )
  )
  const params = loadParams(manifestPath, linear, {
    optimizer: { ...optimizers.sgd, learningRate: 1e-8 },
    shuffle: false,
    batchSize: BATCH,
    initialWeights,
    checkpoints: { path: join(folder.path, `gradient-${round}.checkpoint`), resume: false }
  })
  const failing = Math.floor(culprit / BATCH) + 1
  const before = await within(async (process) => {
    await process.load({ ...params, checkpoints: null })
    for (let step = 1; step < failing; step++) await process.request('step', {})
    return (await process.request('weights', {})).weights
  })
  await within(async (process) => {
    await process.load(params)
    await process.finish()
    requireFailure(process, { quantity: 'gradient', layer: 'dense-1', step: failing })
    await process.request('checkpoint', {})
    requireSame((await process.request('weights', {})).weights, before)
  })
  await within((process) => requireLoads(process, params, failing - 1, before))
}

/** A rate that float32 cannot hold, or with which no weight stays in its range. */
async function learningRate(trial: Trial): Promise<void> {
  const { params, step, weights: good } = await trained(trial)
  const isTooLarge = trial.below(2) === 1
  const rate = isTooLarge ? 10 ** (39 + trial.below(260)) : 10 ** (25 + trial.below(13))
  await within(async (process) => {
    await requireLoads(process, params, step, good)
    await process.request('setLearningRate', { learningRate: rate })
    await process.request('step', {})
    await process.until(() => process.failure !== null)
    const named = isTooLarge ? { quantity: 'learningRate', layer: null } : { quantity: 'weights' }
    requireFailure(process, { ...named, step: step + 1, learningRate: rate })
    await process.request('checkpoint', {})
    requireSame((await process.request('weights', {})).weights, good)
  })
  await within(async (process) => {
    await requireLoads(process, params, step, good)
    await process.request('setLearningRate', { learningRate: 0.001 })
    const { step: after, state } = await process.request('step', {})
    must(after === step + 1 && state === 'paused', `it did not go on with a smaller rate, but is ${state}`)
  })
}

/** A run that was well for some steps, and left a checkpoint. */
async function trained({
  folder,
  round,
  below
}: Trial): Promise<{ params: Load; step: number; weights: Float32Array[] }> {
  const manifestPath = await folder.write({
    plan: network,
    train: randomSamples(network, ROWS, round),
    validation: randomSamples(network, 40, round + 1)
  })
  const params = loadParams(manifestPath, network, {
    optimizer: Object.values(optimizers)[below(5)] ?? optimizers.adam,
    batchSize: BATCH,
    checkpoints: { path: join(folder.path, `run-${round}.checkpoint`), resume: false }
  })
  return within(async (process) => {
    await process.load(params)
    for (let steps = 3 + below(25); steps > 0; steps--) await process.request('step', {})
    const { step } = await process.request('checkpoint', {})
    return { params, step, weights: (await process.request('weights', {})).weights }
  })
}

async function requireLoads(
  process: TrainingProcess,
  params: Load,
  step: number,
  weights: readonly Float32Array[]
): Promise<void> {
  const { progress } = await process.load(params)
  must(progress.step === step, `the last good checkpoint is of step ${progress.step}, not ${step}`)
  requireSame((await process.request('weights', {})).weights, weights)
}

function requireFailure({ failure }: TrainingProcess, expected: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(expected)) {
    must(failure?.details[name] === value, `expected ${name} ${String(value)}: ${failure?.message ?? 'no failure'}`)
  }
}

function requireSame(found: readonly Float32Array[], expected: readonly Float32Array[]): void {
  const same = found.every((w, layer) => w.every((weight, index) => Object.is(weight, expected[layer]?.[index])))
  must(same && found.length === expected.length, 'the weights are not those of the last good step')
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

const layerName = (layer: number): string | undefined => denseOperations(network)[layer]?.id

async function within<T>(use: (process: TrainingProcess) => Promise<T>): Promise<T> {
  const process = new TrainingProcess()
  try {
    return await use(process)
  } finally {
    await process.kill()
  }
}

/** Puts a number in the place of another one. @returns the one that was there */
async function exchange(file: string, cell: number, value: number): Promise<number> {
  const handle = await open(file, 'r+')
  try {
    const former = new Float32Array(1)
    await handle.read(new Uint8Array(former.buffer), 0, 4, cell * 4)
    await handle.write(new Uint8Array(Float32Array.of(value).buffer), 0, 4, cell * 4)
    return former[0] ?? 0
  } finally {
    await handle.close()
  }
}
