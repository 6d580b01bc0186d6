import { dirname, resolve } from 'node:path'
import type { Run } from '../../shared/contract'
import type { PreparedSummary } from '../../shared/dataset'
import type { Design } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import { checkWritable, sameFile } from '../../service'
import { MetricsFile } from '../metrics-file'
import { ProgressLine } from '../progress-line'
import { absolute, Session, type SessionOptions } from '../session'
import type { Terminal } from '../terminal'
import { UsageError } from '../usage-error'
import { tellingLeakage } from './leakage-beside'
import { trainFolds } from './train-folds'
import { openDesign, openInitialWeights, reportEngine, startRun, warningsOf } from './train-start'
import { summarise, summaryText, type TestResult, type TrainSummary } from './train-summary'
import { watchTraining } from './watch-training'

export interface TrainOptions {
  readonly data: string | undefined
  readonly init: string | undefined
  readonly epochs: number | undefined
  readonly seed: number | undefined
  readonly weights: string | undefined
  readonly metrics: string | undefined
  readonly threads: number | undefined
  /** Cross-validate instead of training one network. */
  readonly folds: number | undefined
  readonly json: boolean
}

/** `lamina train`: train a design, write its weights and metrics; or cross-validate it. */
export async function train(options: SessionOptions, designPath: string, request: TrainOptions): Promise<void> {
  const { terminal } = options
  if (request.folds !== undefined) return trainFolds(options, designPath, request, request.folds)
  await checkTargets(terminal, designPath, request)
  const { summary, prepared } = await Session.with(options, async (session) => {
    const progress = new ProgressLine(terminal)
    const metrics = request.metrics === undefined ? null : new MetricsFile(absolute(terminal, request.metrics))
    const stopListening = session.client.on('dataset.progress', ({ stage, fraction }) =>
      progress.stage(`${stage} the table`, fraction)
    )
    try {
      await reportEngine(session, terminal)
      const { design, table } = await openDesign(session, designPath, request)
      await refuseOverwriting(terminal, request, [tablePath(terminal, designPath, design)])
      const initialWeights = await openInitialWeights(session, terminal, request)
      const { run, prepared } = await startRun(session, { design, table, initialWeights }, request)
      for (const line of warningsOf(design, prepared)) terminal.message(`${line}\n`)
      const outcome = await tellingLeakage(session, design, table.id, progress, () =>
        watchTraining(session, run, progress, metrics)
      )
      await metrics?.complete()
      if (request.weights !== undefined) {
        await session.saveTo(request.weights, () =>
          session.client.request('weights.export', { run: run.id, file: null })
        )
      }
      const test = await evaluateTest(session, design, run)
      return { summary: summarise({ run, design, table: table.table.name, outcome, test, request }), prepared }
    } finally {
      stopListening()
      progress.clear()
      await metrics?.discard()
    }
  })
  await report(terminal, summary, prepared, request)
}

async function report(
  terminal: Terminal,
  summary: TrainSummary,
  prepared: PreparedSummary,
  { json }: TrainOptions
): Promise<void> {
  await terminal.result(json ? `${JSON.stringify(summary, null, 2)}\n` : summaryText(summary, prepared))
  if (summary.state === 'finished') return
  const kept = summary.weights === null ? '' : ` ${summary.weights} holds the weights of that moment.`
  throw new LaminaError(
    'cancelled',
    `Training was stopped after ${summary.epochs} of ${summary.plannedEpochs} epochs.${kept}`
  )
}

/** Say before the work, not after it, that its result cannot be written. */
async function checkTargets(terminal: Terminal, designPath: string, request: TrainOptions): Promise<void> {
  const { data, init, weights, metrics } = request
  await refuseOverwriting(terminal, request, [designPath, data, init])
  const both = [weights, metrics].flatMap((path) => (path === undefined ? [] : [absolute(terminal, path)]))
  if (both[0] !== undefined && both[1] !== undefined && (await sameFile(both[0], both[1]))) {
    throw new UsageError('--weights and --metrics name the same file.')
  }
  for (const path of both) await checkWritable(path)
}

/** @param read files this training reads */
async function refuseOverwriting(
  terminal: Terminal,
  { weights, metrics }: TrainOptions,
  read: readonly (string | undefined)[]
): Promise<void> {
  for (const path of [weights, metrics]) {
    for (const kept of read) {
      if (path === undefined || kept === undefined) continue
      if (await sameFile(absolute(terminal, path), absolute(terminal, kept)))
        throw new UsageError(`${path} is read; it cannot be written as well.`)
    }
  }
}

/** Where the table lies that a design names; what `--data` names was looked at before. */
function tablePath(terminal: Terminal, designPath: string, { dataset }: Design): string | undefined {
  return dataset === null ? undefined : resolve(dirname(absolute(terminal, designPath)), dataset.path)
}

async function evaluateTest(session: Session, design: Design, run: Run): Promise<TestResult | null> {
  if (design.dataset === null || design.dataset.split.test === 0) return null
  return session.client.request('training.evaluate', { run: run.id, split: 'test' })
}
