import type { LaminaContract } from '../../shared/contract'
import { LaminaError, messageOf } from '../../shared/errors'
import type { EventName, EventPayload, Params, RequestName, RequestOptions, Result } from '../../shared/rpc'
import { connectHost, type Hello, type HostConnection } from '../host/connection'
import type { Transfer } from '../host/transfer'

const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 8000

/** The connection to the service, kept up: lost connections are made again, event listeners survive that. */
class Session {
  status = $state<'connecting' | 'ready' | 'lost'>('connecting')
  /** The service's answer to the first call; the last one known while the connection is lost. */
  hello = $state.raw<Hello | null>(null)
  /** Why there is no connection, in words. */
  problem = $state<string | null>(null)
  /** The upload under way, on hosts that need one. */
  transfer = $state.raw<Transfer | null>(null)

  #connection: HostConnection | null = null
  #started: Promise<void> | null = null
  #readyListeners = new Set<() => void>()
  #subscriptions = new Set<(connection: HostConnection) => void>()
  #wake: (() => void) | null = null

  /** @throws LaminaError `disconnected` while there is none */
  get connection(): HostConnection {
    if (this.#connection === null)
      throw new LaminaError('disconnected', this.problem ?? 'Lamina is still connecting to its service.')
    return this.#connection
  }

  /** Connect and stay connected. Resolves when the service answered for the first time. */
  connect(): Promise<void> {
    this.#started ??= new Promise((resolve) => {
      this.onReady(resolve)
      void this.#keepConnected()
      const wake = (): void => this.retryNow()
      window.addEventListener('online', wake)
      document.addEventListener('visibilitychange', wake)
    })
    return this.#started
  }

  /** Do not wait for the next attempt to connect. */
  retryNow(): void {
    this.#wake?.()
  }

  async request<N extends RequestName<LaminaContract>>(
    name: N,
    params: Params<LaminaContract, N>,
    options?: RequestOptions
  ): Promise<Result<LaminaContract, N>> {
    return this.connection.client.request(name, params, options)
  }

  /**
   * Listen to an event of the service, over all connections to come.
   * @returns a function that stops listening
   */
  on<N extends EventName<LaminaContract>>(
    name: N,
    listener: (payload: EventPayload<LaminaContract, N>) => void
  ): () => void {
    let stop: (() => void) | null = null
    const subscribe = (connection: HostConnection): void => {
      stop = connection.client.on(name, listener)
    }
    this.#subscriptions.add(subscribe)
    if (this.#connection !== null) subscribe(this.#connection)
    return () => {
      this.#subscriptions.delete(subscribe)
      stop?.()
    }
  }

  /**
   * Call `listener` whenever a connection was made, and now when there is one: the place to attach (again).
   * @returns a function that stops listening
   */
  onReady(listener: () => void): () => void {
    this.#readyListeners.add(listener)
    if (this.status === 'ready') listener()
    return () => this.#readyListeners.delete(listener)
  }

  async #keepConnected(): Promise<never> {
    let delay = FIRST_RETRY_MS
    for (;;) {
      try {
        const connection = await connectHost({
          report: (error) => console.error('A message broke the contract.', error),
          transfer: (transfer) => (this.transfer = transfer)
        })
        delay = FIRST_RETRY_MS
        await this.#use(connection)
        this.problem = 'The connection to Lamina’s service was lost. Connecting again …'
      } catch (error) {
        this.problem = messageOf(error)
      }
      this.status = 'lost'
      await this.#sleep(delay)
      delay = Math.min(delay * 2, LAST_RETRY_MS)
    }
  }

  /** @returns when the connection has closed */
  #use(connection: HostConnection): Promise<void> {
    return new Promise((resolve) => {
      connection.client.onClose(() => {
        this.#connection = null
        this.transfer = null
        resolve()
      })
      this.#connection = connection
      this.hello = connection.hello
      this.problem = null
      for (const subscribe of this.#subscriptions) subscribe(connection)
      this.status = 'ready'
      for (const listener of this.#readyListeners) listener()
    })
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(wake, milliseconds)
      this.#wake = wake
    })
  }
}

export const session = new Session()
