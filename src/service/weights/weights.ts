import { randomUUID } from 'node:crypto'
import { basename, dirname } from 'node:path'
import type { OpenWeights, Prediction, SavedFile } from '../../shared/contract'
import { LaminaError } from '../../shared/errors'
import type { Result } from '../../shared/rpc'
import { decodeOutputs, substitutionsIn } from '../../shared/weights/preprocessing'
import { WEIGHTS_EXTENSION, type Preprocessing, type RawRow } from '../../shared/weights/schema'
import type { Substitution } from '../../shared/weights/substitutions'
import type { TrainingWorkerContract } from '../../shared/workers/training'
import { BoundedMap } from '../bounded-map'
import type { Applied, Datasets, Table } from '../datasets/datasets'
import type { FileGrants } from '../files/grants'
import { sameFile } from '../files/same-file'
import { fileNameFor } from '../files/file-names'
import type { SavePlaces } from '../files/save-places'
import type { RunHistory } from '../history/run-history'
import type { WeightsSnapshot } from '../training/current-run'
import type { Runs } from '../training/runs'
import type { WorkerSlot } from '../workers/worker-slot'
import { csvLine, type CsvStyle } from './csv'
import { testRows, textOfRun, type ExportedRun } from './document-of-run'
import { importWeights, type ImportedWeights } from './imported-weights'
import { predictionCells, predictionColumns } from './prediction-columns'
import { predictRows, requireFinite, type Predictor } from './predictor'

/** Imported weights that stay usable at a time; the ones not used for longest are forgotten. */
const MOST_OPEN = 16
/** Rows fetched at a time while writing predictions: a few megabytes. */
const CHUNK_ROWS = 5000

export type PredictorChoice =
  { readonly kind: 'run'; readonly run: string } | { readonly kind: 'weights'; readonly weights: string }
export interface TableEvaluation {
  readonly rows: number
  readonly loss: number
  readonly metric: number
  readonly metricKind: 'accuracy' | 'meanAbsoluteError'
  readonly substitutions: Substitution[]
}
export interface TablePrediction {
  readonly saved: SavedFile
  readonly rows: number
  readonly substitutions: Substitution[]
}
type Computed = Result<TrainingWorkerContract, 'predictPrepared'> & Pick<Applied, 'rows' | 'substitutions'>

/** Trained weights: out of a run into a file, out of a file into predictions. */
export class Weights {
  private readonly imported = new BoundedMap<string, ImportedWeights>(MOST_OPEN)

  constructor(
    private readonly training: WorkerSlot<TrainingWorkerContract>,
    private readonly runs: Runs,
    private readonly history: RunHistory,
    private readonly datasets: Datasets,
    private readonly grants: FileGrants,
    private readonly places: SavePlaces
  ) {}

  /** @returns null when the person cancelled */
  async export(runId: string, file: string | null): Promise<SavedFile | null> {
    // Taken before the person is asked for a place, so that they get the weights they saw when they asked.
    const { run, snapshot } = await this.resultOf(runId)
    const { design, network, manifest } = run.plan
    const place = await this.places.find({
      file,
      purpose: 'weights',
      suggestedName: fileNameFor(design.name, WEIGHTS_EXTENSION),
      folder: null
    })
    if (place === null) return null
    const predictor: Predictor = { network, weights: snapshot.weights, preprocessing: manifest.preprocessing }
    const rows = testRows(run)
    const outputs = rows.length === 0 ? new Float32Array() : await predictRows(this.training, predictor, rows)
    return this.places.write(place, textOfRun(run, snapshot, outputs))
  }

  /** @throws LaminaError `notFound`, `invalidWeights`, `unsupportedVersion` */
  async import(file: string, signal?: AbortSignal): Promise<OpenWeights> {
    const grant = this.grants.require(file)
    const weights = await importWeights(grant.path, this.training, signal)
    const id = randomUUID()
    this.imported.set(id, weights)
    const { features, targets } = weights.predictor.preprocessing
    return {
      id,
      file: this.grants.refOf(grant),
      name: weights.name,
      layers: [...weights.layers],
      parameters: weights.parameters,
      features: features.map(({ column }) => column),
      targets: targets.map(({ column }) => column),
      testVectorError: weights.testVectorError
    }
  }

  /** @throws LaminaError `notFound` */
  require(id: string): ImportedWeights {
    const weights = this.imported.get(id)
    if (weights !== undefined) return weights
    throw new LaminaError('notFound', 'These weights are not open any more. Import the file again.', { weights: id })
  }

  async predict(choice: PredictorChoice, rows: readonly RawRow[], signal?: AbortSignal): Promise<Prediction[]> {
    const predictor =
      choice.kind === 'weights' ? this.require(choice.weights).predictor : await this.predictorOfRun(choice.run)
    const outputs = await predictRows(this.training, predictor, rows, signal)
    const width = predictor.network.outputs
    return rows.map((row, index) => ({
      output: Array.from(outputs.subarray(index * width, (index + 1) * width)),
      targets: decodeOutputs(predictor.preprocessing, outputs, index * width),
      substitutions: substitutionsIn(predictor.preprocessing, row)
    }))
  }

  /**
   * @param tableId an open table, or a file
   * @param signal gives it up before anything is written; once writing began, the file is written whole
   * @returns null when the person cancelled
   */
  async predictTable(
    weightsId: string,
    tableId: string,
    file: string | null,
    signal?: AbortSignal
  ): Promise<TablePrediction | null> {
    const { predictor } = this.require(weightsId)
    const table = await this.datasets.resolve(tableId, signal)
    requireColumns(predictor.preprocessing.features, table)
    const suggestedName = basename(table.path).replace(/(\.[^.]*)?$/, '-predictions.csv')
    const place = await this.places.find({ file, purpose: 'predictions', suggestedName, folder: dirname(table.path) })
    if (place === null) return null
    if (await sameFile(place.path, table.path)) {
      throw new LaminaError(
        'permissionDenied',
        `Predictions are not written over ${basename(table.path)}, the table they are made from. Choose another name.`
      )
    }
    const { outputs, rows, substitutions } = await this.applyTo(predictor, table, false, signal)
    const saved = await this.places.write(
      place,
      predictionLines(this.datasets, predictor.preprocessing, table, outputs, predictor.network.outputs)
    )
    return { saved, rows, substitutions }
  }

  /** @param tableId an open table, or a file */
  async evaluateTable(weightsId: string, tableId: string, signal?: AbortSignal): Promise<TableEvaluation> {
    const { predictor } = this.require(weightsId)
    const table = await this.datasets.resolve(tableId, signal)
    requireColumns([...predictor.preprocessing.features, ...predictor.preprocessing.targets], table)
    const { evaluation, rows, substitutions } = await this.applyTo(predictor, table, true, signal)
    if (evaluation === null) throw new LaminaError('internal', 'The engine evaluated nothing.')
    const classes = predictor.preprocessing.targets.every((target) => target.kind === 'categorical')
    return {
      rows,
      loss: evaluation.loss,
      metric: evaluation.metric,
      metricKind: classes ? 'accuracy' : 'meanAbsoluteError',
      substitutions
    }
  }

  private async applyTo(
    predictor: Predictor,
    table: Table,
    withTargets: boolean,
    signal?: AbortSignal
  ): Promise<Computed> {
    const { network, weights, preprocessing } = predictor
    const use = async ({ manifestPath, rows, substitutions }: Applied): Promise<Computed> => {
      const params = { manifestPath, network, weights: [...weights], withTargets }
      const result = await this.training.request('predictPrepared', params, { signal })
      if (result.outputs.length !== rows * network.outputs) {
        throw new LaminaError(
          'internal',
          `The engine made ${result.outputs.length} outputs for ${rows} rows of ${network.outputs}.`
        )
      }
      requireFinite(result.outputs, network.outputs)
      return { ...result, rows, substitutions }
    }
    return this.datasets.withApplied(table, preprocessing, withTargets, use, signal)
  }

  /** What a run has to show for: the current one now, one of the history as it was kept. */
  private async resultOf(id: string): Promise<{ run: ExportedRun; snapshot: WeightsSnapshot }> {
    const current = this.runs.find(id)
    if (current !== null) return { run: current, snapshot: await this.runs.weightsOf(current) }
    const { record, snapshot } = await this.history.weights(id)
    return { run: { plan: record, description: record.description }, snapshot }
  }

  private async predictorOfRun(id: string): Promise<Predictor> {
    const { run, snapshot } = await this.resultOf(id)
    return { network: run.plan.network, weights: snapshot.weights, preprocessing: run.plan.manifest.preprocessing }
  }
}

/** @throws LaminaError `invalidData` naming the columns a table lacks */
function requireColumns(needed: readonly { column: string }[], table: Table): void {
  const present = new Set(table.summary.columns.map(({ name }) => name))
  const absent = needed.map(({ column }) => column).filter((column) => !present.has(column))
  if (absent.length === 0) return
  const names = absent.map((name) => `"${name}"`).join(', ')
  const found = table.summary.columns.map(({ name }) => `"${name}"`).join(', ')
  const plural = absent.length === 1 ? 'column' : 'columns'
  throw new LaminaError(
    'invalidData',
    `${table.summary.name} lacks the ${plural} ${names}, which these weights need. It has ${found}.`,
    { columns: absent }
  )
}

/** The table with its predictions beside it, line by line. */
async function* predictionLines(
  datasets: Datasets,
  preprocessing: Preprocessing,
  table: Table,
  outputs: Float32Array,
  width: number
): AsyncGenerator<string> {
  const style: CsvStyle = table.summary.dialect
  const rows = outputs.length / width
  let written = 0
  do {
    const chunk = await datasets.rows(table, written, CHUNK_ROWS)
    const from = written
    written += chunk.rows.length
    if (written > rows || (chunk.rows.length === 0 && written < rows)) {
      throw new LaminaError(
        'invalidData',
        `${table.summary.name} changed while its predictions were being written. Try again.`
      )
    }
    if (from === 0) yield csvLine([...chunk.columns, ...predictionColumns(preprocessing, chunk.columns)], style)
    const lineOf = (cells: readonly (string | null)[], index: number): string =>
      csvLine([...cells, ...predictionCells(preprocessing, outputs, (from + index) * width, style)], style)
    yield chunk.rows.map(lineOf).join('')
  } while (written < rows)
}
