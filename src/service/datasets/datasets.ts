import { randomUUID } from 'node:crypto'
import { mkdir, rm, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FileRef, OpenDataset } from '../../shared/contract'
import type { TableSummary } from '../../shared/dataset'
import type { DialectOverrides } from '../../shared/table/dialect'
import type { TableMemory } from '../../shared/table/memory'
import type { TablePage, TableView, TableWindow } from '../../shared/table/view'
import type { DatasetSettings } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import type { Fold } from '../../shared/prepared'
import type { Params, RequestName, RequestOptions, Result } from '../../shared/rpc'
import type { Relations } from '../../shared/table/relations'
import type { CategoricalEncoding, Preprocessing } from '../../shared/weights/schema'
import type { DataWorkerContract } from '../../shared/workers/data'
import { BoundedMap } from '../bounded-map'
import type { FileGrants } from '../files/grants'
import { writeError } from '../../files/system-error'
import type { WorkerSlot } from '../workers/worker-slot'
import { pruneCache } from './prune-cache'
import type { MemoryForTables } from './table-memory'

/** Tables that stay open at a time; the one not used for longest is forgotten. */
const MOST_OPEN = 64

/** A table the person opened: where it is and how it is read. */
export interface Table {
  readonly path: string
  readonly overrides: DialectOverrides
  readonly file: FileRef
  readonly summary: TableSummary
}
export type Rows = Result<DataWorkerContract, 'rows'>
export type Applied = Result<DataWorkerContract, 'apply'>

/** Open tables, and everything that is asked of the data worker. */
export class Datasets {
  private readonly opened = new BoundedMap<string, Table>(MOST_OPEN)
  private pruned: Promise<void> | null = null
  private appliedPruned: Promise<void> | null = null

  constructor(
    private readonly data: WorkerSlot<DataWorkerContract>,
    private readonly grants: FileGrants,
    private readonly cacheFolder: string,
    private readonly memory: MemoryForTables,
    private readonly warn: (message: string) => void
  ) {}

  memoryNow(): Promise<TableMemory> {
    return this.memory.now()
  }

  /**
   * @param bytes null for a share of the computer's memory
   * @throws LaminaError `writeFailed`, `permissionDenied`
   */
  async limitMemory(bytes: number | null): Promise<TableMemory> {
    const chosen = await this.memory.choose(bytes)
    await this.data.settled()
    if (this.data.running) await this.data.request('limitMemory', { bytes: chosen.limit })
    return chosen
  }

  /** @throws LaminaError `permissionDenied`, `notFound` or `invalidData` */
  async open(file: string, overrides: DialectOverrides, signal?: AbortSignal): Promise<OpenDataset> {
    const table = await this.read(file, overrides, signal)
    const id = randomUUID()
    this.opened.set(id, table)
    return { id, file: table.file, table: table.summary }
  }

  close(id: string): void {
    this.opened.delete(id)
  }

  /** @throws LaminaError `notFound` */
  require(id: string): Table {
    const table = this.opened.get(id)
    if (table !== undefined) return table
    throw new LaminaError('notFound', 'This table is not open any more. Open it again.', { dataset: id })
  }

  /** An open table, or one that is read for this occasion: `id` is an open table's or a file's. */
  async resolve(id: string, signal?: AbortSignal): Promise<Table> {
    return this.opened.get(id) ?? this.read(id, {}, signal)
  }

  /** Where an open table or a file lies, or null for an unknown id. */
  pathOf(id: string): string {
    return this.opened.get(id)?.path ?? this.grants.require(id).path
  }

  async rows(table: Table, offset: number, limit: number, signal?: AbortSignal): Promise<Rows> {
    return this.ask('rows', { path: table.path, overrides: table.overrides, offset, limit }, { signal })
  }

  /** @throws LaminaError `notFound` for the table, `invalidDesign` for a target it does not have */
  async relations(
    id: string,
    settings: Pick<DatasetSettings, 'targets' | 'columns'>,
    signal?: AbortSignal
  ): Promise<Relations> {
    const { path, overrides } = this.require(id)
    return this.ask('relations', { path, overrides, ...settings }, { signal })
  }

  async view(
    { path, overrides }: Table,
    view: TableView,
    window: TableWindow,
    signal?: AbortSignal
  ): Promise<TablePage> {
    return this.ask('view', { path, overrides, view, window }, { signal })
  }

  async place(
    { path, overrides }: Table,
    view: TableView,
    row: number,
    signal?: AbortSignal
  ): Promise<Result<DataWorkerContract, 'place'>> {
    return this.ask('place', { path, overrides, view, row }, { signal })
  }

  /** @throws LaminaError `notFound` for the table, `invalidData` for cells or settings that do not fit */
  async prepare(
    id: string,
    settings: DatasetSettings,
    categoricalEncoding: CategoricalEncoding,
    fold?: Fold,
    signal?: AbortSignal
  ): Promise<Result<DataWorkerContract, 'prepare'>> {
    const { path, overrides } = this.require(id)
    return this.prepareTable({ path, overrides }, settings, categoricalEncoding, fold, signal)
  }

  /** As `prepare`, of a table that need not be open. */
  async prepareTable(
    { path, overrides }: Pick<Table, 'path' | 'overrides'>,
    settings: DatasetSettings,
    categoricalEncoding: CategoricalEncoding,
    fold?: Fold,
    signal?: AbortSignal
  ): Promise<Result<DataWorkerContract, 'prepare'>> {
    const cacheFolder = await this.folder('prepared')
    this.pruned ??= pruneCache(cacheFolder, this.warn)
    await this.pruned
    const prepared = await this.ask(
      'prepare',
      { path, overrides, settings, categoricalEncoding, cacheFolder, fold },
      { signal }
    )
    // A used dataset counts as new, so that pruning takes the forgotten ones first.
    const now = new Date()
    await utimes(dirname(prepared.manifestPath), now, now).catch((error: unknown) => this.warn(String(error)))
    return prepared
  }

  /**
   * Encode a table with preprocessing fitted elsewhere and do something with it while it is there.
   * @throws LaminaError `invalidData`, naming row and column
   */
  async withApplied<T>(
    table: Table,
    preprocessing: Preprocessing,
    withTargets: boolean,
    use: (applied: Applied) => Promise<T>,
    signal?: AbortSignal
  ): Promise<T> {
    const { path, overrides } = table
    return this.inFolder(async (folder) =>
      use(await this.ask('apply', { path, overrides, preprocessing, withTargets, folder }, { signal }))
    )
  }

  /** Write a table as it was understood to a file, and do something with that while it is there. */
  async withNormalized<T>(table: Table, use: (path: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { path, overrides } = table
    return this.inFolder(async (folder) => {
      const target = join(folder, 'normalized.csv')
      await this.ask('normalize', { path, overrides, target }, { signal })
      return use(target)
    })
  }

  private async ask<N extends RequestName<DataWorkerContract>>(
    name: N,
    params: Params<DataWorkerContract, N>,
    options?: RequestOptions
  ): Promise<Result<DataWorkerContract, N>> {
    await this.data.settled()
    // A new process knows no limit yet; what is asked of it is done in order.
    if (!this.data.running) await this.data.request('limitMemory', { bytes: (await this.memory.now()).limit })
    return this.data.request(name, params, options)
  }

  private async read(file: string, overrides: DialectOverrides, signal?: AbortSignal): Promise<Table> {
    const grant = this.grants.require(file)
    const summary = await this.ask('inspect', { path: grant.path, overrides }, { signal })
    return { path: grant.path, overrides, file: this.grants.refOf(grant), summary }
  }

  /** A folder of its own for something that is over as soon as it was used. */
  private async inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
    const parent = await this.folder('applied')
    this.appliedPruned ??= pruneCache(parent, this.warn)
    await this.appliedPruned
    const folder = join(parent, randomUUID())
    try {
      await mkdir(folder)
      return await use(folder)
    } finally {
      // The worker may be about to notice that it was given up.
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  }

  private async folder(name: string): Promise<string> {
    const folder = join(this.cacheFolder, name)
    try {
      await mkdir(folder, { recursive: true })
    } catch (error) {
      throw writeError(folder, error)
    }
    return folder
  }
}
