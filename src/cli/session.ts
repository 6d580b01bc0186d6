import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  contract,
  type FilePurpose,
  type FileRef,
  type LaminaContract,
  type OpenDataset,
  type SavedFile
} from '../shared/contract'
import { LaminaError } from '../shared/errors'
import { portPair } from '../shared/port'
import { createClient, type Client } from '../shared/rpc'
import type { DialectOverrides } from '../shared/table/dialect'
import { createService, type Service, type WorkerKind, type WorkerProcess } from '../service'
import { createCliHost, type CliHost } from './cli-host'
import type { Terminal } from './terminal'

export interface SessionOptions {
  readonly terminal: Terminal
  /** Bytes of memory that tables may take; left out for what the person chose in the window. */
  readonly tableMemory?: number | undefined
  /** For tests: workers without processes. */
  readonly startWorker?: ((kind: WorkerKind) => WorkerProcess) | undefined
}

/** One command's connection to a service of its own. */
export class Session {
  private interrupted = false
  /** What Ctrl+C does; ending everything unless a command knows better. */
  private interruptListener: () => void = () => void this.service.close()

  private constructor(
    readonly client: Client<LaminaContract>,
    private readonly service: Service,
    private readonly host: CliHost,
    private readonly terminal: Terminal
  ) {}

  /**
   * Do something with a service and leave nothing of it behind, whatever happens.
   * @throws LaminaError `cancelled` when the person stopped it
   */
  static async with<T>(
    { terminal, startWorker, tableMemory }: SessionOptions,
    work: (session: Session) => Promise<T>
  ): Promise<T> {
    const log = (level: string, text: string): void => {
      // Warnings of the service are about its housekeeping; what concerns the work comes back as an error.
      if (level === 'error') terminal.message(`lamina: ${text}\n`)
    }
    const host = createCliHost(log, startWorker, tableMemory)
    const service = createService(host)
    const [ours, theirs] = portPair()
    service.connect(theirs)
    const client = createClient(contract, ours, (error) => log('error', error.message))
    const session = new Session(client, service, host, terminal)
    const stopListening = terminal.onInterrupt(() => session.interrupt())
    try {
      return await work(session)
    } catch (error) {
      const stopped =
        session.interrupted && error instanceof LaminaError && ['cancelled', 'disconnected'].includes(error.code)
      throw stopped ? new LaminaError('cancelled', 'Stopped; nothing was written.') : error
    } finally {
      stopListening()
      await service.close()
      if (host.privateCache !== null) await rm(host.privateCache, { recursive: true, force: true })
    }
  }

  /** Whether Ctrl+C was pressed. */
  get wasInterrupted(): boolean {
    return this.interrupted
  }

  /** Do `listener` on the first Ctrl+C in place of ending everything. A second one always ends the program. */
  onInterrupt(listener: () => void): void {
    this.interruptListener = listener
  }

  /** @throws LaminaError `notFound` */
  grant(path: string, purpose: FilePurpose): Promise<FileRef> {
    return this.service.grantFile(absolute(this.terminal, path), purpose)
  }

  async openTable(path: string, overrides: DialectOverrides = {}): Promise<OpenDataset> {
    const file = await this.grant(path, 'dataset')
    return this.client.request('dataset.open', { file: file.id, overrides })
  }

  /** Make a save go to a path; the service asks for none but this one. */
  async saveTo<T extends SavedFile | { saved: SavedFile } | null>(
    path: string,
    save: () => Promise<T>
  ): Promise<NonNullable<T>> {
    this.host.nextSave = absolute(this.terminal, path)
    const saved = await save()
    if (saved === null) throw new LaminaError('internal', `${path} was not saved.`)
    return saved
  }

  private interrupt(): void {
    if (this.interrupted) process.exit(1)
    this.interrupted = true
    this.interruptListener()
  }
}

export function absolute(terminal: Terminal, path: string): string {
  return resolve(terminal.folder, path)
}
