import type { FileRef, OpenWeights, Prediction } from '../../shared/contract'
import { LaminaError, messageOf } from '../../shared/errors'
import type { SplitName } from '../../shared/prepared'
import { describeSubstitutions } from '../../shared/weights/substitutions'
import { dataset } from '../state/dataset.svelte'
import { doc } from '../state/document.svelte'
import { notices } from '../state/notices.svelte'
import { run } from '../state/run.svelte'
import { session } from '../state/session.svelte'
import { metricText } from '../training/log'
import { formatCount, formatMeasure } from '../training/format'
import { featureNames } from '../data/settings'
import { fieldsFor, readRow, rowValues, type Field } from './fields'

export type Source = 'run' | 'weights'

/** A row of the open table that was filled in, with what its targets truly are. */
export interface LoadedRow {
  /** Counted from 1, the header not counted. */
  readonly number: number
  readonly targets: ReadonlyMap<string, string | null>
}

/** Predictions of the current run, or of imported weights, for values a person fills in. */
class Predictor {
  weights = $state.raw<OpenWeights | null>(null)
  importing = $state(false)
  prediction = $state.raw<Prediction | null>(null)
  /** Why there is no prediction, in words. */
  problem = $state<string | null>(null)
  /** What was filled in, by column; where nothing was, the field's initial value stands. */
  values = $state.raw<Readonly<Record<string, string>>>({})
  loaded = $state.raw<LoadedRow | null>(null)
  /** The long job under way, in words; null when there is none. */
  job = $state<string | null>(null)
  /** The outcome of the last evaluation, in words. */
  evaluation = $state<string | null>(null)
  /** What the last table's cells that say nothing were taken as, a line for a column. */
  substituted = $state.raw<readonly string[]>([])

  #preferred = $state<Source>('run')
  #asked = 0
  #tableId: string | null = null
  #runId: string | null = null

  readonly source: Source = $derived(
    this.#preferred === 'weights' && this.weights !== null
      ? 'weights'
      : run.current === null && this.weights !== null
        ? 'weights'
        : 'run'
  )
  readonly #table = $derived(
    this.source === 'run'
      ? (run.source?.dataset.table ?? dataset.current?.table ?? null)
      : (dataset.current?.table ?? null)
  )
  readonly fields: readonly Field[] = $derived.by(() => {
    if (this.source === 'weights') return this.weights === null ? [] : fieldsFor(this.weights.features, this.#table)
    const settings = run.source?.design.dataset ?? doc.design.dataset
    if (run.current === null || settings === null || this.#table === null) return []
    return fieldsFor(featureNames(settings, this.#table), this.#table, settings.columns)
  })
  readonly #request = $derived(readRow(this.fields, this.values))
  /** What the network was given in place of values of the row that say nothing it can use, a line for a column. */
  readonly standIns: readonly string[] = $derived(describeSubstitutions(this.prediction?.substitutions ?? [], 1))
  readonly #standInColumns = $derived(new Set(this.prediction?.substitutions.map(({ column }) => column)))
  /** Columns whose value cannot be read as a number. */
  readonly unreadable: readonly string[] = $derived('unreadable' in this.#request ? this.#request.unreadable : [])

  isStandIn(column: string): boolean {
    return this.#standInColumns.has(column)
  }

  choose(source: Source): void {
    this.#preferred = source
    this.#forgetOutcome()
    this.prediction = null
  }

  fill(column: string, value: string): void {
    this.values = { ...this.values, [column]: value }
    // The true target belongs to the row as it stood in the table.
    this.loaded = null
  }
  /** Values filled in for one table mean nothing for another. */
  forTable(id: string | null): void {
    if (id === this.#tableId) return
    this.#tableId = id
    this.reset()
    this.#forgetOutcome()
  }
  /** What was found out about one run is not true of the next. */
  forRun(id: string | null): void {
    if (id === this.#runId) return
    this.#runId = id
    if (this.source === 'run') this.#forgetOutcome()
  }
  /** Back to medians and most frequent categories. */
  reset(): void {
    this.values = {}
    this.loaded = null
  }

  async loadRow(number: number): Promise<void> {
    const dialect = dataset.current?.table.dialect
    try {
      const { columns, rows } = await dataset.rows(number - 1, 1)
      const [cells] = rows
      if (cells === undefined) throw new LaminaError('notFound', `The table has no row ${formatCount(number)}.`)
      const targets =
        this.source === 'weights'
          ? (this.weights?.targets ?? [])
          : (run.source?.design.dataset?.targets ?? doc.design.dataset?.targets ?? [])
      this.values = rowValues(this.fields, columns, cells, dialect ?? { decimalMark: '.', thousandsMark: '' })
      this.loaded = {
        number,
        targets: new Map(
          targets.filter((name) => columns.includes(name)).map((name) => [name, cells[columns.indexOf(name)] ?? null])
        )
      }
    } catch (error) {
      notices.error(error)
    }
  }

  /** Predict what is filled in; the latest question wins. */
  async predict(): Promise<void> {
    const request = this.#request
    const weights = this.weights
    const current = run.current
    const asked = ++this.#asked
    if (this.fields.length === 0 || 'unreadable' in request) {
      this.prediction = null
      this.problem = null
      return
    }
    const predictor =
      this.source === 'weights' && weights !== null
        ? ({ kind: 'weights', weights: weights.id } as const)
        : current !== null
          ? ({ kind: 'run', run: current.id } as const)
          : null
    if (predictor === null) return
    try {
      const [prediction] = await session.request('weights.predict', { predictor, rows: [request.row] })
      if (asked !== this.#asked) return
      this.prediction = prediction ?? null
      this.problem = null
    } catch (error) {
      if (asked !== this.#asked) return
      this.prediction = null
      this.problem = messageOf(error)
    }
  }

  /** @returns whether weights were imported */
  async chooseAndImport(): Promise<boolean> {
    try {
      const file = await session.connection.pickFile('weights')
      return file !== null && (await this.importFile(file))
    } catch (error) {
      notices.error(error)
      return false
    }
  }
  async importFile(file: FileRef): Promise<boolean> {
    this.importing = true
    try {
      this.weights = await session.request('weights.import', { file: file.id })
      this.choose('weights')
      this.reset()
      return true
    } catch (error) {
      notices.error(error)
      return false
    } finally {
      this.importing = false
    }
  }
  forget(): void {
    this.weights = null
    this.choose('run')
  }

  /** Predict every row of a table and write it with the predictions beside it. */
  async predictTable(file: FileRef | null): Promise<void> {
    const { weights } = this
    if (weights === null) return
    await this.#doJob('Predicting', file, async (table, name) => {
      const done = await session.request('weights.predictTable', { weights: weights.id, table, file: null })
      if (done === null) return
      const { saved, rows, substitutions } = done
      this.#tellSubstituted(name, describeSubstitutions(substitutions, rows))
      session.connection.deliver(saved)
      notices.info(`Predictions for ${name} saved as ${saved.file.name}.`)
    })
  }
  async evaluateTable(file: FileRef | null): Promise<void> {
    const { weights } = this
    if (weights === null) return
    await this.#doJob('Evaluating', file, async (table, name) => {
      const { rows, loss, metric, metricKind, substitutions } = await session.request('weights.evaluateTable', {
        weights: weights.id,
        table
      })
      this.#tellSubstituted(name, describeSubstitutions(substitutions, rows))
      this.evaluation = `${name}, ${formatCount(rows)} rows: loss ${formatMeasure(loss)}, ${metricText(metricKind, metric)}.`
    })
  }
  /** Loss and metric of the run's weights as they are now. */
  async evaluateSplit(split: SplitName): Promise<void> {
    const { current } = run
    if (current === null) return
    this.job = `Evaluating the ${split} rows`
    this.#forgetOutcome()
    try {
      const { rows, loss, metric } = await session.request('training.evaluate', { run: current.id, split })
      if (run.current?.id !== current.id) return
      const steps = formatCount(run.progress?.step ?? 0)
      this.evaluation = `After ${steps} steps, ${formatCount(rows)} ${split} rows: loss ${formatMeasure(loss)}, ${metricText(current.description.metric, metric)}.`
    } catch (error) {
      notices.error(error)
    } finally {
      this.job = null
    }
  }

  #tellSubstituted(table: string, lines: readonly string[]): void {
    this.substituted = lines
    const [first, ...others] = lines
    if (first === undefined) return
    const more = others.length === 0 ? '' : ` ${formatCount(others.length)} more in Predict.`
    notices.warn(`${table}, ${first}${more}`)
  }
  #forgetOutcome(): void {
    this.evaluation = null
    this.substituted = []
  }

  /** @param file a table to choose, or null for the one that is open */
  async #doJob(
    verb: string,
    file: FileRef | null,
    work: (table: string, name: string) => Promise<void>
  ): Promise<void> {
    const table = file ?? dataset.current
    if (table === null) return
    const name = 'file' in table ? table.file.name : table.name
    this.job = `${verb} ${name}`
    this.#forgetOutcome()
    try {
      await work(table.id, name)
    } catch (error) {
      notices.error(error)
    } finally {
      this.job = null
    }
  }
}

export const predictor = new Predictor()
