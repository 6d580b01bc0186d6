import { randomUUID } from 'node:crypto'
import { mkdir, rm, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FileRef, OpenDataset } from '../../shared/contract'
import type { DialectOverrides, TableSummary } from '../../shared/dataset'
import type { DatasetSettings } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import type { Result } from '../../shared/rpc'
import type { CategoricalEncoding, Preprocessing } from '../../shared/weights/schema'
import type { DataWorkerContract } from '../../shared/workers/data'
import { BoundedMap } from '../bounded-map'
import type { FileGrants } from '../files/grants'
import { writeError } from '../files/system-error'
import type { WorkerSlot } from '../workers/worker-slot'
import { pruneCache } from './prune-cache'

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
    private readonly warn: (message: string) => void
  ) {}

  /** @throws LaminaError `permissionDenied`, `notFound` or `invalidData` */
  async open(file: string, overrides: DialectOverrides): Promise<OpenDataset> {
    const table = await this.read(file, overrides)
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
  async resolve(id: string): Promise<Table> {
    return this.opened.get(id) ?? this.read(id, {})
  }

  /** Where an open table or a file lies, or null for an unknown id. */
  pathOf(id: string): string {
    return this.opened.get(id)?.path ?? this.grants.require(id).path
  }

  async rows(table: Table, offset: number, limit: number): Promise<Rows> {
    return this.data.request('rows', { path: table.path, overrides: table.overrides, offset, limit })
  }

  /** @throws LaminaError `notFound` for the table, `invalidData` for cells or settings that do not fit */
  async prepare(
    id: string,
    settings: DatasetSettings,
    categoricalEncoding: CategoricalEncoding
  ): Promise<Result<DataWorkerContract, 'prepare'>> {
    const { path, overrides } = this.require(id)
    const cacheFolder = await this.folder('prepared')
    this.pruned ??= pruneCache(cacheFolder, this.warn)
    await this.pruned
    const prepared = await this.data.request('prepare', { path, overrides, settings, categoricalEncoding, cacheFolder })
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
    use: (applied: Applied) => Promise<T>
  ): Promise<T> {
    const parent = await this.folder('applied')
    this.appliedPruned ??= pruneCache(parent, this.warn)
    await this.appliedPruned
    const folder = join(parent, randomUUID())
    try {
      await mkdir(folder)
      const { path, overrides } = table
      return await use(await this.data.request('apply', { path, overrides, preprocessing, withTargets, folder }))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** Give up whatever is being read or prepared: the worker is ended, the next use starts another. */
  async cancel(): Promise<void> {
    await this.data.end(new LaminaError('cancelled', 'Reading the table was cancelled.'))
  }

  private async read(file: string, overrides: DialectOverrides): Promise<Table> {
    const grant = this.grants.require(file)
    const summary = await this.data.request('inspect', { path: grant.path, overrides })
    return { path: grant.path, overrides, file: this.grants.refOf(grant), summary }
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
