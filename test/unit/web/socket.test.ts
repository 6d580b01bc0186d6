import { afterEach, describe, expect, it, vi } from 'vitest'
import { EventEmitter } from 'node:events'
import type { WebSocket } from 'ws'
import { Heartbeat, socketPort } from '../../../src/web/socket-port'
import { closeCodeOf, outcomeOf, startServer, type RunningServer } from './running-server'

const servers: RunningServer[] = []
async function start(...args: Parameters<typeof startServer>): Promise<RunningServer> {
  const server = await startServer(...args)
  servers.push(server)
  return server
}
afterEach(async () => {
  vi.useRealTimers()
  for (const server of servers.splice(0)) await server.dispose()
})

async function connected(server: RunningServer) {
  const nextPort = server.nextPort()
  const socket = server.socket()
  expect(await outcomeOf(socket)).toBe('open')
  return { socket, port: await nextPort }
}
const received = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => socket.once('message', (data) => resolve(String(data))))

describe('a connected page', () => {
  it('exchanges messages as JSON text, both ways', async () => {
    const { socket, port } = await connected(await start())
    const answered = received(socket)
    port.onMessage((message) => port.post({ echo: message }))
    socket.send(JSON.stringify({ text: 'ß ∂L/∂W', list: [1, null] }))
    expect(JSON.parse(await answered)).toEqual({ echo: { text: 'ß ∂L/∂W', list: [1, null] } })
    socket.terminate()
  })

  it('may speak before anyone listens', async () => {
    const server = await start()
    const { socket, port } = await connected(server)
    // The pong proves that the message before it has arrived.
    const ponged = new Promise((resolve) => socket.once('pong', resolve))
    socket.send('{"first":1}')
    socket.ping()
    await ponged
    const messages: unknown[] = []
    port.onMessage((message) => messages.push(message))
    expect(messages).toEqual([{ first: 1 }])
  })

  it('is disconnected for a message that is no JSON text, and nobody hears it', async () => {
    const server = await start()
    for (const [data, code] of [
      ['{"half":', 1007],
      [Buffer.from('{}'), 1003]
    ] as const) {
      const { socket, port } = await connected(server)
      const heard: unknown[] = []
      port.onMessage((message) => heard.push(message))
      const closed = closeCodeOf(socket)
      socket.send(data)
      expect(await closed).toBe(code)
      expect(heard).toEqual([])
    }
  })

  it('is disconnected for a message above the limit', async () => {
    const { socket, port } = await connected(await start({ mostReceived: 100 }))
    const gone = new Promise<void>((resolve) => port.onClose(resolve))
    const closed = closeCodeOf(socket)
    socket.send(JSON.stringify('x'.repeat(101)))
    expect(await closed).toBe(1009)
    await gone
  })

  it('tells its port when it goes, and posting then is harmless', async () => {
    const { socket, port } = await connected(await start())
    const gone = new Promise<void>((resolve) => port.onClose(resolve))
    socket.close()
    await gone
    expect(() => port.post({ late: true })).not.toThrow()
  })

  it('hears of the end when its port is closed', async () => {
    const { socket, port } = await connected(await start())
    const closed = closeCodeOf(socket)
    port.close()
    expect(await closed).toBe(1005)
  })

  it('is one of several', async () => {
    const server = await start()
    const pages = [await connected(server), await connected(server)]
    expect(server.ports).toHaveLength(2)
    const heard = Promise.all(pages.map(({ socket }) => received(socket)))
    pages.forEach(({ port }, index) => port.post(index))
    expect(await heard).toEqual(['0', '1'])
  })

  it('that stopped reading is cut off instead of filling the memory', async () => {
    const server = await start({ mostBuffered: 1000 })
    const { socket, port } = await connected(server)
    const gone = new Promise<void>((resolve) => port.onClose(resolve))
    // More than a kernel takes for a page that does not read, in messages that are each within the limit.
    socket.pause()
    const megabyte = 'x'.repeat(2 ** 20)
    for (let sent = 0; sent < 64; sent++) port.post(megabyte)
    await gone
    expect(server.log).toEqual(['A page stopped reading and was disconnected.'])
    socket.terminate()
  })
})

describe('the send queue', () => {
  it('is bounded by what is waiting and what is new together', () => {
    const sent: string[] = []
    const socket = Object.assign(new EventEmitter(), {
      OPEN: 1,
      readyState: 1,
      bufferedAmount: 90,
      send: (text: string) => sent.push(text),
      terminate: vi.fn()
    }) as unknown as WebSocket
    const port = socketPort(socket, { mostBuffered: 100, report: () => undefined })
    port.post('12345678')
    expect(sent).toEqual(['"12345678"'])
    port.post('123456789')
    expect(sent).toHaveLength(1)
    expect(socket.terminate).toHaveBeenCalledOnce()
  })

  it('takes a message of any length when nothing waits, and less of what nobody asked for', () => {
    const written: (() => void)[] = []
    const socket = Object.assign(new EventEmitter(), {
      OPEN: 1,
      readyState: 1,
      bufferedAmount: 0,
      send: (_text: string, done?: () => void) => void (done !== undefined && written.push(done)),
      terminate: vi.fn()
    }) as unknown as WebSocket
    const port = socketPort(socket, { mostBuffered: 100, mostNews: 60, report: () => undefined })
    const news = { kind: 'event', name: 'x'.repeat(20) }
    port.post('x'.repeat(1000))
    port.post({ ...news, name: 'x'.repeat(200) })
    expect(socket.terminate).not.toHaveBeenCalled()
    written.forEach((done) => done())
    port.post(news)
    expect(socket.terminate).not.toHaveBeenCalled()
    port.post(news)
    expect(socket.terminate).toHaveBeenCalledOnce()
  })
})

describe('the heartbeat', () => {
  it('ends a connection that did not answer the last beat, and no other', () => {
    vi.useFakeTimers()
    const fake = (): WebSocket =>
      Object.assign(new EventEmitter(), { ping: vi.fn(), terminate: vi.fn() }) as unknown as WebSocket
    const [alive, dead] = [fake(), fake()]
    const heartbeat = new Heartbeat(() => [alive, dead], 1000)
    for (const socket of [alive, dead]) heartbeat.watch(socket)
    vi.advanceTimersByTime(1000)
    alive.emit('pong')
    expect([alive.ping, dead.ping]).toSatisfy((pings: unknown[]) =>
      pings.every((ping) => vi.mocked(ping as () => void).mock.calls.length === 1)
    )
    vi.advanceTimersByTime(1000)
    expect(alive.terminate).not.toHaveBeenCalled()
    expect(dead.terminate).toHaveBeenCalledOnce()
    heartbeat.stop()
    vi.advanceTimersByTime(10_000)
    expect(alive.ping).toHaveBeenCalledTimes(2)
  })
})

describe('closing the server', () => {
  it('says goodbye to its pages and frees the port', async () => {
    const server = await start()
    const { socket, port } = await connected(server)
    const gone = new Promise<void>((resolve) => port.onClose(resolve))
    const closed = closeCodeOf(socket)
    await server.close()
    await gone
    expect(await closed).toBe(1001)
    await expect(server.ask('/')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('is no error twice', async () => {
    const server = await start()
    await server.close()
    await expect(server.close()).resolves.toBeUndefined()
  })
})

describe('a taken port', () => {
  it('is named together with the way out', async () => {
    const server = await start()
    const { createWebServer } = await import('../../../src/web/server')
    const other = createWebServer({
      access: server.access,
      uploads: Object.create(null) as never,
      downloads: server.downloads,
      pageFolder: server.root,
      grant: () => Promise.reject(new Error('not asked')),
      connect: () => undefined,
      log: () => undefined
    })
    await expect(other.listen(server.port)).rejects.toMatchObject({
      code: 'invalidArgument',
      message: `Port ${server.port} is taken by another program. Choose another one with --port, or leave it out.`
    })
  })
})
