import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  createService,
  type Host,
  type SaveRequest,
  type Service,
  type WorkerKind,
  type WorkerProcess
} from '../../src/service'
import type { Capabilities } from '../../src/shared/contract'

export const resources = resolve(import.meta.dirname, '../../resources')

/** What a person would answer to the next dialogs; null is Cancel. */
export interface DialogAnswers {
  open: string | null
  save: string | null
  /** Where a page would fetch what was saved. */
  download: string | null
}

export interface TestService {
  readonly service: Service
  readonly answers: DialogAnswers
  /** What save dialogs were asked. */
  readonly asked: SaveRequest[]
  readonly logged: string[]
  readonly folders: Host['folders']
}

/** A service whose host answers dialogs as a test says. */
export function createTestService(
  folder: string,
  startWorker: (kind: WorkerKind) => WorkerProcess,
  capabilities: Partial<Capabilities> = {}
): TestService {
  const folders = { data: join(folder, 'data'), cache: join(folder, 'cache'), resources }
  mkdirSync(folders.data, { recursive: true })
  const answers: DialogAnswers = { open: null, save: null, download: null }
  const asked: SaveRequest[] = []
  const logged: string[] = []
  const service = createService({
    capabilities: { nativeDialogs: true, nativeMenu: true, droppedPaths: true, ...capabilities },
    version: '1.2.3',
    folders,
    chooseFile: () => Promise.resolve(answers.open),
    chooseSaveTarget(request) {
      asked.push(request)
      return Promise.resolve(answers.save === null ? null : { path: answers.save, download: answers.download })
    },
    startWorker,
    log: (level, message) => logged.push(`${level}: ${message}`)
  })
  return { service, answers, asked, logged, folders }
}
