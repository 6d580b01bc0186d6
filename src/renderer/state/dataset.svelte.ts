import { untrack } from 'svelte'
import type { FileRef, OpenDataset } from '../../shared/contract'
import type { PreparedSummary } from '../../shared/dataset'
import type { DialectOverrides } from '../../shared/table/dialect'
import { datasetSettingsOf, type DatasetSettings } from '../../shared/design/schema'
import { LaminaError, messageOf } from '../../shared/errors'
import type { TableProgress } from '../../shared/table/progress'
import { noContext, type NetworkContext } from '../../shared/network/check'
import { categoricalEncodingFor, taskOf } from '../../shared/network/propose'
import type { CategoricalEncoding } from '../../shared/weights/schema'
import { doc, type TableKey } from './document.svelte'
import { sameContent } from '../../shared/same-content'
import { notices } from './notices.svelte'
import { session } from './session.svelte'

/** A table opened in this window. */
export interface OpenTable {
  readonly key: TableKey
  readonly dataset: OpenDataset
  readonly overrides: DialectOverrides
}

/** A table of a document that was brought back: opened once the document is about it. */
export interface ExpectedTable {
  readonly key: TableKey
  readonly file: FileRef
  readonly overrides: DialectOverrides
}

/** What is asked of the service to prepare the dataset. */
interface Wanted {
  readonly table: TableKey
  readonly dataset: string
  readonly settings: DatasetSettings
  readonly encoding: CategoricalEncoding
}
interface Prepared {
  readonly wanted: Wanted
  readonly summary: PreparedSummary
}

/** Edits to the settings settle before they are sent. */
const SETTLE_MS = 150

/** The document's table and what the service made of it with the present settings. */
class DatasetStore {
  #tables = $state.raw<ReadonlyMap<TableKey, OpenTable>>(new Map())
  #prepared = $state.raw<Prepared | null>(null)
  #expected: readonly ExpectedTable[] = []
  /** Those whose opening was begun: what fails is not tried over and over. */
  readonly #tried = new Set<TableKey>()
  #nextKey = 1
  #opening = $state.raw<{ readonly controller: AbortController; readonly name: string } | null>(null)
  #preparing = $state(false)
  #latest: Wanted | null = null
  /** Ends the preparation that is under way. */
  #preparation: AbortController | null = null
  /** What the person did not want to wait for. */
  #givenUp = $state.raw<Wanted | null>(null)
  /** Why the table cannot be opened or prepared, in words. */
  problem = $state<string | null>(null)
  progress = $state.raw<TableProgress | null>(null)

  readonly table: OpenTable | null = $derived(doc.table === null ? null : (this.#tables.get(doc.table) ?? null))
  /** The table as the service knows it. */
  readonly current: OpenDataset | null = $derived(this.table?.dataset ?? null)
  // A step of its own, so that edits elsewhere in the design stop here.
  readonly #section = $derived(doc.design.dataset)
  readonly settings: DatasetSettings | null = $derived(this.#section === null ? null : datasetSettingsOf(this.#section))
  readonly #encoding = $derived(categoricalEncodingFor(doc.design.network))
  readonly #wanted: Wanted | null = $derived(
    this.table === null || this.settings === null
      ? null
      : { table: this.table.key, dataset: this.table.dataset.id, settings: this.settings, encoding: this.#encoding }
  )
  /** Whether `prepared` is about the present settings. */
  readonly settled: boolean = $derived(this.#prepared !== null && sameContent(this.#prepared.wanted, this.#wanted))
  /** What preparing made: of the present settings when `settled`, otherwise of slightly older ones of the same table. */
  readonly prepared: PreparedSummary | null = $derived(
    this.#prepared !== null && this.#prepared.wanted.table === this.#wanted?.table ? this.#prepared.summary : null
  )
  /** Whether the file is another one by now than what was opened, so that what is shown of it is not what is prepared. */
  readonly changed: boolean = $derived(
    this.prepared !== null && this.current !== null && this.prepared.tableSha256 !== this.current.table.sha256
  )
  /** Whether the person gave up preparing the present settings. */
  readonly givenUp: boolean = $derived(
    this.#givenUp !== null && !this.settled && sameContent(this.#givenUp, this.#wanted)
  )
  readonly #context: NetworkContext = $derived(this.#contextNow())
  readonly busy: 'opening' | 'preparing' | null = $derived(
    this.#opening !== null ? 'opening' : this.#preparing ? 'preparing' : null
  )
  /** The file being opened. */
  readonly openingName: string | null = $derived(this.#opening?.name ?? null)

  /** Follow the document: prepare again whenever its settings change; the latest wins. Once, when the page starts. */
  listen(): () => void {
    session.on('dataset.progress', (progress) => {
      if (this.busy !== null) this.progress = progress
    })
    session.on('worker.ended', ({ worker, reason }) => {
      // While a file is opened its own request says so; the table that is open has lost nothing.
      if (worker === 'data' && this.busy === 'preparing')
        this.problem = `The data process ${reason}. Change a setting or open the file again.`
    })
    let first = true
    session.onReady(() => {
      if (!first) void this.#reopen()
      first = false
    })
    doc.provideContext(() => this.#context)
    return $effect.root(() => {
      $effect(() => {
        const key = doc.table
        if (key === null || this.#tables.has(key) || this.#opening !== null || session.status !== 'ready') return
        untrack(() => this.#openExpected(key))
      })
      $effect(() => {
        const wanted = this.#wanted
        if (wanted === null || this.settled) {
          this.#stopPreparing()
          if (this.settled) this.problem = null
          return
        }
        if (session.status !== 'ready' || this.givenUp) return
        this.#latest = wanted
        this.#preparing = true
        const timer = window.setTimeout(
          () => void this.#prepare(wanted),
          untrack(() => this.#prepared === null) ? 0 : SETTLE_MS
        )
        return () => window.clearTimeout(timer)
      })
    })
  }

  /**
   * Read a table. It becomes the document's only when the caller says so.
   * @returns null when the person gave up, or opened something else meanwhile
   * @throws LaminaError whatever the service says
   */
  open(file: FileRef, overrides: DialectOverrides = {}): Promise<OpenTable | null> {
    return this.#openAs(this.#nextKey++, file, overrides)
  }

  async #openAs(key: TableKey, file: FileRef, overrides: DialectOverrides): Promise<OpenTable | null> {
    this.cancelOpening()
    const controller = new AbortController()
    this.#opening = { controller, name: file.name }
    const params = { file: file.id, overrides }
    try {
      const dataset = await session.request('dataset.open', params, { signal: controller.signal })
      if (controller.signal.aborted) {
        await this.#forget(dataset.id)
        return null
      }
      const table: OpenTable = { key, dataset, overrides }
      this.#tables = new Map(this.#tables).set(table.key, table)
      this.problem = null
      return table
    } catch (error) {
      if (controller.signal.aborted) return null
      throw openingFailed(error, file.name)
    } finally {
      if (this.#opening?.controller === controller) {
        this.#opening = null
        this.progress = null
      }
    }
  }

  /** Tables that a document which was brought back is about, now or at other moments of its history. */
  expect(tables: readonly ExpectedTable[]): void {
    this.#expected = tables
    this.#nextKey = Math.max(this.#nextKey, ...tables.map(({ key }) => key + 1))
  }

  /** Every table that a moment of the document's history may be about, open or not, by the grant of its file. */
  known(): { key: TableKey; file: string; overrides: DialectOverrides }[] {
    const open = [...this.#tables.values()].map(({ key, dataset, overrides }) => ({
      key,
      file: dataset.file.id,
      overrides
    }))
    const others = this.#expected.filter(({ key }) => !this.#tables.has(key))
    return [...open, ...others.map(({ key, file, overrides }) => ({ key, file: file.id, overrides }))]
  }

  #openExpected(key: TableKey): void {
    const expected = this.#expected.find((table) => table.key === key)
    if (expected === undefined || this.#tried.has(key)) return
    this.#tried.add(key)
    this.#openAs(key, expected.file, expected.overrides).catch((error: unknown) => {
      this.problem = messageOf(error)
    })
  }

  /** Give up opening: reading ends, and what it took is given back. */
  cancelOpening(): void {
    this.#opening?.controller.abort()
    this.#opening = null
    this.progress = null
  }

  /** Close tables of a document that was replaced; those of the present one stay, for undo. */
  closeAllBut(kept: TableKey | null): void {
    this.#expected = []
    this.#tried.clear()
    for (const [key, table] of this.#tables) {
      if (key === kept) continue
      void this.#forget(table.dataset.id)
    }
    const table = kept === null ? undefined : this.#tables.get(kept)
    this.#tables = new Map(table === undefined ? [] : [[table.key, table]])
  }

  /** Rows as text, for the table view. */
  async rows(offset: number, limit: number): Promise<{ columns: string[]; rows: (string | null)[][] }> {
    const table = this.table
    if (table === null) throw new LaminaError('notFound', 'There is no table open.')
    return session.request('dataset.rows', { dataset: table.dataset.id, offset, limit })
  }

  #contextNow(): NetworkContext {
    const table = this.current
    const settings = this.settings
    if (table === null || settings === null) return noContext
    const task = taskOf(table.table, settings.targets, settings.columns)
    const prepared = this.#prepared
    if (prepared === null || prepared.wanted.table !== this.#wanted?.table)
      return { features: null, outputs: null, task }
    const old = prepared.wanted.settings
    const sameOutputs =
      sameContent(old.targets, settings.targets) &&
      settings.targets.every((name) => old.columns[name]?.type === settings.columns[name]?.type) &&
      prepared.wanted.encoding === this.#encoding
    // While newer settings are being prepared, what cannot have changed stays on show; the rest is not known.
    return { features: prepared.summary.inputs, outputs: sameOutputs ? prepared.summary.outputs : null, task }
  }

  /** Give up preparing the present settings, until they change or the person asks for it. */
  cancelPreparing(): void {
    this.#givenUp = this.#latest
    this.#stopPreparing()
  }

  prepareAgain(): void {
    this.#givenUp = null
  }

  #stopPreparing(): void {
    this.#latest = null
    this.#preparing = false
    this.#preparation?.abort()
    this.#preparation = null
  }

  async #prepare(wanted: Wanted): Promise<void> {
    const outdated = this.#preparation
    const controller = new AbortController()
    this.#preparation = controller
    const { signal } = controller
    let prepared: Prepared | null = null
    let problem: string | null = null
    const { dataset, settings, encoding: categoricalEncoding } = wanted
    try {
      const preparing = session.request('dataset.prepare', { dataset, settings, categoricalEncoding }, { signal })
      // Only now, so that the service knows that it is to go on with the same table.
      outdated?.abort()
      const summary = await preparing
      prepared = { wanted, summary }
    } catch (error) {
      // Other settings are wanted by now.
      if (signal.aborted) return
      // A lost connection is told elsewhere, and preparing begins again with the next one.
      if (error instanceof LaminaError && error.code === 'disconnected') return
      problem = messageOf(error)
    }
    if (this.#latest !== wanted) return
    this.#latest = null
    this.#preparing = false
    this.progress = null
    this.#prepared = prepared
    this.problem = problem
  }

  /** After a lost connection the service may be a new one that knows no tables. */
  async #reopen(): Promise<void> {
    const table = this.table
    if (table === null) return
    try {
      const dataset = await session.request('dataset.open', { file: table.dataset.file.id, overrides: table.overrides })
      this.#tables = new Map(this.#tables).set(table.key, { ...table, dataset })
      this.problem = null
    } catch (error) {
      this.problem = messageOf(error)
    }
  }

  async #forget(id: string): Promise<void> {
    try {
      await session.request('dataset.close', { dataset: id })
    } catch (error) {
      // Gone already, or the connection is: either way there is nothing left to close.
      if (!(error instanceof LaminaError && (error.code === 'notFound' || error.code === 'disconnected')))
        notices.error(error)
    }
  }
}

/** What to do about a data process that ended while it read a file; anything else as it is. */
export function openingFailed(error: unknown, name: string): unknown {
  if (!(error instanceof LaminaError) || error.code !== 'workerFailed') return error
  return new LaminaError(
    error.code,
    `${name} was not opened. ${error.message} What was open is as it was. Open the file again; if that fails as well, lower “Memory for tables” in the Window menu.`,
    error.details
  )
}

export const dataset = new DatasetStore()
