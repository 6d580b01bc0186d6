import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { LaminaError } from '../../../src/shared/errors'
import { portPair, type Port } from '../../../src/shared/port'
import {
  MOST_UNDER_WAY,
  createClient,
  defineContract,
  serve,
  type Client,
  type Handlers,
  type Server
} from '../../../src/shared/rpc'

const contract = defineContract({
  name: 'test',
  requests: {
    add: { params: z.strictObject({ a: z.number(), b: z.number() }), result: z.number() },
    fail: { params: z.enum(['known', 'defect']), result: z.null() },
    lie: { params: z.null(), result: z.string() },
    hang: { params: z.null(), result: z.null() }
  },
  events: { tick: z.number() }
})
type TestContract = typeof contract

/** How many handlers were told that nobody wants their result. */
let stopped = 0

const handlers: Handlers<TestContract> = {
  add: ({ a, b }) => Promise.resolve(a + b),
  fail: (how) => {
    throw how === 'known' ? new LaminaError('notFound', 'It is gone.', { id: 7 }) : new TypeError('oops')
  },
  lie: () => 5 as unknown as string,
  hang: (_, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        stopped += 1
        reject(new LaminaError('cancelled', 'Stopped.'))
      })
    })
}

function connected(): {
  client: Client<TestContract>
  server: Server<TestContract>
  clientPort: Port
  serverPort: Port
  clientReports: string[]
  serverReports: string[]
} {
  const [clientPort, serverPort] = portPair()
  const clientReports: string[] = []
  const serverReports: string[] = []
  const server = serve(contract, serverPort, handlers, (error) => serverReports.push(`${error.code}: ${error.message}`))
  const client = createClient(contract, clientPort, (error) => clientReports.push(error.message))
  return { client, server, clientPort, serverPort, clientReports, serverReports }
}

/** One raw exchange with a server. */
async function answerTo(message: unknown): Promise<{ answer: unknown; reports: string[] }> {
  const [ours, theirs] = portPair()
  const reports: string[] = []
  serve(contract, theirs, handlers, (error) => reports.push(error.message))
  const answer = new Promise((resolve) => ours.onMessage(resolve))
  ours.post(message)
  return { answer: await answer, reports }
}

describe('requests', () => {
  it('are answered, each with its own answer', async () => {
    const { client } = connected()
    const sums = [1, 2, 3].map((a) => client.request('add', { a, b: 10 }))
    expect(await Promise.all(sums)).toEqual([11, 12, 13])
  })

  it('fail with the server’s error, defects called internal and reported', async () => {
    const { client, serverReports } = connected()
    await expect(client.request('fail', 'known')).rejects.toMatchObject({
      code: 'notFound',
      message: 'It is gone.',
      details: { id: 7 }
    })
    await expect(client.request('fail', 'defect')).rejects.toMatchObject({
      code: 'internal',
      message: 'Lamina ran into a defect: oops'
    })
    expect(serverReports).toEqual(['internal: Lamina ran into a defect: oops'])
  })

  it('are refused at once when they are given up, and the handler hears of it', async () => {
    const { client, clientReports, serverReports } = connected()
    const before = stopped
    const controller = new AbortController()
    const hanging = client.request('hang', null, { signal: controller.signal })
    const other = client.request('hang', null)
    await client.request('add', { a: 1, b: 2 })
    controller.abort()
    await expect(hanging).rejects.toMatchObject({ code: 'cancelled', details: { request: 'hang' } })
    await client.request('add', { a: 1, b: 2 })
    expect(stopped).toBe(before + 1)
    await expect(client.request('add', { a: 1, b: 2 }, { signal: controller.signal })).rejects.toMatchObject({
      code: 'cancelled'
    })
    client.close()
    await expect(other).rejects.toMatchObject({ code: 'disconnected' })
    // Nobody is left to hear of it, so it is not done.
    expect(stopped).toBe(before + 2)
    expect([clientReports, serverReports]).toEqual([[], []])
  })

  it('that were answered can be given up without effect', async () => {
    const { client } = connected()
    const controller = new AbortController()
    expect(await client.request('add', { a: 1, b: 2 }, { signal: controller.signal })).toBe(3)
    controller.abort()
    expect(await client.request('add', { a: 3, b: 2 })).toBe(5)
  })

  it('are checked by the client as well', async () => {
    const { client } = connected()
    await expect(client.request('lie', null)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('The reply to "lie"') as string
    })
  })

  it('fail when the connection closes, before and after', async () => {
    const { client, serverPort } = connected()
    const reasons: string[] = []
    client.onClose((reason) => reasons.push(reason.code))
    const waiting = client.request('hang', null)
    serverPort.close()
    await expect(waiting).rejects.toMatchObject({
      code: 'disconnected',
      message: 'The connection closed before "hang" was answered.'
    })
    await expect(client.request('add', { a: 1, b: 1 })).rejects.toMatchObject({ code: 'disconnected' })
    expect(reasons).toEqual(['disconnected'])
  })
})

describe('a server', () => {
  it.each([
    ['an unknown request', { kind: 'request', id: 1, name: 'remove', params: null }, 'There is no request "remove".'],
    [
      'an inherited name',
      { kind: 'request', id: 1, name: 'toString', params: null },
      'There is no request "toString".'
    ],
    [
      'a wrong parameter',
      { kind: 'request', id: 1, name: 'add', params: { a: 1, b: '2' } },
      'Request "add" is not valid: at b: '
    ],
    ['a message that is no request but has an id', { kind: 'wish', id: 1 }, 'A message on test is not valid']
  ])('answers %s with invalidArgument', async (_, message, words) => {
    const { answer } = await answerTo(message)
    expect(answer).toMatchObject({
      kind: 'reply',
      id: 1,
      outcome: { ok: false, error: { code: 'invalidArgument', message: expect.stringContaining(words) as string } }
    })
  })

  it('refuses a second request under one id, and more requests than it does at a time, and goes on', async () => {
    const { client, clientPort, serverPort } = connected()
    const replies: unknown[] = []
    const { post } = serverPort
    serverPort.post = (message) => {
      replies.push(message)
      post.call(serverPort, message)
    }
    const hang = (id: number): void => clientPort.post({ kind: 'request', id, name: 'hang', params: null })
    for (let id = 1; id <= MOST_UNDER_WAY; id++) hang(id)
    hang(1)
    hang(MOST_UNDER_WAY + 1)
    clientPort.post({ kind: 'cancel', id: 1 })
    await expect.poll(() => replies).toHaveLength(3)
    expect(replies).toMatchObject([
      { id: 1, outcome: { error: { message: 'A request with the id 1 is under way already.' } } },
      { id: MOST_UNDER_WAY + 1, outcome: { error: { code: 'busy' } } },
      { id: 1, outcome: { error: { code: 'cancelled' } } }
    ])
    expect(await client.request('add', { a: 1, b: 2 })).toBe(3)
  })

  it('names some of what is wrong, not a million times the same', async () => {
    const keys = Array.from({ length: 100_000 }, (_, index): [string, number] => [`key${index}`, index])
    const { answer } = await answerTo({ kind: 'request', id: 1, name: 'add', params: Object.fromEntries(keys) })
    expect(JSON.stringify(answer).length).toBeLessThan(5000)
  })

  it.each([null, 'text', 5, [], { id: -1 }, { id: 1.5, kind: 'request' }, { id: '1' }])(
    'survives %j, which it cannot answer',
    async (message) => {
      const { client, clientPort, serverReports } = connected()
      clientPort.post(message)
      expect(await client.request('add', { a: 1, b: 1 })).toBe(2)
      expect(serverReports).toEqual([expect.stringContaining('A message on test is not valid')])
    }
  )
})

describe('events', () => {
  it('reach every listener until it stops listening', async () => {
    const { client, server } = connected()
    const seen: string[] = []
    const stop = client.on('tick', (value) => seen.push(`a${value}`))
    client.on('tick', (value) => seen.push(`b${value}`))
    server.emit('tick', 1)
    await client.request('add', { a: 0, b: 0 })
    stop()
    server.emit('tick', 2)
    await client.request('add', { a: 0, b: 0 })
    expect(seen).toEqual(['a1', 'b1', 'b2'])
  })

  it.each([
    [{ kind: 'event', name: 'tick', payload: 'late' }, 'The event "tick" is not valid'],
    [{ kind: 'event', name: 'tock', payload: 1 }, 'Unknown event "tock" on test.'],
    [{ kind: 'event', name: 'constructor', payload: 1 }, 'Unknown event "constructor" on test.'],
    ['noise', 'A message on test is not valid']
  ])('that break the contract are reported and reach nobody (%j)', async (message, words) => {
    const { client, serverPort, clientReports } = connected()
    const seen: number[] = []
    client.on('tick', (value) => seen.push(value))
    serverPort.post(message)
    await client.request('add', { a: 0, b: 0 })
    expect(clientReports).toEqual([expect.stringContaining(words)])
    expect(seen).toEqual([])
  })
})

describe('ports in memory', () => {
  it('copy what they carry and keep it until somebody listens', async () => {
    const [a, b] = portPair()
    const message = { list: new Float32Array([1, 2]) }
    a.post(message)
    message.list[0] = 9
    await Promise.resolve()
    const received = await new Promise<unknown>((resolve) => b.onMessage(resolve))
    expect(received).toEqual({ list: new Float32Array([1, 2]) })
  })

  it('tell both sides of the end, once', () => {
    const [a, b] = portPair()
    const closed: string[] = []
    a.onClose(() => closed.push('a'))
    b.onClose(() => closed.push('b'))
    b.close()
    a.close()
    a.post('into the void')
    expect(closed.sort()).toEqual(['a', 'b'])
  })
})
