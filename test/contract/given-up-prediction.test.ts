import { expect, it } from 'vitest'
import type { Engine, Trainer } from '../../src/engine'
import { referenceEngine } from '../../src/engine/reference'
import { contract, type LaminaContract } from '../../src/shared/contract'
import { portPair } from '../../src/shared/port'
import { createClient, type Client } from '../../src/shared/rpc'
import { LocalWorkers } from '../support/local-workers'
import { ReferenceLikeEngine } from '../support/reference-like-engine'
import { temporaryFolder } from '../support/temporary-folder'
import { createTestService, type TestService } from '../support/test-service'
import { withUnits } from './suite/edits'

const folder = temporaryFolder()

/** The reference engine, whose first slice of predictions waits until it is told to go on. */
class HeldEngine extends ReferenceLikeEngine {
  slices = 0
  readonly begun: Promise<void>
  /** The trainer that predicted is given back. */
  readonly ended: Promise<void>
  goOn: () => void = () => undefined
  private begin: () => void = () => undefined
  private end: () => void = () => undefined
  private readonly told: Promise<void>

  constructor() {
    super()
    this.begun = new Promise((resolve) => (this.begin = resolve))
    this.ended = new Promise((resolve) => (this.end = resolve))
    this.told = new Promise((resolve) => (this.goOn = resolve))
  }

  createTrainer(options: Parameters<Engine['createTrainer']>[0]): Trainer {
    const trainer = referenceEngine.createTrainer(options)
    const { predict, dispose } = trainer
    trainer.predict = async (...samples) => {
      this.slices += 1
      this.begin()
      trainer.dispose = () => {
        dispose.call(trainer)
        this.end()
      }
      await this.told
      return predict.apply(trainer, samples)
    }
    return trainer
  }
}

function connect({ service }: TestService): Client<LaminaContract> {
  const [ours, theirs] = portPair()
  service.connect(theirs)
  return createClient(contract, ours, (error) => {
    throw error
  })
}

it.each(['leaves', 'stays'])(
  'a prediction goes through all of its rows only if whoever asked for it %s',
  async (how) => {
    const engine = new HeldEngine()
    const workers = new LocalWorkers({ engine, fallbackReason: null })
    const host = createTestService(folder, workers.start)
    const client = connect(host)
    const { design, dataset } = await client.request('design.openExample', { example: 'iris' })
    const { id: table } = await client.request('dataset.open', { file: dataset?.id ?? '', overrides: {} })
    const run = await client.request('training.start', {
      // So wide that the engine takes few rows at a time.
      design: withUnits(design, 'dense-1', 2000),
      dataset: table,
      initialWeights: null,
      paused: true,
      everyEpoch: false,
      seed: null,
      threads: null
    })
    const row = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 }
    const outcome = client
      .request('weights.predict', { predictor: { kind: 'run', run: run.id }, rows: Array(600).fill(row) })
      .then(
        (predictions) => predictions.length,
        (error: unknown) => error
      )
    await engine.begun
    if (how === 'leaves') client.close()
    engine.goOn()
    await engine.ended
    if (how === 'leaves') {
      expect(await outcome).toMatchObject({ code: 'disconnected' })
      expect(engine.slices).toBe(1)
    } else {
      expect(await outcome).toBe(600)
      expect(engine.slices).toBeGreaterThan(2)
    }
    await host.service.close()
    await workers.disposed()
    expect(workers.reports).toEqual([])
    expect(host.logged).toEqual([])
  }
)
