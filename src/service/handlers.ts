import type { FilePurpose, FileRef, LaminaContract } from '../shared/contract'
import { LaminaError, messageOf } from '../shared/errors'
import type { Handlers, Result } from '../shared/rpc'
import type { TrainingWorkerContract } from '../shared/workers/training'
import type { Datasets } from './datasets/datasets'
import { saveNormalized } from './datasets/save-normalized'
import type { Documents } from './documents/documents'
import type { Examples } from './documents/examples'
import { isInside, type FileGrants } from './files/grants'
import type { RecentFiles } from './files/recent-files'
import type { SavePlaces } from './files/save-places'
import type { Host } from './host'
import type { RunHistory } from './history/run-history'
import type { Journals } from './journal/journals'
import type { Runs } from './training/runs'
import type { Weights } from './weights/weights'
import type { WorkerSlot } from './workers/worker-slot'

export interface LaunchRequest {
  readonly purpose: FilePurpose
  readonly file: FileRef
}

/** The rooms of the service, and what a client's requests are made of. */
export interface Rooms {
  readonly host: Host
  readonly grants: FileGrants
  readonly recent: RecentFiles
  readonly examples: Examples
  readonly documents: Documents
  readonly journals: Journals
  readonly datasets: Datasets
  readonly places: SavePlaces
  readonly runs: Runs
  readonly history: RunHistory
  readonly weights: Weights
  readonly training: WorkerSlot<TrainingWorkerContract>
  /** Tell other windows that have the same file open that this client wrote it. */
  announceSaved(client: string, file: FileRef): Promise<void>
  /** What the person asked to open when starting the program; handed out once. */
  takeLaunch(): LaunchRequest | null
  greeted(client: string): void
}

type Engine = Result<LaminaContract, 'app.hello'>['engine']

/** Every request of the contract, answered for one client. */
export function handlersFor(client: string, rooms: Rooms): Handlers<LaminaContract> {
  const { host, grants, recent, examples, documents, journals, datasets, places, runs, history, weights } = rooms

  const remember = async (file: string, purpose: FilePurpose): Promise<void> => {
    const { path, download } = grants.require(file)
    // Examples are listed as such, and a download is gone when the page has it.
    if (host.keepsRecentFiles === false || download !== null || isInside(host.folders.resources, path)) return
    await recent.add(path, purpose)
    if (!grants.isOwnCopy(path)) host.noteRecentFile?.(path)
  }
  /** The client learns of the run by the reply; only then do frames mean something to it. */
  const attachAfterReply = (run: string): void => void setImmediate(() => runs.attach(run, client))

  return {
    'app.hello': async () => {
      const [engine, examplesList, recentFiles] = await Promise.all([
        engineOf(rooms.training),
        examples.list(),
        recent.list()
      ])
      rooms.greeted(client)
      return {
        version: host.version,
        capabilities: host.capabilities,
        engine,
        examples: examplesList,
        recent: recentFiles.map(({ path, purpose }) => grants.grant(path, purpose)),
        launch: rooms.takeLaunch()
      }
    },
    'files.choose': async ({ purpose }) => {
      if (!host.capabilities.nativeDialogs) {
        throw new LaminaError('invalidArgument', 'This host has no dialogs for opening files; send the file instead.')
      }
      const path = await host.chooseFile(purpose)
      return path === null ? null : grants.grantExisting(path, purpose)
    },
    'files.forgetRecent': async () => {
      await recent.forget()
      return null
    },

    'design.open': async ({ file }) => {
      const opened = await documents.open(client, file)
      await remember(file, 'design')
      return opened
    },
    'design.openExample': ({ example }) => documents.openExample(client, example),
    'design.save': async (request) => {
      const saved = await documents.save(client, request)
      if (saved === null) return null
      await remember(saved.saved.file.id, 'design')
      await rooms.announceSaved(client, saved.saved.file)
      return saved
    },

    'journal.write': ({ journal, change }) => journals.write(client, journal, change),
    'journal.list': () => journals.list(),
    'journal.take': ({ journal }) => journals.take(client, journal),
    'journal.discard': async ({ journal }) => {
      await journals.discard(journal)
      return null
    },
    'journal.leave': async () => {
      await journals.leave(client)
      return null
    },

    'dataset.open': async ({ file, overrides }, signal) => {
      const opened = await datasets.open(file, overrides, signal)
      await remember(file, 'dataset')
      return opened
    },
    'dataset.close': ({ dataset }) => {
      datasets.close(dataset)
      return null
    },
    'dataset.rows': ({ dataset, offset, limit }, signal) =>
      datasets.rows(datasets.require(dataset), offset, limit, signal),
    'dataset.saveNormalized': ({ dataset, file }, signal) => saveNormalized(datasets, places, dataset, file, signal),
    'dataset.relations': ({ dataset, ...settings }, signal) => datasets.relations(dataset, settings, signal),
    'dataset.prepare': async ({ dataset, settings, categoricalEncoding, fold }, signal) =>
      (await datasets.prepare(dataset, settings, categoricalEncoding, fold, signal)).summary,
    'dataset.view': ({ dataset, view, window }, signal) =>
      datasets.view(datasets.require(dataset), view, window, signal),
    'dataset.memory': () => datasets.memoryNow(),
    'dataset.limitMemory': ({ bytes }) => datasets.limitMemory(bytes),
    'dataset.place': ({ dataset, view, row }, signal) => datasets.place(datasets.require(dataset), view, row, signal),

    'training.start': async ({ initialWeights: id, ...request }, signal) => {
      const imported = id === null ? null : weights.require(id)
      const initialWeights = imported === null ? null : { name: imported.name, weights: imported.predictor.weights }
      // A run goes on without its window, and so does the start of one.
      const run = await runs.start({ ...request, initialWeights }, client, unlessGone(signal))
      attachAfterReply(run.id)
      return run
    },
    'training.current': () => {
      const run = runs.describe()
      if (run !== null) attachAfterReply(run.id)
      return run
    },
    'training.resume': ({ run }) => runs.control(run, 'resume', {}),
    'training.pause': ({ run }) => runs.control(run, 'pause', {}),
    'training.step': ({ run }) => runs.control(run, 'step', {}),
    'training.stop': ({ run }) => runs.control(run, 'stop', {}),
    'training.setLearningRate': ({ run, learningRate }) => runs.control(run, 'setLearningRate', { learningRate }),
    'training.setEpochs': ({ run, epochs }) => runs.control(run, 'setEpochs', { epochs }),
    'training.acknowledge': ({ run, sequence }) => {
      runs.acknowledge(run, client, sequence)
      return null
    },
    'training.evaluate': ({ run, split }, signal) => runs.evaluate(run, split, signal),

    'runs.list': () => history.list(),
    'runs.open': async ({ run }) => {
      const { summary, record, past } = await history.open(run)
      const { design, description, progress } = record
      return { summary, design, description, progress, past }
    },
    'runs.resume': async ({ run: id, epochs, paused }) => {
      const run = await runs.resume({ id, epochs, paused, take: () => history.take(id) }, client)
      attachAfterReply(run.id)
      return run
    },
    'runs.restoreDesign': ({ run }) => history.restoreDesign(run),
    'runs.rename': async ({ run, name }) => {
      await history.rename(run, name)
      return null
    },
    'runs.delete': async ({ runs: ids }) => {
      await history.remove(ids)
      return null
    },
    'runs.changeSettings': (settings) => history.changeSettings(settings),

    'weights.export': ({ run, file }) => weights.export(run, file),
    'weights.import': async ({ file }, signal) => {
      const opened = await weights.import(file, signal)
      await remember(file, 'weights')
      return opened
    },
    'weights.predict': ({ predictor, rows }, signal) => weights.predict(predictor, rows, signal),
    'weights.predictTable': ({ weights: id, table, file }, signal) => weights.predictTable(id, table, file, signal),
    'weights.evaluateTable': ({ weights: id, table }, signal) => weights.evaluateTable(id, table, signal)
  }
}

/** A signal that tells of a request given up on purpose, and not of a window that is gone. */
function unlessGone(signal: AbortSignal): AbortSignal {
  const controller = new AbortController()
  signal.addEventListener('abort', () => {
    const reason: unknown = signal.reason
    if (!(reason instanceof LaminaError && reason.code === 'disconnected')) controller.abort(reason)
  })
  return controller.signal
}

/** A window opens even where training cannot: it says why instead. */
async function engineOf(training: WorkerSlot<TrainingWorkerContract>): Promise<Engine> {
  try {
    return await training.request('engine', {})
  } catch (error) {
    return {
      name: 'reference',
      description: 'No engine: the training worker does not start',
      fallbackReason: messageOf(error)
    }
  }
}
