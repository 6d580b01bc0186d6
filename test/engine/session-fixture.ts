import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { Chunk, Engine, FloatArray, TrainerOptions } from '../../src/engine/engine'
import { chain, optimizers, randomSamples, runSteps, trainerOptions, withTrainer } from './networks'
import { PreparedFolder } from './prepared'
import { loadParams, Session, type LoadParams } from './session-client'

export const plan = chain([4, 8, 3], ['tanh', 'softmax'], 'crossEntropy')
export const train = randomSamples(plan, 43, 1)
export const validation = randomSamples(plan, 11, 2)
export const testSamples = randomSamples(plan, 7, 3)
/** ⌈43 / 8⌉ */
export const STEPS_PER_EPOCH = 6
/** Epochs no test waits for. */
export const ENDLESS = 10_000_000

/** What `loadParams` asks for, without a worker. */
export const direct: TrainerOptions = trainerOptions(plan, train, {
  validation,
  optimizer: optimizers.adam,
  batchSize: 8,
  shuffle: true
})

export async function trainDirectly(
  engine: Engine,
  count: number,
  options = direct
): Promise<{ chunk: Chunk; weights: FloatArray[] }> {
  return withTrainer(engine, options, async (trainer) => {
    const chunk = await runSteps(trainer, count)
    return { chunk, weights: trainer.weights() }
  })
}

/** Weights as messages carry them. */
export const single = (weights: readonly FloatArray[]): Float32Array[] => weights.map((w) => Float32Array.from(w))
export const weightsOf = async (session: Session): Promise<Float32Array[]> =>
  (await session.request('weights', {})).weights

export interface Sessions {
  /** A folder for further datasets. */
  readonly folder: PreparedFolder
  /** The dataset of the constants above. */
  readonly manifestPath: string
  /** A worker that has loaded nothing yet; closed after the test. */
  open(engine: Engine): Session
  /** A worker that has loaded the dataset. */
  loaded(engine: Engine, changes?: Partial<LoadParams>): Promise<Session>
}

/** Sets up datasets and workers for the tests of a file; after each test no side may have reported a defect. */
export function useSessions(): Sessions {
  let prepared: { folder: PreparedFolder; manifestPath: string } | null = null
  const opened: Session[] = []
  const ready = (): { folder: PreparedFolder; manifestPath: string } => {
    if (prepared === null) throw new Error('Datasets are there only while tests run.')
    return prepared
  }
  beforeAll(async () => {
    const folder = await PreparedFolder.create()
    prepared = { folder, manifestPath: await folder.write({ plan, train, validation, test: testSamples }) }
  })
  afterAll(() => prepared?.folder.remove())
  afterEach(() => {
    for (const session of opened.splice(0)) {
      session.close()
      expect(session.reported).toEqual([])
    }
  })
  const open = (engine: Engine): Session => {
    const session = new Session(engine)
    opened.push(session)
    return session
  }
  return {
    get folder() {
      return ready().folder
    },
    get manifestPath() {
      return ready().manifestPath
    },
    open,
    async loaded(engine, changes = {}) {
      const session = open(engine)
      await session.request('load', loadParams(ready().manifestPath, plan, changes))
      return session
    }
  }
}
