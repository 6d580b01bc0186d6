import { once } from 'node:events'
import { WebSocket } from 'ws'
import { contract, type LaminaContract } from '../../../src/shared/contract'
import { createClient, type Client } from '../../../src/shared/rpc'
import { socketLimits, socketPort } from '../../../src/web/socket-port'
import { startHost, type RunningHost } from '../../e2e/support/designer'

/** The built browser host over a data folder that outlives it. */
export async function startKillable(data: string, files: readonly string[] = []): Promise<RunningHost> {
  return startHost(files, { LAMINA_DATA_FOLDER: data })
}

/** End a host as a power cut would: nothing of it gets to say a word. */
export async function kill(host: RunningHost): Promise<void> {
  const ended = once(host.process, 'exit')
  host.process.kill('SIGKILL')
  await ended
  await host.close()
}

/** Talk to a running host as its page does, over a WebSocket. */
export async function connectTo(host: RunningHost): Promise<Client<LaminaContract>> {
  const { origin } = new URL(host.address)
  const answer = await fetch(host.address, { redirect: 'manual' })
  const cookie = answer.headers.get('set-cookie')?.split(';', 1)[0]
  if (cookie === undefined) throw new Error(`The host at ${origin} gave no cookie (status ${answer.status}).`)
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/socket`, { headers: { cookie }, origin })
  await once(socket, 'open')
  const port = socketPort(socket, { mostBuffered: socketLimits.mostBuffered, report: () => undefined })
  return createClient(contract, port, (error) => {
    throw error
  })
}
