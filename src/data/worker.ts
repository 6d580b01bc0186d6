import { basename } from 'node:path'
import type { TableSummary } from '../shared/dataset'
import type { DialectOverrides } from '../shared/table/dialect'
import type { LaminaError } from '../shared/errors'
import type { Port } from '../shared/port'
import { serve, type Params, type Result, type Server } from '../shared/rpc'
import { dataWorkerContract, type DataWorkerContract } from '../shared/workers/data'
import { applyPreprocessing } from './apply'
import { Database } from './database'
import { PreparedCache } from './prepare/cache'
import { preparationId } from './prepare/identity'
import { prepareTable } from './prepare/prepare'
import { relationsOf } from './profile/relations'
import { summarizeTable } from './profile/summary'
import { surveyTable, type ColumnSurvey } from './profile/survey'
import { Progress, span } from './progress'
import { hashFile } from './reading/file'
import { readPage } from './reading/pages'
import { writeNormalized } from './reading/normalize'
import { requireRows } from './reading/source'
import { Tables, type Table } from './reading/table'
import { Scratch } from './scratch'
import { TableViews } from './view/views'

export interface DataServerOptions {
  /** Hears of defects and of messages that break the contract. */
  readonly report?: (error: LaminaError) => void
  /** Where temporary files go; the system's folder for them when absent. */
  readonly scratchRoot?: string
}

/**
 * Serve the data worker's contract on a port. Requests are answered one after the other: they share the database and
 * the table in memory. When the port closes, what was asked before is finished and memory and temporary files are
 * given back.
 * @returns settles once that is done
 */
export function serveData(port: Port, options: DataServerOptions = {}): Promise<void> {
  const worker = new DataWorker(options, (...event) => server.emit(...event))
  const server: Server<DataWorkerContract> = serve(
    dataWorkerContract,
    port,
    {
      ping: () => null,
      rest: (_params, signal) => worker.enqueue(signal, () => Promise.resolve(null)),
      limitMemory: ({ bytes }, signal) => worker.enqueue(signal, () => worker.limitMemory(bytes)),
      inspect: (params, signal) => worker.enqueue(signal, () => worker.inspect(params)),
      relations: (params, signal) => worker.enqueue(signal, () => worker.relations(params)),
      prepare: (params, signal) => worker.enqueue(signal, () => worker.prepare(params)),
      apply: (params, signal) => worker.enqueue(signal, () => worker.apply(params)),
      normalize: (params, signal) => worker.enqueue(signal, () => worker.normalize(params)),
      rows: (params, signal) => worker.enqueue(signal, () => worker.rows(params)),
      view: (params, signal) => worker.enqueue(signal, () => worker.view(params)),
      place: (params, signal) => worker.enqueue(signal, () => worker.place(params))
    },
    options.report ?? ((error) => process.stderr.write(`data worker: ${error.message}\n`))
  )
  return new Promise((resolve, reject) => {
    port.onClose(() => {
      worker.enqueue(new AbortController().signal, () => worker.dispose()).then(resolve, reject)
    })
  })
}

class DataWorker {
  private readonly scratch: Scratch
  private readonly database: Database
  private readonly progress: Progress
  private readonly tables: Tables
  private readonly views: TableViews
  private readonly surveys = new WeakMap<Table, ColumnSurvey[]>()
  private readonly summaries = new WeakMap<Table, TableSummary>()
  private queue: Promise<unknown> = Promise.resolve()

  constructor(options: DataServerOptions, emit: Server<DataWorkerContract>['emit']) {
    this.scratch = new Scratch(options.scratchRoot)
    this.database = new Database(this.scratch)
    this.progress = new Progress((event) => emit('progress', event))
    this.tables = new Tables(this.database, this.scratch, this.progress)
    this.views = new TableViews(this.database)
  }

  /** @param signal gives the work up, whether or not it has begun */
  enqueue<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(() => {
      this.progress.restart(signal)
      this.progress.check()
      this.database.stopOn(signal)
      return work()
    })
    this.queue = result.catch(() => undefined)
    return result
  }

  async limitMemory(bytes: number): Promise<null> {
    await this.database.limitMemory(bytes)
    return null
  }

  async inspect({
    path,
    overrides
  }: Params<DataWorkerContract, 'inspect'>): Promise<Result<DataWorkerContract, 'inspect'>> {
    const table = await this.open(path, overrides)
    const known = this.summaries.get(table)
    if (known !== undefined) return known
    const surveys = await this.survey(table)
    const summary = await summarizeTable(this.database, table, surveys, span(this.progress, 'profiling', 0.3, 1))
    this.summaries.set(table, summary)
    return summary
  }

  async relations({
    path,
    overrides,
    ...settings
  }: Params<DataWorkerContract, 'relations'>): Promise<Result<DataWorkerContract, 'relations'>> {
    const table = await this.openWithRows(path, overrides)
    const surveys = await this.survey(table)
    return relationsOf(this.database, table, surveys, settings, span(this.progress, 'profiling', 0.3, 1))
  }

  async prepare(params: Params<DataWorkerContract, 'prepare'>): Promise<Result<DataWorkerContract, 'prepare'>> {
    const { path, overrides, settings, categoricalEncoding, fold = null } = params
    const cache = new PreparedCache(params.cacheFolder)
    const idOf = (sha256: string): string =>
      preparationId({ name: basename(path), sha256, overrides, settings, categoricalEncoding, fold })
    const found = await cache.find(idOf(await this.hash(path, overrides)))
    if (found !== null) return { ...found, cached: true }
    const table = await this.openWithRows(path, overrides)
    const surveys = await this.survey(table)
    const id = idOf(table.source.sha256)
    const onProgress = span(this.progress, 'preparing', 0, 1)
    const made = await cache.store(id, (folder) =>
      prepareTable(this.database, table, surveys, { id, settings, categoricalEncoding, fold }, folder, onProgress)
    )
    return { ...made, cached: false }
  }

  async apply({
    path,
    overrides,
    preprocessing,
    withTargets,
    folder
  }: Params<DataWorkerContract, 'apply'>): Promise<Result<DataWorkerContract, 'apply'>> {
    const { missingWords = [] } = preprocessing
    const words = [...new Set([...(overrides.missingWords ?? []), ...missingWords])]
    const known = words.length === 0 ? overrides : { ...overrides, missingWords: words }
    const table = await this.openWithRows(path, known)
    const onProgress = span(this.progress, 'preparing', 0, 1)
    const applied = await applyPreprocessing(this.database, table, preprocessing, withTargets, folder, onProgress)
    return { ...applied, rows: table.rows }
  }

  async rows({
    path,
    overrides,
    offset,
    limit
  }: Params<DataWorkerContract, 'rows'>): Promise<Result<DataWorkerContract, 'rows'>> {
    const table = await this.open(path, overrides)
    const rows = await readPage(table.source, offset, limit)
    return {
      columns: [...table.source.names],
      rows: rows.map((cells) => cells.map((cell) => (cell === '' ? null : cell)))
    }
  }

  async normalize({ path, overrides, target }: Params<DataWorkerContract, 'normalize'>): Promise<null> {
    const { source } = await this.open(path, overrides)
    await writeNormalized(source, target, () => this.progress.check())
    return null
  }

  async view(params: Params<DataWorkerContract, 'view'>): Promise<Result<DataWorkerContract, 'view'>> {
    const table = await this.open(params.path, params.overrides)
    return this.views.page(table, params.view, params.window)
  }

  async place(params: Params<DataWorkerContract, 'place'>): Promise<Result<DataWorkerContract, 'place'>> {
    const table = await this.open(params.path, params.overrides)
    return { position: await this.views.place(table, params.view, params.row) }
  }

  async dispose(): Promise<void> {
    await this.database.dispose()
    this.scratch.dispose()
  }

  private async open(path: string, overrides: DialectOverrides): Promise<Table> {
    const table = await this.tables.open(path, overrides)
    await this.views.keepOnly(table)
    return table
  }

  private async openWithRows(path: string, overrides: DialectOverrides): Promise<Table> {
    const table = await this.open(path, overrides)
    requireRows(table.source)
    return table
  }

  private async hash(path: string, overrides: DialectOverrides): Promise<string> {
    const table = await this.tables.inMemory(path, overrides)
    return table === null ? hashFile(path, () => this.progress.check()) : table.source.sha256
  }

  private async survey(table: Table): Promise<ColumnSurvey[]> {
    const known = this.surveys.get(table)
    if (known !== undefined) return known
    const surveys = await surveyTable(this.database, table, span(this.progress, 'profiling', 0, 0.3))
    this.surveys.set(table, surveys)
    return surveys
  }
}
