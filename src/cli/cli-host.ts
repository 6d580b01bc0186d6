import { mkdtempSync, mkdirSync, accessSync, constants } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LaminaError } from '../shared/errors'
import {
  programFolder,
  programVersion,
  startNodeWorker,
  userFolders,
  type Host,
  type WorkerKind,
  type WorkerProcess
} from '../service'

/** The command line as a host: no dialogs; it says beforehand where a save goes. */
export interface CliHost extends Host {
  /** Where the next save is written. */
  nextSave: string | null
  /** A cache that only this process uses and has to remove; null when the person's own is used. */
  readonly privateCache: string | null
}

export function createCliHost(
  log: Host['log'],
  startWorker: (kind: WorkerKind) => WorkerProcess = (kind) => startNodeWorker(kind),
  tableMemory: number | null = null
): CliHost {
  const folders = userFolders()
  const privateCache = isUsable(folders.cache) ? null : mkdtempSync(join(tmpdir(), 'lamina-'))
  return {
    nextSave: null,
    privateCache,
    capabilities: { nativeDialogs: false, nativeMenu: false, droppedPaths: false },
    keepsRecentFiles: false,
    tableMemory,
    version: programVersion(),
    folders: {
      data: folders.data,
      cache: privateCache ?? folders.cache,
      resources: join(programFolder(), 'resources')
    },
    chooseFile: () => Promise.reject(new LaminaError('internal', 'The command line asks for no files.')),
    async chooseSaveTarget({ purpose }) {
      if (this.nextSave === null) throw new LaminaError('internal', `Nobody said where the ${purpose} goes.`)
      return { path: this.nextSave, download: null }
    },
    startWorker,
    log
  }
}

/** A home that cannot be written to (a container, a service account) is no reason not to train. */
function isUsable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
