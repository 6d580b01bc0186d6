import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessagePortMain } from 'electron'
import { afterAll } from 'vitest'
import { WebSocket } from 'ws'
import { messagePort } from '../../src/main/message-port'
import type { Port } from '../../src/shared/port'
import { Access } from '../../src/web/access'
import { Downloads } from '../../src/web/downloads'
import { createWebServer } from '../../src/web/server'
import { socketLimits, socketPort } from '../../src/web/socket-port'
import { Uploads } from '../../src/web/uploads'
import { contractSuite } from './suite'

/** The browser host's own server on a real loopback socket; only the service behind it is the suite's. */
const root = await mkdtemp(join(tmpdir(), 'lamina-transports-'))
const arrivals: ((port: Port) => void)[] = []
const access = new Access()
const server = createWebServer({
  access,
  uploads: new Uploads({ folder: join(root, 'uploads'), mostBytes: 0 }),
  downloads: new Downloads(join(root, 'downloads')),
  pageFolder: root,
  grant: () => Promise.reject(new Error('Nothing is uploaded here.')),
  connect: (port) => arrivals.shift()?.(port),
  log: (_level, message) => {
    throw new Error(message)
  }
})
const port = await server.listen(0)
afterAll(async () => {
  await server.close()
  await rm(root, { recursive: true, force: true })
})

contractSuite('WebSocket', async () => {
  const arrived = new Promise<Port>((resolve) => arrivals.push(resolve))
  const cookie = access.redeem(access.token, port)?.split(';', 1)[0] ?? ''
  const origin = `http://127.0.0.1:${port}`
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers: { cookie }, origin })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const options = { mostBuffered: socketLimits.mostBuffered, report: (problem: string) => console.error(problem) }
  return { client: socketPort(socket, options), service: await arrived }
})

contractSuite('MessagePort', () => {
  // Electron's ports clone like Node's; what differs is how their events look.
  const { port1, port2 } = new MessageChannel()
  return Promise.resolve({ client: messagePort(electronPort(port1)), service: messagePort(electronPort(port2)) })
})

function electronPort(port: MessagePort): MessagePortMain {
  const events = new EventEmitter()
  // A listener starts a Node port, and Electron's has to be started.
  const start = (): void => void port.on('message', (data: unknown) => events.emit('message', { data }))
  port.on('close', () => events.emit('close'))
  return Object.assign(events, {
    start,
    close: () => port.close(),
    postMessage: (message: unknown) => port.postMessage(message)
  }) as unknown as MessagePortMain
}
