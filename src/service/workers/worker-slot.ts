import { LaminaError, messageOf } from '../../shared/errors'
import {
  createClient,
  type Client,
  type Contract,
  type EventName,
  type EventPayload,
  type Params,
  type RequestName,
  type RequestOptions,
  type Result
} from '../../shared/rpc'
import type { WorkerKind, WorkerProcess } from '../host'
import { Heartbeat, type Pulse } from './heartbeat'

interface Live<C extends Contract> {
  readonly process: WorkerProcess
  readonly client: Client<C>
  /** Ends one request under way. */
  readonly pending: Set<(error: LaminaError) => void>
  heartbeat: Heartbeat | null
}

/** What a process that did not give up its work has for tidying up its temporary files. */
const POLITENESS_MS = 40

export interface WorkerSlotOptions<C extends Contract> {
  readonly kind: WorkerKind
  readonly contract: C
  start(kind: WorkerKind): WorkerProcess
  /** Asks the worker whether it is there; a worker that has no such request is not watched. */
  ping?(client: Client<C>): Promise<Pulse>
  /**
   * How a worker that was to give up its work shows that it has, when nobody waits for anything else; one that does not in
   * time is ended, and another takes its place.
   */
  readonly givingUp?: {
    /** Requests worth a new process. */
    readonly requests: readonly RequestName<C>[]
    /** Those of them that are worth none where another request waits already: the process holds what that one needs. */
    readonly followed: readonly RequestName<C>[]
    readonly milliseconds: number
    /** Settles once nothing is under way. */
    rest(client: Client<C>): Promise<unknown>
  }
  /** Tidies up after a process that is gone, however it ended. */
  tidy?(pid: number): Promise<void>
  /** The process ended unasked. */
  ended(reason: string): void
  /** A message broke the contract: a defect. */
  report(error: LaminaError): void
}

/**
 * The place of one worker process: started on first use, started again on the next use after it died, killed when it hangs. A
 * request never outlives its process: it is answered, or refused with the reason of the death in words.
 */
export class WorkerSlot<C extends Contract> {
  private live: Live<C> | null = null
  private readonly exits = new Set<Promise<unknown>>()
  private readonly listeners: ((client: Client<C>) => void)[] = []
  private closed = false
  /** Settles once it is known whether a worker gives up its work by itself. */
  private givingUp: Promise<void> | null = null
  /** How many requests wait for that. */
  private waiting = 0

  constructor(private readonly options: WorkerSlotOptions<C>) {}

  /** Whether a process is there (it may be starting). */
  get running(): boolean {
    return this.live !== null
  }

  /** Hear an event of every process that will ever be in this place. */
  on<N extends EventName<C>>(name: N, listener: (payload: EventPayload<C, N>) => void): void {
    const attach = (client: Client<C>): void => void client.on(name, listener)
    this.listeners.push(attach)
    if (this.live !== null) attach(this.live.client)
  }

  /** @throws LaminaError the worker's own, or `workerFailed` when its process ended or could not be started */
  async request<N extends RequestName<C>>(
    name: N,
    params: Params<C, N>,
    options?: RequestOptions
  ): Promise<Result<C, N>> {
    // Not without a reason: the process is to be there as soon as it is asked.
    if (this.givingUp !== null) await this.settled()
    const live = this.live ?? this.start()
    return new Promise((resolve, reject) => {
      live.pending.add(reject)
      live.client.request(name, params, options).then(
        (result) => {
          live.pending.delete(reject)
          resolve(result)
        },
        (error: unknown) => {
          if (error instanceof LaminaError && error.code === 'disconnected') {
            // The port closes a moment before the process is gone; its exit knows the reason and refuses the request.
            live.process.kill()
            return
          }
          live.pending.delete(reject)
          if (options?.signal?.aborted === true) this.gaveUp(live, name)
          reject(error instanceof Error ? error : new Error(messageOf(error)))
        }
      )
    })
  }

  /** End the process on purpose; requests under way are refused with `refusal`. The next use starts a new one. */
  async end(refusal: LaminaError): Promise<void> {
    const live = this.live
    if (live === null) return
    this.live = null
    live.heartbeat?.stop()
    refuseAll(live, refusal)
    live.process.kill()
    await live.process.exited
  }

  /**
   * The process is of no use any more, though it lives: it is killed, which is told as if it had died by itself.
   * @param reason in words that follow "the training worker …"
   */
  giveUpOn(reason: string): void {
    if (this.live !== null) this.condemn(this.live, reason)
  }

  /** End the process for good, and wait until every process that ever ran here is gone. */
  async close(): Promise<void> {
    this.closed = true
    await this.end(new LaminaError('cancelled', 'Lamina is closing.'))
    await Promise.all(this.exits)
  }

  /** Settles once the worker, or another in its place, can take up work. */
  async settled(): Promise<void> {
    this.waiting += 1
    await this.givingUp
    this.waiting -= 1
  }

  private gaveUp(live: Live<C>, name: RequestName<C>): void {
    const { givingUp, report } = this.options
    if (givingUp?.requests.includes(name) !== true || live.pending.size > 0 || this.live !== live) return
    const settling = new Promise<'rests' | 'works'>((resolve) => {
      const timer = setTimeout(() => resolve('works'), givingUp.milliseconds)
      const rests = (): void => {
        clearTimeout(timer)
        resolve('rests')
      }
      // One that is gone has given up as well.
      givingUp.rest(live.client).then(rests, rests)
    }).then((state) => {
      if (this.givingUp === settling) this.givingUp = null
      if (state === 'rests' || this.live !== live) return
      if (givingUp.followed.includes(name) && this.waiting > 0) return
      // One that computes does not hear that it is to end either, and its memory is wanted.
      setTimeout(() => live.process.kill('now'), POLITENESS_MS).unref()
      // Nobody waits for the process to be gone.
      this.end(new LaminaError('cancelled', 'The work was given up.')).catch((error: unknown) =>
        report(new LaminaError('internal', messageOf(error), {}, error))
      )
    })
    this.givingUp = settling
  }

  private start(): Live<C> {
    const { kind, contract, report } = this.options
    if (this.closed) throw new LaminaError('cancelled', 'Lamina is closing.')
    let process
    try {
      process = this.options.start(kind)
    } catch (error) {
      throw new LaminaError(
        'workerFailed',
        `The ${kind} worker could not be started: ${messageOf(error)}.`,
        { worker: kind },
        error
      )
    }
    const client = createClient(contract, process.port, report)
    const live: Live<C> = { process, client, pending: new Set(), heartbeat: null }
    this.live = live
    for (const attach of this.listeners) attach(client)
    const { ping } = this.options
    if (ping !== undefined) {
      live.heartbeat = new Heartbeat({
        ping: () => ping(client),
        hung: (hung) => this.condemn(live, hung)
      })
    }
    const exit = process.exited.then(({ reason }) => {
      this.handleExit(live, reason)
      return this.tidyAfter(process)
    })
    this.exits.add(exit)
    void exit.finally(() => this.exits.delete(exit))
    return live
  }

  private async tidyAfter({ pid }: WorkerProcess): Promise<void> {
    const { kind, tidy, report } = this.options
    if (pid === undefined) return
    await tidy?.(pid).catch((error: unknown) => {
      const message = `What the ${kind} worker left behind could not be removed: ${messageOf(error)}`
      report(new LaminaError('writeFailed', message, { worker: kind }, error))
    })
  }

  private condemn(live: Live<C>, reason: string): void {
    live.process.kill('now')
    // It may sit where not even that reaches it at once; whoever waits for it need not.
    this.handleExit(live, reason)
  }

  private handleExit(live: Live<C>, reason: string): void {
    const { kind } = this.options
    live.heartbeat?.stop()
    const unasked = this.live === live
    if (unasked) this.live = null
    // Whoever looks after the process hears of it first, so that a refused caller finds everything up to date.
    if (unasked) this.options.ended(reason)
    refuseAll(live, new LaminaError('workerFailed', `The ${kind} worker ${reason}.`, { worker: kind, reason }))
  }
}

function refuseAll({ pending }: { pending: Set<(error: LaminaError) => void> }, error: LaminaError): void {
  for (const refuse of pending) refuse(error)
  pending.clear()
}
