import { appendFileSync, copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { contract, type LaminaContract, type Run } from '../../src/shared/contract'
import { portPair } from '../../src/shared/port'
import { createClient, type Client } from '../../src/shared/rpc'
import type { MetricsFrame } from '../../src/shared/training-run'
import { LocalWorkers } from '../support/local-workers'
import { temporaryFolder } from '../support/temporary-folder'
import { createTestService, resources, type TestService } from '../support/test-service'

const folder = temporaryFolder()

/** Lamina, opened on the same folders as before. */
function open(): { host: TestService; client: Client<LaminaContract>; frames: MetricsFrame[] } {
  const host = createTestService(folder, new LocalWorkers().start)
  const [ours, theirs] = portPair()
  host.service.connect(theirs)
  const client = createClient(contract, ours, (error) => {
    throw error
  })
  const frames: MetricsFrame[] = []
  client.on('training.frame', ({ run, frame }) => {
    frames.push(frame)
    client.request('training.acknowledge', { run, sequence: frame.sequence }).catch(() => undefined)
  })
  return { host, client, frames }
}

/** @param file of the table; the example's own when left out */
async function train(client: Client<LaminaContract>, epochs: number, file?: string): Promise<Run> {
  const { design, dataset } = await client.request('design.openExample', { example: 'iris' })
  const { id } = await client.request('dataset.open', { file: file ?? dataset?.id ?? '', overrides: {} })
  return client.request('training.start', {
    design: { ...design, training: { ...design.training, epochs } },
    dataset: id,
    initialWeights: null,
    paused: false,
    everyEpoch: false,
    seed: null,
    threads: 1
  })
}

async function weights({ answers }: TestService, client: Client<LaminaContract>, run: string): Promise<string> {
  answers.save = join(folder, `${run}.json`)
  await client.request('weights.export', { run, file: null })
  return readFileSync(answers.save, 'utf8')
}

it('a run that was under way when Lamina ended goes on when it is opened again, its curves without a gap', async () => {
  const before = open()
  const { id } = await train(before.client, 1_000_000)
  await expect.poll(() => before.frames.at(-1)?.progress.step ?? 0).toBeGreaterThan(200)
  await before.host.service.close()

  const { host, client, frames } = open()
  const [cut] = (await client.request('runs.list', {})).runs
  expect(cut).toMatchObject({ id, state: 'interrupted', current: false, elsewhere: false })
  expect(cut?.resumesAt).toBeGreaterThan(200)
  const epochs = Math.ceil((cut?.resumesAt ?? 0) / 8) + 5
  const resumed = await client.request('runs.resume', { run: id, epochs, paused: false })
  expect(resumed.id).toBe(id)
  await expect.poll(() => frames.at(-1)?.progress.state).toBe('finished')
  const past = (await client.request('runs.open', { run: id })).past
  expect(past?.steps.count.reduce((sum, count) => sum + count, 0)).toBe(epochs * 8)
  expect(past?.steps.last.at(-1)).toBe(epochs * 8)
  expect((await client.request('runs.list', {})).runs).toMatchObject([{ id, state: 'finished', current: true }])

  const interrupted = await weights(host, client, id)
  const whole = await train(client, epochs)
  await expect.poll(async () => (await client.request('training.current', {}))?.progress.state).toBe('finished')
  expect(await weights(host, client, whole.id)).toBe(interrupted)
  await host.service.close()
})

it('a run does not go on with a table that has changed, and says so', async () => {
  const table = join(folder, 'iris.csv')
  copyFileSync(join(resources, 'examples', 'iris.csv'), table)
  const { host, client } = open()
  const { id } = await train(client, 20, (await host.service.grantFile(table)).id)
  await expect.poll(async () => (await client.request('training.current', {}))?.progress.state).toBe('finished')
  await train(client, 1)
  appendFileSync(table, '5.1,3.5,1.4,0.2,setosa\n')
  await expect(client.request('runs.resume', { run: id, epochs: 30, paused: false })).rejects.toMatchObject({
    code: 'invalidData',
    message: expect.stringContaining('is not the table that this run learned from') as string
  })
  // The run that was there is still there.
  expect(await client.request('training.current', {})).toMatchObject({ error: null, progress: { epoch: 1 } })
  await host.service.close()
})
