import { join } from 'node:path'
import { startNodeWorker, type Host, type SaveRequest, type SaveTarget } from '../service'
import { LaminaError } from '../shared/errors'
import type { Downloads } from './downloads'

export interface WebHostOptions {
  readonly version: string
  readonly folders: Host['folders']
  readonly downloads: Downloads
  readonly log: Host['log']
}

/** A browser has dialogs and menus of its own, and never learns where a file lies: files come and go by transfer. */
export function createWebHost(options: WebHostOptions): Host {
  return {
    capabilities: { nativeDialogs: false, nativeMenu: false, droppedPaths: false },
    version: options.version,
    folders: options.folders,
    chooseFile: (purpose) =>
      Promise.reject(
        new LaminaError('invalidArgument', `A browser chooses files itself: send the ${purpose} to Lamina instead.`)
      ),
    chooseSaveTarget: (request: SaveRequest): Promise<SaveTarget> => options.downloads.reserve(request.suggestedName),
    startWorker: (kind) => startNodeWorker(kind),
    log: options.log
  }
}

/** Below the data folder: what pages sent, and what they are about to fetch. */
export function transferFolders(data: string): { uploads: string; downloads: string } {
  return { uploads: join(data, 'uploads'), downloads: join(data, 'downloads') }
}
