import { join } from 'node:path'
import { removeScratchOf } from '../files/scratch-folders'
import { contract, type FilePurpose, type FileRef, type MenuCommand } from '../shared/contract'
import { messageOf, type LaminaError } from '../shared/errors'
import type { Port } from '../shared/port'
import { serve, type Client } from '../shared/rpc'
import type { RunState } from '../shared/training-run'
import { dataWorkerContract } from '../shared/workers/data'
import { trainingWorkerContract } from '../shared/workers/training'
import { Clients } from './clients'
import { Datasets } from './datasets/datasets'
import { MemoryForTables } from './datasets/table-memory'
import { Documents } from './documents/documents'
import { Examples } from './documents/examples'
import { FileGrants, purposeOf } from './files/grants'
import { OpenFiles } from './files/open-files'
import { RecentFiles } from './files/recent-files'
import { SavePlaces } from './files/save-places'
import { UnfinishedWrites } from './files/unfinished-writes'
import { RunHistory } from './history/run-history'
import { RunKeeper } from './history/run-keeper'
import { RunStore } from './history/run-store'
import { handlersFor, type LaunchRequest, type Rooms } from './handlers'
import type { Host, WorkerKind } from './host'
import { Journals } from './journal/journals'
import { SettingsFile } from './settings'
import { Runs } from './training/runs'
import { Weights } from './weights/weights'
import type { Pulse } from './workers/heartbeat'
import { WorkerSlot, type WorkerSlotOptions } from './workers/worker-slot'

/** Memory is to be free 200 ms after work on a table was given up, whatever the disk does. */
const GIVING_UP_MS = 150

export interface ServiceStatus {
  readonly clients: number
  /** State of the current run; null before the first. */
  readonly training: RunState | null
}

/** A client as its host sees it. */
export interface ClientConnection {
  readonly id: string
  /** The person said that unsaved changes of this client are not wanted any more. */
  discardWork(): void
  /** Ends the connection; the port is closed. */
  close(): void
}

/** The one implementation of the contract, behind every host. */
export interface Service {
  readonly status: ServiceStatus
  /** Serve a client until its port closes. */
  connect(port: Port): ClientConnection
  /**
   * Approve a file the person handed over (a drop, an upload, an argument).
   * @param purpose what it is; told by its name when left out
   * @throws LaminaError `invalidArgument` for a path that is not absolute, `notFound`
   */
  grantFile(path: string, purpose?: FilePurpose): Promise<FileRef>
  /**
   * The system or a second start asked to open a file: the window opens it now, or the first window when it comes.
   * @throws LaminaError as `grantFile`
   */
  openFromSystem(path: string): Promise<void>
  /** Pass a command of the host's own menu to the window. */
  sendMenuCommand(command: MenuCommand): void
  /** End everything: clients, workers, pending writes. No process is left behind. */
  close(): Promise<void>
}

export function createService(host: Host): Service {
  const warn = (message: string): void => host.log('warning', message)
  const report = (error: LaminaError): void => host.log('error', `${error.code}: ${error.message}`)
  const clients = new Clients()
  const slot = <C extends typeof dataWorkerContract | typeof trainingWorkerContract>(
    kind: WorkerKind,
    workerContract: C,
    ping: (client: Client<C>) => Promise<Pulse>,
    givingUp?: WorkerSlotOptions<C>['givingUp']
  ): WorkerSlot<C> =>
    new WorkerSlot({
      kind,
      contract: workerContract,
      start: (wanted) => host.startWorker(wanted),
      ping,
      ...(givingUp === undefined ? {} : { givingUp }),
      ...(kind === 'data' ? { tidy: (pid: number) => removeScratchOf(pid) } : {}),
      ended: (reason) => workerEnded(kind, reason),
      report
    })
  const data = slot(
    'data',
    dataWorkerContract,
    async (client) => {
      await client.request('ping', {})
      // Its queries run beside its event loop and can be given up, however long they take.
      return { computing: null }
    },
    // A statement that waits for the disk does not hear that it is to end. What is open is read again when it is asked for.
    {
      requests: ['inspect', 'apply', 'normalize', 'prepare'],
      // Settings that change while they are prepared: the table in memory is the one that is prepared next.
      followed: ['prepare'],
      milliseconds: GIVING_UP_MS,
      rest: (client) => client.request('rest', {})
    }
  )
  const training = slot('training', trainingWorkerContract, (client) => client.request('ping', {}))

  const grants = new FileGrants([host.folders.data, host.folders.cache, join(host.folders.resources, 'examples')])
  const recent = new RecentFiles(join(host.folders.data, 'recent.json'), warn)
  const unfinished = new UnfinishedWrites(join(host.folders.data, 'unfinished'))
  const places = new SavePlaces(host, grants, unfinished)
  const examples = new Examples(host.folders.resources)
  const settings = new SettingsFile(join(host.folders.data, 'settings.json'), warn)
  const memory = new MemoryForTables(settings, host.tableMemory ?? null)
  const datasets = new Datasets(data, grants, host.folders.cache, memory, warn)
  const openFiles = new OpenFiles()
  const documents = new Documents(grants, places, recent, examples, datasets, openFiles)
  const journals = new Journals(join(host.folders.data, 'journals'), grants, openFiles, warn)
  const store = new RunStore(join(host.folders.data, 'runs'))
  const runsChanged = (): void => clients.emit('runs.changed', {})
  const keeper = new RunKeeper(store, warn, () => {
    runsChanged()
    void history.tidy()
  })
  const runs = new Runs({
    training,
    datasets,
    keeper,
    resumesAutomatically: async () => (await settings.now()).runs.resumeAutomatically,
    warn
  })
  const history = new RunHistory({
    store,
    settings,
    grants,
    noteTable: (stored, path) => documents.noteTable(stored, path),
    current: (id) => runs.find(id),
    changed: runsChanged,
    warn
  })
  const weights = new Weights(training, runs, history, datasets, grants, places)

  let launch: LaunchRequest | null = null
  let closing: Promise<void> | null = null

  /** Housekeeping that nobody waits for. */
  function settle(work: Promise<unknown>): void {
    work.catch((error: unknown) => warn(`What earlier windows left behind could not be tidied: ${messageOf(error)}`))
  }
  if (host.keepsRecentFiles !== false) {
    settle(journals.tidy())
    settle(unfinished.sweep())
  }

  data.on('progress', (progress) => clients.emit('dataset.progress', progress))

  function workerEnded(kind: WorkerKind, reason: string): void {
    host.log('warning', `The ${kind} worker ${reason}.`)
    clients.emit('worker.ended', { worker: kind, reason })
    if (kind === 'training') runs.workerEnded(reason)
  }

  const rooms: Rooms = {
    host,
    grants,
    recent,
    examples,
    documents,
    journals,
    datasets,
    places,
    runs,
    history,
    weights,
    training,
    async announceSaved(client, file) {
      const { path } = grants.require(file.id)
      if (grants.isOwnCopy(path)) return
      for (const other of await openFiles.others(client, path))
        clients.get(other)?.server.emit('design.savedElsewhere', { file })
    },
    takeLaunch() {
      const taken = launch
      launch = null
      return taken
    },
    greeted(id) {
      const client = clients.get(id)
      if (client !== undefined) client.greeted = true
    }
  }

  return {
    get status() {
      return { clients: clients.count, training: runs.state }
    },
    connect(port) {
      const client = clients.add(port, (id) => serve(contract, port, handlersFor(id, rooms), report))
      const { id, server } = client
      runs.listen({
        id,
        started: (run) => server.emit('training.started', run),
        frame: (run, frame) => server.emit('training.frame', { run, frame }),
        failed: (run, error, sequence) => server.emit('training.failed', { run, error: error.toData(), sequence }),
        recovery: (run, recovery, progress, sequence) =>
          server.emit('training.recovery', { run, recovery, progress, sequence })
      })
      const leave = (): void => {
        clients.remove(id)
        runs.leave(id)
        openFiles.forget(id)
        settle(journals.disconnected(id))
      }
      port.onClose(leave)
      return {
        id,
        discardWork: () => settle(journals.forget(id)),
        close() {
          leave()
          port.close()
        }
      }
    },
    grantFile: (path, purpose) => grants.grantExisting(path, purpose ?? purposeOf(path)),
    async openFromSystem(path) {
      const purpose = purposeOf(path)
      const request = { purpose, file: await grants.grantExisting(path, purpose) }
      const window = clients.latest
      if (window === undefined) launch = request
      else window.server.emit('files.opened', request)
    },
    sendMenuCommand(command) {
      clients.latest?.server.emit('menu.command', { command })
    },
    close() {
      closing ??= (async () => {
        // Before its clients go, so that what they have open is told from what they closed.
        const journalled = journals.close()
        clients.closeAll()
        await runs.close()
        await Promise.all([data.close(), training.close(), recent.settled(), journalled])
      })()
      return closing
    }
  }
}
