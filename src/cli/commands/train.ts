import { dirname, resolve } from 'node:path'
import type { OpenDataset, Run } from '../../shared/contract'
import type { Design } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import { checkNetwork } from '../../shared/network/check'
import { checkWritable, sameFile } from '../../service'
import { MetricsFile } from '../metrics-file'
import { ProgressLine } from '../progress-line'
import { absolute, Session, type SessionOptions } from '../session'
import type { Terminal } from '../terminal'
import { count, plural } from '../text'
import { UsageError } from '../usage-error'
import { openWeights } from './open-weights'
import { prepareTable } from './prepare-table'
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
  readonly json: boolean
}

/** `lamina train`: train a design, write its weights and metrics. */
export async function train(options: SessionOptions, designPath: string, request: TrainOptions): Promise<void> {
  const { terminal } = options
  await checkTargets(terminal, designPath, request)
  const summary = await Session.with(options, async (session) => {
    const progress = new ProgressLine(terminal)
    const metrics = request.metrics === undefined ? null : new MetricsFile(absolute(terminal, request.metrics))
    const stopListening = session.client.on('dataset.progress', ({ stage, fraction }) =>
      progress.stage(`${stage} the table`, fraction)
    )
    try {
      await reportEngine(session, terminal)
      const { design, table } = await openDesign(session, designPath, request)
      await refuseOverwriting(terminal, request, [tablePath(terminal, designPath, design)])
      const initial = request.init === undefined ? null : (await openWeights(session, terminal, request.init)).id
      const run = await start(session, design, table, initial, request)
      await reportWarnings(session, terminal, design, table)
      const outcome = await watchTraining(session, run, progress, metrics)
      await metrics?.complete()
      if (request.weights !== undefined) {
        await session.saveTo(request.weights, () =>
          session.client.request('weights.export', { run: run.id, file: null })
        )
      }
      const test = await evaluateTest(session, design, run)
      return summarise({ run, design, table: table.table.name, outcome, test, request })
    } finally {
      stopListening()
      progress.clear()
      await metrics?.discard()
    }
  })
  await report(terminal, summary, request)
}

async function report(terminal: Terminal, summary: TrainSummary, { json }: TrainOptions): Promise<void> {
  await terminal.result(json ? `${JSON.stringify(summary, null, 2)}\n` : summaryText(summary))
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

async function reportEngine(session: Session, terminal: Terminal): Promise<void> {
  const { engine } = await session.client.request('app.hello', {})
  if (engine.fallbackReason !== null) terminal.message(`Slow: ${engine.description}. ${engine.fallbackReason}\n`)
}

async function openDesign(
  session: Session,
  path: string,
  { data, epochs }: TrainOptions
): Promise<{ design: Design; table: OpenDataset }> {
  const file = await session.grant(path, 'design')
  const opened = await session.client.request('design.open', { file: file.id })
  const { training } = opened.design
  const design: Design = epochs === undefined ? opened.design : { ...opened.design, training: { ...training, epochs } }
  if (data !== undefined) return { design, table: await session.openTable(data) }
  if (opened.dataset === null) {
    const problem = opened.problem ?? `${file.name} names no table.`
    throw new LaminaError('notFound', `${problem} Say which one to use with --data <file.csv>.`, { file: path })
  }
  return { design, table: await session.client.request('dataset.open', { file: opened.dataset.id, overrides: {} }) }
}

async function start(
  session: Session,
  design: Design,
  table: OpenDataset,
  initialWeights: string | null,
  { seed, threads, metrics }: TrainOptions
): Promise<Run> {
  return session.client.request('training.start', {
    design,
    dataset: table.id,
    initialWeights,
    // So that no frame comes before somebody watches.
    paused: true,
    everyEpoch: metrics !== undefined,
    seed: seed ?? null,
    threads: threads ?? null
  })
}

/** What is unusual about the table or the network, but no reason not to train. */
async function reportWarnings(session: Session, terminal: Terminal, design: Design, table: OpenDataset): Promise<void> {
  if (design.dataset === null) return
  const prepared = await prepareTable(session, terminal, design, design.dataset, table.id)
  const { inputs, outputs, task } = prepared
  const { problems } = checkNetwork(design.network, { features: inputs, outputs, task })
  for (const { node, message } of problems) {
    terminal.message(`Warning: ${node === null ? '' : `block "${node}": `}${message}\n`)
  }
  const { schedule, epochs } = design.training
  if (schedule !== null && schedule.warmupEpochs >= epochs) {
    terminal.message(
      `Warning: the schedule warms up for ${plural(schedule.warmupEpochs, 'epoch')}, but only ${count(epochs)} are planned: the learning rate does not reach the one that is set before the end.\n`
    )
  }
}

async function evaluateTest(session: Session, design: Design, run: Run): Promise<TestResult | null> {
  if (design.dataset === null || design.dataset.split.test === 0) return null
  return session.client.request('training.evaluate', { run: run.id, split: 'test' })
}
