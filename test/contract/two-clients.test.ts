import { expect, it } from 'vitest'
import { contract, type LaminaContract, type Run } from '../../src/shared/contract'
import { LaminaError, type ErrorCode } from '../../src/shared/errors'
import { portPair } from '../../src/shared/port'
import { createClient, type Client } from '../../src/shared/rpc'
import { LocalWorkers } from '../support/local-workers'
import { temporaryFolder } from '../support/temporary-folder'
import { createTestService, type TestService } from '../support/test-service'

const folder = temporaryFolder()
const ROUNDS = 15

function connect({ service }: TestService): Client<LaminaContract> {
  const [ours, theirs] = portPair()
  service.connect(theirs)
  return createClient(contract, ours, (error) => {
    throw error
  })
}

async function start(client: Client<LaminaContract>, epochs: number): Promise<Run> {
  const { design, dataset } = await client.request('design.openExample', { example: 'iris' })
  const { id } = await client.request('dataset.open', { file: dataset?.id ?? '', overrides: {} })
  return client.request('training.start', {
    design: { ...design, training: { ...design.training, epochs } },
    dataset: id,
    initialWeights: null,
    paused: false,
    everyEpoch: false,
    seed: null,
    threads: null
  })
}

it('lets two clients start and steer against each other, leave, and lose the worker, and still trains', async () => {
  const workers = new LocalWorkers()
  const host = createTestService(folder, workers.start)
  let leaving = connect(host)
  const staying = connect(host)
  const refusals = new Set<ErrorCode>()
  const settled = async (work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => {
      if (!(error instanceof LaminaError)) throw error
      refusals.add(error.code)
    })
  }
  for (let round = 0; round < ROUNDS; round++) {
    const other = settled(start(leaving, 1_000_000))
    const run = await start(staying, 1_000_000).catch(() => null)
    const steering =
      run === null
        ? []
        : [
            staying.request('training.pause', { run: run.id }),
            leaving.request('training.stop', { run: run.id }),
            staying.request('training.resume', { run: run.id }),
            leaving.request('training.setLearningRate', { run: run.id, learningRate: 0.001 })
          ].map(settled)
    if (round % 5 === 0) workers.die('training', 'was killed')
    if (round % 3 === 0) {
      leaving.close()
      leaving = connect(host)
    }
    await Promise.all([other, ...steering])
  }
  // Whatever was refused was refused for a reason that lies in what was done here.
  const expected: readonly ErrorCode[] = ['disconnected', 'workerFailed', 'notFound']
  expect([...refusals].filter((code) => !expected.includes(code))).toEqual([])

  const last = await start(staying, 3)
  await expect
    .poll(() => staying.request('training.current', {}))
    .toMatchObject({ id: last.id, error: null, progress: { state: 'finished', epoch: 3 } })
  await host.service.close()
  await workers.disposed()
  expect(workers.reports).toEqual([])
})
