import type { ClassWeights } from '../../shared/class-weights'
import type { Run } from '../../shared/contract'
import type { Design } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import { formatShare } from '../../shared/figures'
import { alignedTable, count, duration, measure, plural } from '../text'
import type { TrainOptions } from './train'
import type { StartedRun } from './train-start'
import type { TrainingOutcome } from './watch-training'

/** One round: trained on all folds but one, validated on that one. */
export interface FoldResult {
  /** From 1. */
  readonly fold: number
  readonly rows: { readonly train: number; readonly validation: number }
  readonly epochs: number
  readonly stoppedEarly: boolean
  /** The epoch whose losses and metrics follow: with early stopping the best one. */
  readonly keptEpoch: number
  readonly seconds: number
  readonly trainLoss: number | null
  readonly validationLoss: number
  readonly trainAccuracy?: number | null
  readonly validationAccuracy?: number
  readonly trainError?: number | null
  readonly validationError?: number
}

export interface Spread {
  readonly mean: number
  /** Of a sample: divided by the number of folds − 1; null for a single fold. */
  readonly standardDeviation: number | null
}

/** What came out of a cross-validation; with `--json` this is what is printed. */
export interface FoldsSummary {
  readonly name: string
  readonly table: string
  readonly engine: 'native' | 'reference'
  /** `stopped` after Ctrl+C: then there are fewer results than folds. */
  readonly state: 'finished' | 'stopped'
  readonly folds: number
  /** Every fold has the classes' shares. */
  readonly stratified: boolean
  readonly splitSeed: number
  readonly seed: number
  readonly plannedEpochs: number
  /** Rows that are in no fold: the design's test share. */
  readonly testRows: number
  /** The design's; absent where all rows count the same. Balanced ones are those of each fold's training rows. */
  readonly classWeights?: Exclude<ClassWeights, 'none'>
  readonly seconds: number
  readonly results: readonly FoldResult[]
  /** Over the results; null when there is none. */
  readonly validationLoss: Spread | null
  readonly validationAccuracy?: Spread | null
  readonly validationError?: Spread | null
}

export interface CrossValidated {
  readonly design: Design
  readonly table: string
  readonly request: TrainOptions
  readonly folds: number
  /** The last training that was started. */
  readonly last: StartedRun
  readonly results: readonly FoldResult[]
}

/** @throws LaminaError `internal` for a training that is over and measured nothing */
export function foldResult(fold: number, { description }: Run, { progress, keptEpoch }: TrainingOutcome): FoldResult {
  const validationLoss = keptEpoch?.validationLoss ?? null
  const validationMetric = keptEpoch?.validationMetric ?? null
  if (keptEpoch === null || validationLoss === null || validationMetric === null)
    throw new LaminaError('internal', `Fold ${fold} was trained and not validated.`)
  const { trainMetric } = keptEpoch
  return {
    fold,
    rows: { train: description.trainRows, validation: description.validationRows },
    epochs: progress.epoch,
    stoppedEarly: progress.stoppedEarly,
    keptEpoch: keptEpoch.epoch,
    seconds: progress.seconds,
    trainLoss: keptEpoch.trainLoss,
    validationLoss,
    ...(description.metric === 'accuracy'
      ? { trainAccuracy: trainMetric, validationAccuracy: validationMetric }
      : { trainError: trainMetric, validationError: validationMetric })
  }
}

export function summariseFolds(validated: CrossValidated): FoldsSummary {
  const { design, table, request, folds, last, results } = validated
  const { run, prepared } = last
  const { engine, metric } = run.description
  const over = (pick: (result: FoldResult) => number | undefined): Spread | null =>
    spreadOf(results.flatMap((result) => pick(result) ?? []))
  return {
    name: run.name,
    table,
    engine,
    state: results.length < folds ? 'stopped' : 'finished',
    folds,
    stratified: metric === 'accuracy' && design.dataset?.split.stratify === true,
    splitSeed: design.dataset?.split.seed ?? 0,
    seed: request.seed ?? design.training.seed,
    plannedEpochs: design.training.epochs,
    testRows: prepared.rows.test,
    ...(design.training.classWeights === 'none' ? {} : { classWeights: design.training.classWeights }),
    seconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
    results,
    validationLoss: over((result) => result.validationLoss),
    ...(metric === 'accuracy'
      ? { validationAccuracy: over((result) => result.validationAccuracy) }
      : { validationError: over((result) => result.validationError) })
  }
}

/** Mean and sample standard deviation; null of nothing. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, standardDeviation: values.length < 2 ? null : Math.sqrt(squares / (values.length - 1)) }
}

export function foldsText(summary: FoldsSummary): string {
  const { name, table, folds, stratified, splitSeed, seed, results, testRows, seconds } = summary
  const accuracy = summary.validationAccuracy !== undefined
  const metric = (value: number | null | undefined): string =>
    accuracy ? formatShare(value ?? null) : measure(value ?? null)
  const loss = summary.validationLoss
  const spread = accuracy ? summary.validationAccuracy : summary.validationError
  const rows = [
    ['fold', 'rows', 'epochs', 'training loss', 'loss', accuracy ? 'accuracy' : 'mean absolute error'],
    ...results.map((result) => [
      count(result.fold),
      count(result.rows.validation),
      result.keptEpoch < result.epochs ? `${count(result.keptEpoch)} of ${count(result.epochs)}` : count(result.epochs),
      measure(result.trainLoss),
      measure(result.validationLoss),
      metric(accuracy ? result.validationAccuracy : result.validationError)
    ]),
    ['mean', '', '', '', measure(loss?.mean ?? null), metric(spread?.mean)],
    ['± sd', '', '', '', measure(loss?.standardDeviation ?? null), metric(spread?.standardDeviation)]
  ]
  const how = stratified ? 'stratified by class' : 'at random'
  return [
    `Cross-validated "${name}" on ${table}: ${plural(folds, 'fold')} ${how} (split seed ${splitSeed}, seed ${seed}) in ${duration(seconds)}\n`,
    testRows === 0 ? '' : `${plural(testRows, 'test row')} in no fold, as the design keeps them aside\n`,
    alignedTable(rows, ['left', 'right', 'right', 'right', 'right', 'right']),
    'Losses and the last column are of the rows of each fold, by the network trained on the others; ± is the sample standard deviation.\n',
    summary.classWeights === undefined ? '' : 'Losses are weighted by class, accuracies are not.\n'
  ].join('')
}
