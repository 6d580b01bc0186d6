import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { benchmarkOptimizer, median, networkOf, randomSamples, type BenchmarkCase } from '../../src/engine/benchmark'
import { LEAST_INTERVAL_MS, INTERVAL_COSTS } from '../../src/engine/checkpoints/keeper'
import { PreparedFolder } from '../engine/prepared'
import { loadParams } from '../engine/session-client'
import { TrainingProcess } from '../support/training-process'
import type { Plan } from './sections'

/** Adam keeps the most: two moments besides the weights. */
const OPTIMIZER = 'adam'
const BATCHES = 8
const WINDOW_MS = 1500

export interface CheckpointsResult {
  readonly case: BenchmarkCase['name']
  /** Of a checkpoint file. */
  readonly bytes: number
  /** From asking for one until it is on the disk, while training goes on. Median. */
  readonly milliseconds: number
  /** How many times fewer steps are made while one follows the other without a pause. Median of the rounds. */
  readonly slowdown: number
  /** What follows for training with as many as the worker's policy allows: the share of its time they take. */
  readonly share: number
  /** Steps a second with the worker's policy, over those without checkpoints, side by side. Median of the rounds. */
  readonly ratio: number
  /** Checkpoints that were written in those rounds, and the seconds that training with them took. */
  readonly written: number
  readonly seconds: number
}

/**
 * What checkpoints cost: two training workers take turns, one that keeps none and one that does. First it writes them
 * without a pause: the difference is many times what it is in use, and so can be measured exactly in seconds. Then it
 * writes as many as its policy says, which is what people get, and shows what varies from window to window besides.
 */
export async function measureCheckpoints(plan: Plan): Promise<CheckpointsResult[]> {
  const results: CheckpointsResult[] = []
  for (const chosen of plan.cases) {
    plan.progress(`Checkpoints of ${chosen.name}`)
    const folder = await PreparedFolder.create()
    try {
      results.push(await measureCase(chosen, plan.rounds, folder))
    } finally {
      await folder.remove()
    }
  }
  return results
}

async function measureCase(chosen: BenchmarkCase, rounds: number, folder: PreparedFolder): Promise<CheckpointsResult> {
  const network = networkOf(chosen.sizes)
  const manifestPath = await folder.write({ plan: network, train: randomSamples(network, chosen.batchSize * BATCHES) })
  const params = loadParams(manifestPath, network, {
    optimizer: benchmarkOptimizer(OPTIMIZER),
    batchSize: chosen.batchSize,
    epochs: 10_000_000
  })
  const [plain, keeping] = [new TrainingProcess(), new TrainingProcess()]
  try {
    await plain.load(params)
    await keeping.load({ ...params, checkpoints: { path: join(folder.path, 'run.checkpoint'), resume: false } })
    const slowdowns: number[] = []
    const times: number[] = []
    let bytes = 0
    for (let round = 0; round < rounds; round++) {
      const without = await stepsPerSecond(plain, () => delay(WINDOW_MS))
      const rate = await stepsPerSecond(keeping, async () => {
        for (const start = performance.now(); performance.now() - start < WINDOW_MS;) {
          const asked = performance.now()
          bytes = (await keeping.request('checkpoint', {})).bytes
          times.push(performance.now() - asked)
        }
      })
      slowdowns.push(without / rate)
    }
    const [milliseconds, slowdown] = [median(times), median(slowdowns)]
    const lost = milliseconds * Math.max(0, 1 - 1 / slowdown)
    const interval = Math.max(LEAST_INTERVAL_MS, INTERVAL_COSTS * milliseconds)
    const inUse = await compareInUse(plain, keeping, interval, rounds)
    return { case: chosen.name, bytes, milliseconds, slowdown, share: lost / interval, ...inUse }
  } finally {
    await plain.kill()
    await keeping.kill()
  }
}

/**
 * Training as it is used. A window is as long as the policy's interval, and the other worker's turn before it makes a
 * checkpoint due at its start: one a window, which is as often as they ever come.
 */
async function compareInUse(
  plain: TrainingProcess,
  keeping: TrainingProcess,
  interval: number,
  rounds: number
): Promise<Pick<CheckpointsResult, 'ratio' | 'written' | 'seconds'>> {
  const window = (): Promise<void> => delay(interval)
  const ratios: number[] = []
  let written = 0
  let before = await stepsPerSecond(plain, window)
  for (let round = 0; round < rounds; round++) {
    const first = keeping.checkpoints
    const rate = await stepsPerSecond(keeping, window, () => (written += keeping.checkpoints - first))
    const after = await stepsPerSecond(plain, window)
    // Between the two around it, so that a machine that grows slower or faster meanwhile does not count.
    ratios.push((2 * rate) / (before + after))
    before = after
  }
  return { ratio: median(ratios), written, seconds: (rounds * interval) / 1000 }
}

/** Trains while something else happens, and is paused again. */
async function stepsPerSecond(
  process: TrainingProcess,
  meanwhile: () => Promise<void>,
  ended: () => void = () => undefined
): Promise<number> {
  await process.request('resume', {})
  const stepNow = async (): Promise<number> => (await process.request('ping', {})).step ?? 0
  const [first, start] = [await stepNow(), performance.now()]
  await meanwhile()
  const [last, end] = [await stepNow(), performance.now()]
  ended()
  await process.request('pause', {})
  return (1000 * (last - first)) / (end - start)
}
