/**
 * The process that is attacked: one service with real workers, reached over a real WebSocket and over a message channel.
 * It is its own attacker, so that whoever traces it sees every file that is touched. Prints one JSON line.
 * Arguments: its folder, the seed, how many messages.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { WebSocket } from 'ws'
import { startNodeWorker } from '../../../src/service'
import { contract, type LaminaContract } from '../../../src/shared/contract'
import { createClient, type Client } from '../../../src/shared/rpc'
import type { Port } from '../../../src/shared/port'
import { Access } from '../../../src/web/access'
import { Downloads } from '../../../src/web/downloads'
import { createWebServer } from '../../../src/web/server'
import { Uploads } from '../../../src/web/uploads'
import { malformedMessage, type ValidRequest } from '../../support/malformed-messages'
import { builtWorkers } from '../../support/processes'
import { rightRequests } from '../../support/right-requests'
import { SeededRandom } from '../../support/seeded-random'
import { createTestService } from '../../support/test-service'
import { CANARY, attackMarker, layOut } from './ground'

/** As many as are sent before the service is asked whether it still answers. */
const VOLLEY = 100
const PATIENCE_MS = 60_000

export interface Attack {
  readonly sent: number
  /** Replies that refused, and replies that did not. */
  readonly refused: number
  readonly answered: number
  /** Sockets the host closed for what came over them. */
  readonly closed: number
  readonly slowestHello: number
  readonly failures: readonly string[]
}

/** Where raw messages go in and raw answers come out. */
interface Line {
  send(message: unknown): void
  /** What only this transport can get wrong. */
  garble(): void
  hello(): Promise<void>
  close(): void
}

/** What is no message at all. */
const garbage = [
  '',
  '{',
  '{"kind":',
  'null',
  '[',
  '[]',
  '"\\ud800"',
  '['.repeat(100_000),
  Buffer.from([0, 255]),
  '\u0000'
]

const [root = '', seedText = '1', countText = '1000'] = process.argv.slice(2)
const random = new SeededRandom(Number(seedText))
const count = Number(countText)
const failures: string[] = []
const tally = { refused: 0, answered: 0, closed: 0, slowestHello: 0 }

const ground = layOut(root)
const host = createTestService(root, (kind) => startNodeWorker(kind, builtWorkers()))
host.answers.open = ground.table

const access = new Access()
const server = createWebServer({
  access,
  uploads: new Uploads({ folder: join(host.folders.data, 'uploads'), mostBytes: 1000 }),
  downloads: new Downloads(join(host.folders.data, 'downloads')),
  pageFolder: root,
  grant: (path, purpose) => host.service.grantFile(path, purpose),
  connect: (port) => host.service.connect(port),
  log: () => undefined
})
const port = await server.listen(0)
const cookie = access.redeem(access.token, port)?.split(';', 1)[0] ?? ''

const valid = await everyRequest()
existsSync(attackMarker(root))
for (const [transport, clones] of [
  ['MessagePort', true],
  ['WebSocket', false]
] as const) {
  const open = clones ? openChannel : openSocket
  let line = await open()
  for (let sent = 0; sent < count / 2; sent++) {
    if (random.chance(0.001)) line.garble()
    else line.send(malformedMessage({ random, valid, texts: ground.texts, clones }))
    if (sent % VOLLEY !== VOLLEY - 1) continue
    line = await answersStill(line, open, `${transport}, after ${sent + 1} messages`)
    if (sent % 10_000 === 10_000 - 1) console.error(`${transport}: ${sent + 1}`)
  }
  line.close()
}
if (Reflect.get(Object.prototype, 'polluted') !== undefined) failures.push('The prototype of all objects was changed.')
for (const logged of host.logged) {
  const isCrash = /^warning: The (data|training) worker/.test(logged)
  if (isCrash || logged.startsWith('error: internal')) failures.push(logged.slice(0, 300))
}
await server.close()
await host.service.close()
console.log(JSON.stringify({ sent: count, ...tally, failures: [...new Set(failures)].slice(0, 20) } satisfies Attack))

/** The service says hello on the line; on a new one where the old one was closed for what came over it. */
async function answersStill(line: Line, open: () => Promise<Line>, when: string): Promise<Line> {
  const began = performance.now()
  let current = line
  for (let attempt = 0; ; attempt++) {
    try {
      await current.hello()
      tally.slowestHello = Math.max(tally.slowestHello, Math.round(performance.now() - began))
      return current
    } catch (error) {
      const code = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : null
      if (performance.now() - began > PATIENCE_MS) {
        failures.push(`No hello over ${when}: ${String(error)}`)
        return open()
      }
      if (code === 'disconnected') {
        tally.closed++
        current = await open()
      } else if (code === 'busy') await new Promise((resolve) => setTimeout(resolve, 20))
      else throw error
    }
  }
}

/** Every request as a page would make it, with what the person handed over. */
async function everyRequest(): Promise<readonly ValidRequest[]> {
  const channel = new MessageChannel()
  host.service.connect(nodePort(channel.port1))
  const client = createClient(contract, nodePort(channel.port2), (error) => {
    throw error
  })
  return rightRequests(client, host, ground)
}

function heard(answer: unknown): void {
  if (typeof answer !== 'object' || answer === null || Reflect.get(answer, 'kind') !== 'reply') return
  const outcome: unknown = Reflect.get(answer, 'outcome')
  const ok = typeof outcome === 'object' && outcome !== null && Reflect.get(outcome, 'ok') === true
  if (ok) tally.answered++
  else tally.refused++
}

function read(text: string): void {
  if (text.includes(CANARY)) failures.push(`A reply holds what nobody handed over: ${text.slice(0, 200)}`)
}

function openChannel(): Promise<Line> {
  const { port1, port2 } = new MessageChannel()
  host.service.connect(nodePort(port1))
  const client = createClient(contract, tapped(nodePort(port2)), () => undefined)
  return Promise.resolve({
    send: (message) => port2.postMessage(message),
    garble: () => port2.postMessage(undefined),
    hello: () => greet(client),
    close: () => port2.close()
  })
}

async function openSocket(): Promise<Line> {
  const origin = `http://127.0.0.1:${port}`
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers: { cookie }, origin })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.on('error', () => undefined)
  let deliver: (message: unknown) => void = () => undefined
  socket.on('message', (data) => {
    const text = String(data)
    read(text)
    deliver(JSON.parse(text))
  })
  const client = createClient(
    contract,
    tapped({
      post: (message) => socket.send(JSON.stringify(message), () => undefined),
      onMessage: (listener) => (deliver = listener),
      onClose: (listener) => void socket.once('close', listener),
      close: () => socket.close()
    }),
    () => undefined
  )
  return {
    send: (message) => socket.send(JSON.stringify(message) ?? 'undefined', () => undefined),
    garble: () => socket.send(random.pick<string | Buffer>(garbage), () => undefined),
    hello: () => greet(client),
    close: () => socket.terminate()
  }
}

async function greet(client: Client<LaminaContract>): Promise<void> {
  await client.request('app.hello', {})
}

/** The port, with every answer counted and looked through. */
function tapped(inner: Port): Port {
  return {
    ...inner,
    onMessage: (listener) =>
      inner.onMessage((message) => {
        heard(message)
        listener(message)
      })
  }
}

function nodePort(end: MessagePort): Port {
  return {
    post: (message) => end.postMessage(message),
    onMessage: (listener) => void end.on('message', listener),
    onClose: (listener) => void end.on('close', listener),
    close: () => end.close()
  }
}
