import { z } from 'zod'
import { LaminaError, errorDataSchema, toErrorData } from './errors'
import { excessOf } from './message-size'
import type { Port } from './port'
import { parse } from './validate'

/**
 * One contract describes a link: the requests one side may make of the other and the events that flow back. Both
 * ends validate against it, and both infer their types from it; nothing is typed twice.
 */
export interface Contract {
  readonly name: string
  readonly requests: Readonly<Record<string, RequestSpec>>
  readonly events: Readonly<Record<string, z.ZodType>>
}
export interface RequestSpec {
  readonly params: z.ZodType
  readonly result: z.ZodType
}

export type RequestName<C extends Contract> = keyof C['requests'] & string
export type Params<C extends Contract, N extends RequestName<C>> = z.infer<C['requests'][N]['params']>
export type Result<C extends Contract, N extends RequestName<C>> = z.infer<C['requests'][N]['result']>
export type EventName<C extends Contract> = keyof C['events'] & string
export type EventPayload<C extends Contract, N extends EventName<C>> = z.infer<C['events'][N]>

/**
 * Every request of a contract, and nothing else, has a handler: only this explicit list is reachable. The signal is
 * aborted when the asking side gives the request up, or is gone (its reason is `disconnected` then); nobody hears of the
 * outcome. What has to be done all the same, as a save, does not listen to it.
 */
export type Handlers<C extends Contract> = {
  readonly [N in RequestName<C>]: (params: Params<C, N>, signal: AbortSignal) => Promise<Result<C, N>> | Result<C, N>
}

export function defineContract<const C extends Contract>(contract: C): C {
  return contract
}

const requestMessage = z.strictObject({
  kind: z.literal('request'),
  id: z.number().int().nonnegative(),
  name: z.string().max(100),
  params: z.unknown()
})
const cancelMessage = z.strictObject({ kind: z.literal('cancel'), id: z.number().int().nonnegative() })
const towardsServer = z.discriminatedUnion('kind', [requestMessage, cancelMessage])
const replyMessage = z.strictObject({
  kind: z.literal('reply'),
  id: z.number().int().nonnegative(),
  outcome: z.discriminatedUnion('ok', [
    z.strictObject({ ok: z.literal(true), result: z.unknown() }),
    z.strictObject({ ok: z.literal(false), error: errorDataSchema })
  ])
})
const eventMessage = z.strictObject({ kind: z.literal('event'), name: z.string().max(100), payload: z.unknown() })
const towardsClient = z.discriminatedUnion('kind', [replyMessage, eventMessage])

export interface RequestOptions {
  /** Gives the request up when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

export interface Client<C extends Contract> {
  /**
   * @throws LaminaError with the server's code, `disconnected` when the port closes first, or `cancelled` at once when it
   * is given up
   */
  request<N extends RequestName<C>>(name: N, params: Params<C, N>, options?: RequestOptions): Promise<Result<C, N>>
  /** @returns a function that stops listening */
  on<N extends EventName<C>>(name: N, listener: (payload: EventPayload<C, N>) => void): () => void
  onClose(listener: (reason: LaminaError) => void): void
  close(): void
}

/** The asking side of a contract. `report` hears of messages that break the contract. */
export function createClient<C extends Contract>(
  contract: C,
  port: Port,
  report: (error: LaminaError) => void
): Client<C> {
  interface Pending {
    name: string
    result: z.ZodType
    resolve: (value: never) => void
    reject: (error: unknown) => void
  }
  const pending = new Map<number, Pending>()
  const listeners = new Map<string, Set<(payload: never) => void>>()
  const closeListeners: ((reason: LaminaError) => void)[] = []
  let nextId = 0
  let closed: LaminaError | null = null

  port.onMessage((raw) => {
    try {
      const message = parse(towardsClient, raw, { what: `A message on ${contract.name}`, code: 'internal' })
      if (message.kind === 'event') receiveEvent(message.name, message.payload)
      else receiveReply(message)
    } catch (error) {
      report(error instanceof LaminaError ? error : LaminaError.fromData(toErrorData(error)))
    }
  })
  port.onClose(() => {
    closed = new LaminaError('disconnected', `The connection (${contract.name}) closed.`)
    for (const [id, { name, reject }] of pending) {
      pending.delete(id)
      reject(new LaminaError('disconnected', `The connection closed before "${name}" was answered.`, { request: name }))
    }
    for (const listener of closeListeners) listener(closed)
  })

  function receiveReply(message: z.infer<typeof replyMessage>): void {
    const waiting = pending.get(message.id)
    if (waiting === undefined) return // given up on already
    pending.delete(message.id)
    if (!message.outcome.ok) {
      waiting.reject(LaminaError.fromData(message.outcome.error))
      return
    }
    try {
      const result = parse(waiting.result, message.outcome.result, {
        what: `The reply to "${waiting.name}"`,
        code: 'internal'
      })
      waiting.resolve(result as never)
    } catch (error) {
      waiting.reject(error)
    }
  }

  function receiveEvent(name: string, payload: unknown): void {
    const schema = Object.hasOwn(contract.events, name) ? contract.events[name] : undefined
    if (schema === undefined) throw new LaminaError('internal', `Unknown event "${name}" on ${contract.name}.`)
    const value = parse(schema, payload, { what: `The event "${name}"`, code: 'internal' })
    for (const listener of listeners.get(name) ?? []) listener(value as never)
  }

  return {
    request(name, params, { signal } = {}) {
      if (closed !== null) return Promise.reject(closed)
      const spec = contract.requests[name]
      if (spec === undefined) return Promise.reject(new LaminaError('internal', `Unknown request "${name}".`))
      if (signal?.aborted === true) return Promise.reject(givenUp(name))
      const id = nextId++
      const cancel = (): void => {
        pending.get(id)?.reject(givenUp(name))
        pending.delete(id)
        port.post({ kind: 'cancel', id })
      }
      const answered = new Promise<Result<typeof contract, typeof name>>((resolve, reject) => {
        pending.set(id, { name, result: spec.result, resolve: resolve as (value: never) => void, reject })
        port.post({ kind: 'request', id, name, params })
      })
      signal?.addEventListener('abort', cancel, { once: true })
      return answered.finally(() => signal?.removeEventListener('abort', cancel))
    },
    on(name, listener) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set)
      set.add(listener as (payload: never) => void)
      return () => set.delete(listener as (payload: never) => void)
    },
    onClose(listener) {
      closeListeners.push(listener)
    },
    close: () => port.close()
  }
}

function givenUp(name: string): LaminaError {
  return new LaminaError('cancelled', `The request "${name}" was cancelled.`, { request: name })
}

/** Far more than a window has questions at a time; whoever asks more gets an answer to each, but no work for it. */
export const MOST_UNDER_WAY = 256

export interface Server<C extends Contract> {
  emit<N extends EventName<C>>(name: N, payload: EventPayload<C, N>): void
}

/**
 * The answering side of a contract. A malformed message never throws out of here: where it carries an id it is
 * answered with an `invalidArgument` error, otherwise `report` hears of it.
 */
export function serve<C extends Contract>(
  contract: C,
  port: Port,
  handlers: Handlers<C>,
  report: (error: LaminaError) => void
): Server<C> {
  const underWay = new Map<number, AbortController>()

  port.onMessage((raw) => {
    void receive(raw)
  })
  port.onClose(() => {
    for (const controller of underWay.values())
      controller.abort(new LaminaError('disconnected', 'Whoever asked is gone.'))
  })

  async function receive(raw: unknown): Promise<void> {
    let message
    try {
      const excess = excessOf(raw)
      if (excess !== null) {
        throw new LaminaError('invalidArgument', `A message on ${contract.name} is refused: ${excess}.`)
      }
      message = parse(towardsServer, raw, { what: `A message on ${contract.name}`, code: 'invalidArgument' })
    } catch (error) {
      report(LaminaError.fromData(toErrorData(error)))
      const id = requestIdOf(raw)
      if (id !== null) port.post({ kind: 'reply', id, outcome: { ok: false, error: toErrorData(error) } })
      return
    }
    if (message.kind === 'cancel') {
      underWay.get(message.id)?.abort(new LaminaError('cancelled', 'The request was given up.'))
      return
    }
    const { id, name } = message
    const controller = new AbortController()
    try {
      // Two answers to one id would be one too many for whoever waits for it.
      if (underWay.has(id))
        throw new LaminaError('invalidArgument', `A request with the id ${id} is under way already.`)
      if (underWay.size >= MOST_UNDER_WAY) {
        throw new LaminaError('busy', `${MOST_UNDER_WAY} requests are under way; wait for answers before asking more.`)
      }
      underWay.set(id, controller)
      const spec = Object.hasOwn(contract.requests, name) ? contract.requests[name] : undefined
      if (spec === undefined) throw new LaminaError('invalidArgument', `There is no request "${name}".`)
      const params = parse(spec.params, message.params, { what: `Request "${name}"`, code: 'invalidArgument' })
      const handler = handlers[name as RequestName<C>]
      const result = await handler(params as Params<C, RequestName<C>>, controller.signal)
      port.post({ kind: 'reply', id, outcome: { ok: true, result } })
    } catch (error) {
      const data = toErrorData(error)
      // Work that was given up may well stumble over what was taken away under it.
      if (data.code === 'internal' && !controller.signal.aborted)
        report(new LaminaError(data.code, data.message, { request: name }, error))
      port.post({ kind: 'reply', id, outcome: { ok: false, error: data } })
    } finally {
      if (underWay.get(id) === controller) underWay.delete(id)
    }
  }

  return {
    emit(name, payload) {
      port.post({ kind: 'event', name, payload })
    }
  }
}

function requestIdOf(raw: unknown): number | null {
  if (typeof raw !== 'object' || raw === null || !('id' in raw)) return null
  const id = raw.id
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : null
}
