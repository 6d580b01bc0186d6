import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { RandomWords } from '../../src/engine/random'
import { messageOf } from '../../src/shared/errors'
import { chain, optimizers, randomSamples } from '../engine/networks'
import { PreparedFolder } from '../engine/prepared'
import { loadParams } from '../engine/session-client'
import type { Scenario } from './scenario'
import { TrainingProcess, type Load } from '../support/training-process'

const EPOCHS = 300
/** The part of training by which it is killed at the latest: what is over cannot be interrupted. */
const LATEST = 0.9

const plain = chain([20, 64, 32, 4], ['relu', 'tanh', 'softmax'], 'crossEntropy')
const network = {
  ...plain,
  operations: [
    ...plain.operations.slice(0, 2),
    { type: 'dropout' as const, id: 'dropout-1', input: 2, units: 64, rate: 0.2 },
    ...plain.operations.slice(2).map((operation) => ({ ...operation, input: operation.input + 1 }))
  ]
}

export const killTraining: Scenario = {
  name: 'kill-training',
  claim:
    'kill -9 of the training worker at any moment: resumed from its checkpoint, the final weights are the same bytes',
  rounds: 50,
  async run({ seed, rounds, progress }) {
    const folder = await PreparedFolder.create()
    const failures: string[] = []
    let [longestLoad, resumedMidEpoch, anew, over] = [0, 0, 0, 0]
    try {
      const manifestPath = await folder.write({
        plan: network,
        train: randomSamples(network, 3001, seed),
        validation: randomSamples(network, 700, seed + 1)
      })
      const path = join(folder.path, 'run.checkpoint')
      const params: Load = loadParams(manifestPath, network, {
        optimizer: optimizers.adam,
        batchSize: 32,
        epochs: EPOCHS,
        schedule: { type: 'cosine', warmupEpochs: 2, endShare: 0.01 },
        earlyStopping: { patience: 1000, minimumImprovement: 0 },
        checkpoints: { path, resume: false }
      })
      const expected = await trainedAtOnce(params)
      for (let round = 0; round < rounds; round++) {
        rmSync(path, { force: true })
        const words = new RandomWords(seed, 2, round, 1)
        const share = (): number => words.next() / 2 ** 32
        try {
          await killedAt(params, share(), share)
          const process = new TrainingProcess()
          const started = performance.now()
          const { resumed, progress: at } = await process.load(params)
          longestLoad = Math.max(longestLoad, performance.now() - started)
          if (resumed === null) anew += 1
          else if (at.state === 'finished') over += 1
          else if (at.step % at.stepsPerEpoch !== 0) resumedMidEpoch += 1
          if (at.state !== 'finished') await process.finish()
          const found = await process.request('weights', {})
          await process.kill()
          if (!sameBytes(found.weights, expected)) failures.push(`round ${round}: other weights than without the kill`)
        } catch (error) {
          failures.push(`round ${round}: ${messageOf(error)}`)
        }
        if ((round + 1) % 10 === 0) progress(`${round + 1} kills`)
      }
    } finally {
      await folder.remove()
    }
    const figures = {
      'resumed in mid-epoch': resumedMidEpoch,
      'killed before the first checkpoint': anew,
      'killed after the last step': over,
      'longest start and load': `${Math.round(longestLoad)} ms`
    }
    return { survived: rounds - failures.length, rounds, figures, failures }
  }
}

/** What training comes to without a kill. */
async function trainedAtOnce(params: Load): Promise<Float32Array[]> {
  const process = new TrainingProcess()
  await process.load({ ...params, checkpoints: null })
  await process.finish()
  const { weights } = await process.request('weights', {})
  await process.kill()
  return weights
}

/**
 * Trains, writing checkpoints all the while, and is killed, be it in the middle of a write.
 * @param part of training that is done by then, about
 */
async function killedAt(params: Load, part: number, share: () => number): Promise<void> {
  const process = new TrainingProcess()
  const { progress } = await process.load(params)
  const steps = part * LATEST * progress.stepsPerEpoch * progress.epochs
  await process.request('resume', {})
  const ended = new AbortController()
  const writing = (async () => {
    while (!ended.signal.aborted) {
      await delay(share() * 60)
      // The kill may take the answer with it.
      await process.request('checkpoint', {}).catch(() => undefined)
    }
  })()
  // Frames come every 30 ms; the kill comes anywhere between two of them.
  await process.until(() => (process.progress?.step ?? 0) >= steps)
  await delay(share() * 30)
  ended.abort()
  await process.kill()
  await Promise.race([writing, delay(100)])
}

function sameBytes(found: readonly Float32Array[], expected: readonly Float32Array[]): boolean {
  const bytes = (weights: readonly Float32Array[]): Buffer =>
    Buffer.concat(weights.map((w) => new Uint8Array(w.buffer, w.byteOffset, w.byteLength)))
  return bytes(found).equals(bytes(expected))
}
