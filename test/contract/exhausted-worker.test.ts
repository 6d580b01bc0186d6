import { expect, it } from 'vitest'
import type { Engine, Trainer } from '../../src/engine'
import { referenceEngine } from '../../src/engine/reference'
import { contract } from '../../src/shared/contract'
import { LaminaError } from '../../src/shared/errors'
import { portPair } from '../../src/shared/port'
import { createClient } from '../../src/shared/rpc'
import type { Recovery } from '../../src/shared/run-history'
import { LocalWorkers } from '../support/local-workers'
import { ReferenceLikeEngine } from '../support/reference-like-engine'
import { temporaryFolder } from '../support/temporary-folder'
import { createTestService } from '../support/test-service'

const folder = temporaryFolder()

/** The reference engine on a system that refuses memory as often as it is told to. */
class HungryEngine extends ReferenceLikeEngine {
  /** How many loads, and how many chunks of training, get none. */
  refused = { loads: 0, chunks: 0 }

  createTrainer(options: Parameters<Engine['createTrainer']>[0]): Trainer {
    if (this.refused.loads > 0) {
      this.refused.loads -= 1
      throw new LaminaError('outOfMemory', 'The system refused 1 MB of memory for the network.')
    }
    const trainer = referenceEngine.createTrainer(options)
    const { run } = trainer
    trainer.run = (budget) => {
      if (this.refused.chunks === 0) return run.call(trainer, budget)
      this.refused.chunks -= 1
      // As a JavaScript engine says it.
      return Promise.reject(new RangeError('Array buffer allocation failed'))
    }
    return trainer
  }
}

it('a process that lives on without memory makes room for another, and only a person is asked more than three times', async () => {
  const engine = new HungryEngine()
  const workers = new LocalWorkers({ engine, fallbackReason: null })
  const host = createTestService(folder, workers.start)
  const [ours, theirs] = portPair()
  host.service.connect(theirs)
  const client = createClient(contract, ours, (error) => {
    throw error
  })
  const { design, dataset } = await client.request('design.openExample', { example: 'iris' })
  const { id: table } = await client.request('dataset.open', { file: dataset?.id ?? '', overrides: {} })
  const { id: run } = await client.request('training.start', {
    design: { ...design, training: { ...design.training, epochs: 10_000_000 } },
    dataset: table,
    initialWeights: null,
    paused: false,
    everyEpoch: false,
    seed: null,
    threads: null
  })
  const recoveries: Recovery[] = []
  client.on('training.recovery', ({ recovery }) => recoveries.push(recovery))
  const current = () => client.request('training.current', {})

  engine.refused = { loads: 1, chunks: 1 }
  await expect.poll(() => recoveries.map(({ phase }) => phase)).toEqual(['restarting', 'restarting', 'resumed'])
  expect(recoveries.map(({ reason }) => reason)).toEqual(Array(3).fill('ran out of memory'))
  expect([workers.started.training, (await current())?.progress.state]).toEqual([3, 'running'])

  engine.refused = { loads: 1, chunks: 1 }
  await expect.poll(() => recoveries.at(-1)?.phase).toBe('asking')
  await expect(client.request('training.resume', { run })).rejects.toMatchObject({
    code: 'outOfMemory',
    message: 'The system refused 1 MB of memory for the network.'
  })
  expect(await current()).toMatchObject({
    progress: { state: 'failed' },
    recovery: { phase: 'asking', reason: 'ran out of memory' }
  })
  expect(await client.request('training.resume', { run })).toMatchObject({ state: 'running' })
  expect([workers.started.training, engine.refused]).toEqual([5, { loads: 0, chunks: 0 }])

  await host.service.close()
  await workers.disposed()
  expect(workers.reports).toEqual([])
})
