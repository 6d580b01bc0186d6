import { LaminaError } from '../../shared/errors'
import type { Fold } from '../../shared/prepared'
import { ProgressLine } from '../progress-line'
import { Session, type SessionOptions } from '../session'
import type { Terminal } from '../terminal'
import { UsageError } from '../usage-error'
import type { TrainOptions } from './train'
import { foldResult, foldsText, summariseFolds, type FoldResult, type FoldsSummary } from './train-folds-summary'
import { openDesign, openInitialWeights, reportEngine, startRun, warningsOf, type StartedRun } from './train-start'
import { tellingLeakage } from './leakage-beside'
import { watchTraining, type TrainingOutcome } from './watch-training'

/**
 * `lamina train --folds k`: cross-validation. Every fold is once the validation rows of a training on all others, with
 * everything fitted on those others alone.
 */
export async function trainFolds(
  options: SessionOptions,
  designPath: string,
  request: TrainOptions,
  folds: number
): Promise<void> {
  const { terminal } = options
  refuseFiles(request)
  const summary = await Session.with(options, (session) => crossValidate(session, terminal, designPath, request, folds))
  await terminal.result(request.json ? `${JSON.stringify(summary, null, 2)}\n` : foldsText(summary))
  if (summary.state === 'finished') return
  throw new LaminaError('cancelled', `Cross-validation was stopped after ${summary.results.length} of ${folds} folds.`)
}

/** @throws UsageError for files that one training makes, and not several */
function refuseFiles({ weights, metrics }: TrainOptions): void {
  const option = weights !== undefined ? '--weights' : metrics !== undefined ? '--metrics' : null
  if (option === null) return
  const what = option === '--weights' ? 'the weights' : 'the epochs'
  throw new UsageError(
    `--folds trains a network for each fold to tell how good the design is, and keeps none; ${option} writes ${what} of one. Give only one of the two.`
  )
}

async function crossValidate(
  session: Session,
  terminal: Terminal,
  designPath: string,
  request: TrainOptions,
  folds: number
): Promise<FoldsSummary> {
  const progress = new ProgressLine(terminal)
  const stopListening = session.client.on('dataset.progress', ({ stage, fraction }) =>
    progress.stage(`${stage} the table`, fraction)
  )
  try {
    await reportEngine(session, terminal)
    const { design, table } = await openDesign(session, designPath, request)
    const input = { design, table, initialWeights: await openInitialWeights(session, terminal, request) }
    if (design.training.earlyStopping !== null) {
      terminal.message(
        'Note: early stopping chooses the epoch by the rows of the fold that is measured, so that the figures are somewhat better than those of new rows.\n'
      )
    }
    const told = new Set<string>()
    const results: FoldResult[] = []
    let last: StartedRun | null = null
    for (let index = 0; index < folds && !session.wasInterrupted; index++) {
      const fold: Fold = { index, count: folds }
      progress.begin(`Fold ${index + 1}/${folds}`)
      const started = await startFold(session, fold, (signal) => startRun(session, input, request, fold, signal))
      if (started === null) break
      last = started
      // Most folds have the same to say.
      for (const line of warningsOf(design, started.prepared)) {
        if (!told.has(line)) terminal.message(`${index === 0 ? '' : `Fold ${index + 1}: `}${line}\n`)
        told.add(line)
      }
      const watch = (): Promise<TrainingOutcome> => watchFold(session, fold, started, progress)
      const outcome = await (index === 0 ? tellingLeakage(session, design, table.id, progress, watch) : watch())
      if (outcome.progress.state === 'finished') results.push(foldResult(index + 1, started.run, outcome))
    }
    if (last === null) throw new LaminaError('cancelled', 'Cross-validation was stopped before its first fold.')
    return summariseFolds({ design, table: table.table.name, request, folds, last, results })
  } finally {
    stopListening()
    progress.clear()
  }
}

/**
 * Prepare and load a fold. Until it is watched, Ctrl+C has no training to stop in good order: it ends the preparation.
 * @returns null after Ctrl+C
 */
async function startFold(
  session: Session,
  fold: Fold,
  start: (signal: AbortSignal) => Promise<StartedRun>
): Promise<StartedRun | null> {
  const controller = new AbortController()
  session.onInterrupt(() => controller.abort())
  try {
    const started = await start(controller.signal)
    return session.wasInterrupted ? null : started
  } catch (error) {
    if (session.wasInterrupted) return null
    // What is wrong with all folds shows in the first.
    throw fold.index === 0 ? error : inFold(fold, error)
  }
}

async function watchFold(
  session: Session,
  fold: Fold,
  { run }: StartedRun,
  progress: ProgressLine
): Promise<TrainingOutcome> {
  try {
    return await watchTraining(session, run, progress, null)
  } catch (error) {
    throw inFold(fold, error)
  }
}

/** An error with the fold it came of. */
function inFold({ index, count }: Fold, error: unknown): unknown {
  if (!(error instanceof LaminaError)) return error
  const details = { ...error.details, fold: index + 1 }
  return new LaminaError(error.code, `Fold ${index + 1} of ${count}: ${error.message}`, details, error)
}
