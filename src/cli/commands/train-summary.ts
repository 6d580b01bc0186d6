import { classWeightsText, type ClassWeight } from '../../shared/class-weights'
import type { Run } from '../../shared/contract'
import type { PreparedSummary } from '../../shared/dataset'
import type { Design } from '../../shared/design/schema'
import { preparationSteps } from '../../shared/preparation-steps'
import { formatShare } from '../../shared/figures'
import { alignedTable, count, duration, measure, plural } from '../text'
import type { TrainOptions } from './train'
import type { TrainingOutcome } from './watch-training'

export interface TestResult {
  readonly rows: number
  readonly loss: number
  readonly metric: number
}

/** What came out of a training; with `--json` this is what is printed. */
export interface TrainSummary {
  readonly name: string
  readonly table: string
  readonly engine: 'native' | 'reference'
  /** `stopped` after Ctrl+C. */
  readonly state: 'finished' | 'stopped'
  readonly seed: number
  readonly epochs: number
  readonly plannedEpochs: number
  readonly stoppedEarly: boolean
  /** The epoch whose weights these are, and whose losses and metrics follow: with early stopping the best one. */
  readonly keptEpoch: number
  readonly steps: number
  readonly seconds: number
  readonly stepsPerSecond: number
  readonly parameters: number
  readonly rows: { readonly train: number; readonly validation: number }
  /** What the losses of a row count, by its class; absent where all count the same. */
  readonly classWeights?: readonly ClassWeight[]
  readonly trainLoss: number | null
  readonly validationLoss: number | null
  readonly trainAccuracy?: number | null
  readonly validationAccuracy?: number | null
  readonly trainError?: number | null
  readonly validationError?: number | null
  readonly testLoss?: number
  readonly testAccuracy?: number
  readonly testError?: number
  /** Files that were written. */
  readonly weights: string | null
  readonly metrics: string | null
}

export interface Trained {
  readonly run: Run
  readonly design: Design
  readonly table: string
  readonly outcome: TrainingOutcome
  readonly test: TestResult | null
  readonly request: TrainOptions
}

export function summarise({ run, design, table, outcome, test, request }: Trained): TrainSummary {
  const { progress, keptEpoch } = outcome
  const { description } = run
  const train = keptEpoch?.trainMetric ?? null
  const validation = keptEpoch?.validationMetric ?? null
  const accuracy = description.metric === 'accuracy'
  return {
    name: run.name,
    table,
    engine: description.engine,
    state: progress.state === 'finished' ? 'finished' : 'stopped',
    seed: request.seed ?? design.training.seed,
    epochs: progress.epoch,
    plannedEpochs: progress.epochs,
    stoppedEarly: progress.stoppedEarly,
    keptEpoch: keptEpoch?.epoch ?? 0,
    steps: progress.step,
    seconds: progress.seconds,
    stepsPerSecond: progress.seconds > 0 ? progress.step / progress.seconds : 0,
    parameters: description.parameters,
    rows: { train: description.trainRows, validation: description.validationRows },
    ...(description.classWeights === null ? {} : { classWeights: description.classWeights }),
    trainLoss: keptEpoch?.trainLoss ?? null,
    validationLoss: keptEpoch?.validationLoss ?? null,
    ...(accuracy
      ? { trainAccuracy: train, validationAccuracy: validation }
      : { trainError: train, validationError: validation }),
    ...(test === null
      ? {}
      : { testLoss: test.loss, ...(accuracy ? { testAccuracy: test.metric } : { testError: test.metric }) }),
    weights: request.weights ?? null,
    metrics: request.metrics ?? null
  }
}

export function summaryText(summary: TrainSummary, prepared: PreparedSummary): string {
  const { name, table, seed, epochs, steps, seconds, stepsPerSecond } = summary
  const accuracy = summary.trainAccuracy !== undefined
  const metric = (share: number | null | undefined): string =>
    accuracy ? formatShare(share ?? null) : measure(share ?? null)
  const rows = [
    ['', 'loss', accuracy ? 'accuracy' : 'mean absolute error'],
    ['training', measure(summary.trainLoss), metric(summary.trainAccuracy ?? summary.trainError)]
  ]
  if (summary.rows.validation > 0)
    rows.push([
      'validation',
      measure(summary.validationLoss),
      metric(summary.validationAccuracy ?? summary.validationError)
    ])
  if (summary.testLoss !== undefined)
    rows.push(['test', measure(summary.testLoss), metric(summary.testAccuracy ?? summary.testError)])
  return [
    `Trained "${name}" on ${table} (seed ${seed}): ${plural(epochs, 'epoch')}, ${plural(steps, 'step')} in ${duration(seconds)}, ${count(stepsPerSecond)} steps/s\n`,
    endText(summary),
    alignedTable(rows, ['left', 'right', 'right']),
    summary.classWeights === undefined
      ? ''
      : `Losses are weighted by class (${classWeightsText(summary.classWeights)}), accuracies are not\n`,
    `\n${stepsText(prepared)}\n`,
    summary.weights === null
      ? 'The weights were not kept; --weights <file> keeps them.\n'
      : `Wrote ${summary.weights}\n`,
    summary.metrics === null ? '' : `Wrote ${summary.metrics}\n`
  ].join('')
}

/** What became of the table, a line for each step. */
export function stepsText(prepared: PreparedSummary): string {
  return alignedTable(
    preparationSteps(prepared, count).map(({ name, text }) => [name, text]),
    ['left', 'left']
  )
}

/** What early stopping did, where it did anything. */
function endText({ stoppedEarly, epochs, plannedEpochs, keptEpoch }: TrainSummary): string {
  if (stoppedEarly) {
    const planned = plural(plannedEpochs, 'epoch')
    return `Stopped early, after ${count(epochs)} of ${planned}; these are the weights of epoch ${count(keptEpoch)}, the best one\n`
  }
  return keptEpoch < epochs ? `These are the weights of epoch ${count(keptEpoch)}, the best one\n` : ''
}
