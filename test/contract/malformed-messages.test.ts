import { MessageChannel, type MessagePort } from 'node:worker_threads'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contract, type LaminaContract } from '../../src/shared/contract'
import { LaminaError } from '../../src/shared/errors'
import { portPair, type Port } from '../../src/shared/port'
import { createClient, type Client } from '../../src/shared/rpc'
import { LocalWorkers } from '../support/local-workers'
import { malformedMessage, type ValidRequest } from '../support/malformed-messages'
import { rightRequests } from '../support/right-requests'
import { SeededRandom } from '../support/seeded-random'
import { temporaryFolder } from '../support/temporary-folder'
import { createTestService, type TestService } from '../support/test-service'
import { CANARY, layOut, type Ground } from '../torture/malformed/ground'

/** As a WebSocket carries messages: JSON, or nothing. */
function jsonPort(inner: Port): Port {
  return {
    post: (message) => inner.post(JSON.parse(JSON.stringify(message) ?? 'null')),
    onMessage: (listener) => inner.onMessage(listener),
    onClose: (listener) => inner.onClose(listener),
    close: () => inner.close()
  }
}

function channelPort(end: MessagePort): Port {
  return {
    post: (message) => end.postMessage(message),
    onMessage: (listener) => void end.on('message', listener),
    onClose: (listener) => void end.on('close', listener),
    close: () => end.close()
  }
}

describe.each([
  ['JSON', false],
  ['structured clones', true]
])('malformed messages as %s', (_name, clones) => {
  const folder = temporaryFolder()
  const workers = new LocalWorkers()
  const heard: string[] = []
  let host: TestService
  let ground: Ground
  let port: Port
  let client: Client<LaminaContract>
  let valid: readonly ValidRequest[]

  beforeAll(async () => {
    ground = layOut(folder)
    host = createTestService(folder, workers.start)
    const { port1, port2 } = new MessageChannel()
    const [ours, theirs] = clones ? [channelPort(port1), channelPort(port2)] : portPair()
    host.service.connect(theirs)
    port = clones ? ours : jsonPort(ours)
    client = createClient(
      contract,
      {
        ...port,
        onMessage: (listener) =>
          port.onMessage((message) => {
            heard.push(JSON.stringify(message))
            listener(message)
          })
      },
      () => undefined
    )
    valid = await rightRequests(client, host, ground)
  })
  afterAll(async () => {
    await host.service.close()
    await workers.disposed()
  })

  it('are refused or ignored, tell nothing of files that were not handed over, and leave the service answering', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
        const random = new SeededRandom(seed)
        for (let sent = 0; sent < 5; sent++) {
          port.post(malformedMessage({ random, valid, texts: ground.texts, clones }))
        }
        const { version } = await client.request('app.hello', {})
        expect(version).toBe('1.2.3')
      }),
      { numRuns: 80 }
    )
    expect(heard.filter((text) => text.includes(CANARY))).toEqual([])
    expect(host.logged.filter((line) => line.startsWith('error: internal'))).toEqual([])
    expect(Reflect.get(Object.prototype, 'polluted')).toBeUndefined()
  })

  it('that name paths where files are meant open nothing', async () => {
    const [secret = ''] = ground.forbidden
    const { id: table } = await host.service.grantFile(ground.table)
    const { id: design } = await host.service.grantFile(ground.design)
    const { id: dataset } = await client.request('dataset.open', { file: table, overrides: {} })
    const opened = await client.request('design.open', { file: design })
    const refusals = [
      client.request('design.open', { file: secret }),
      client.request('design.save', { design: opened.design, file: secret, dataset: null }),
      client.request('design.save', { design: opened.design, file: design, dataset: secret }),
      client.request('dataset.open', { file: secret, overrides: {} }),
      client.request('dataset.saveNormalized', { dataset, file: secret }),
      client.request('weights.import', { file: secret }),
      client.request('design.openExample', { example: '../../../outside/secret' })
    ].map((asked) =>
      asked.then(
        () => 'answered',
        (error: unknown) => (error instanceof LaminaError ? error.code : error)
      )
    )
    expect(new Set(await Promise.all(refusals))).toEqual(new Set(['permissionDenied', 'notFound']))
  })
})
