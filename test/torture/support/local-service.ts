import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contract, type FilePurpose, type LaminaContract } from '../../../src/shared/contract'
import { LaminaError } from '../../../src/shared/errors'
import { portPair } from '../../../src/shared/port'
import { createClient, type Client } from '../../../src/shared/rpc'
import { LocalWorkers } from '../../support/local-workers'
import { createTestService, type TestService } from '../../support/test-service'

/** A service in this process, with a client. */
export interface LocalService {
  readonly host: TestService
  readonly client: Client<LaminaContract>
  readonly folder: string
  grant(path: string, purpose: FilePurpose): Promise<string>
  /** @returns the id of a short training run of the Iris example, and of its table */
  train(): Promise<{ run: string; table: string }>
}

/** Work with a service in a temporary folder of which nothing is left, or in a given one. */
export async function withLocalService<T>(
  work: (service: LocalService) => Promise<T>,
  given: string | null = null
): Promise<T> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'lamina-torture-')))
  const workers = new LocalWorkers()
  const host = createTestService(folder, workers.start)
  const [ours, theirs] = portPair()
  host.service.connect(theirs)
  const client = createClient(contract, ours, (error) => {
    throw error
  })
  const grant = async (path: string, purpose: FilePurpose): Promise<string> =>
    (await host.service.grantFile(path, purpose)).id
  const train = async (): Promise<{ run: string; table: string }> => {
    const { design, dataset } = await client.request('design.openExample', { example: 'iris' })
    const { id: table } = await client.request('dataset.open', { file: dataset?.id ?? '', overrides: {} })
    const run = await client.request('training.start', {
      design: { ...design, training: { ...design.training, epochs: 1 } },
      dataset: table,
      initialWeights: null,
      paused: true,
      everyEpoch: false,
      seed: 1,
      threads: 1
    })
    await client.request('training.step', { run: run.id })
    return { run: run.id, table }
  }
  try {
    return await work({ host, client, folder, grant, train })
  } finally {
    await host.service.close()
    await workers.disposed()
    if (given === null) await rm(folder, { recursive: true, force: true })
  }
}

/** What came of a request: null when it was granted, otherwise its refusal; anything else that is thrown is a defect. */
export async function refusalOf(work: Promise<unknown>): Promise<LaminaError | null> {
  try {
    await work
    return null
  } catch (error) {
    if (error instanceof LaminaError) return error
    throw error
  }
}
