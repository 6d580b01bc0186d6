import { randomUUID } from 'node:crypto'
import type { LaminaContract, LaminaEvents } from '../shared/contract'
import type { Port } from '../shared/port'
import type { Server } from '../shared/rpc'

/** One connected window (or any other client). */
export interface ConnectedClient {
  readonly id: string
  readonly port: Port
  readonly server: Server<LaminaContract>
  /** It said hello, so it can make use of events. */
  greeted: boolean
}

/** Everybody who is connected, in the order they came. */
export class Clients {
  private readonly connected = new Map<string, ConnectedClient>()

  /** @param open serves the contract on the port, for the client of this id */
  add(port: Port, open: (id: string) => Server<LaminaContract>): ConnectedClient {
    const id = randomUUID()
    const client: ConnectedClient = { id, port, server: open(id), greeted: false }
    this.connected.set(id, client)
    return client
  }
  remove(id: string): void {
    this.connected.delete(id)
  }
  get(id: string): ConnectedClient | undefined {
    return this.connected.get(id)
  }
  get count(): number {
    return this.connected.size
  }

  emit<N extends keyof LaminaEvents>(name: N, payload: LaminaEvents[N]): void {
    for (const { server } of this.connected.values()) server.emit(name, payload)
  }

  /** The client that said hello last: the window the person most likely looks at. */
  get latest(): ConnectedClient | undefined {
    return [...this.connected.values()].findLast((client) => client.greeted)
  }

  closeAll(): void {
    for (const { port } of this.connected.values()) port.close()
    this.connected.clear()
  }
}
