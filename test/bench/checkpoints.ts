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
}

/**
 * What checkpoints cost: two training workers take turns, one that keeps none and one that writes them without a pause.
 * Their difference is many times what it is in use, and so can be measured in seconds.
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
    const share = lost / Math.max(LEAST_INTERVAL_MS, INTERVAL_COSTS * milliseconds)
    return { case: chosen.name, bytes, milliseconds, slowdown, share }
  } finally {
    await plain.kill()
    await keeping.kill()
  }
}

/** Trains while something else happens, and is paused again. */
async function stepsPerSecond(process: TrainingProcess, meanwhile: () => Promise<void>): Promise<number> {
  await process.request('resume', {})
  const stepNow = async (): Promise<number> => (await process.request('ping', {})).step ?? 0
  const [first, start] = [await stepNow(), performance.now()]
  await meanwhile()
  const [last, end] = [await stepNow(), performance.now()]
  await process.request('pause', {})
  return (1000 * (last - first)) / (end - start)
}
