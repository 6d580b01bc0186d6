import type { OpenDataset, Run } from '../../shared/contract'
import type { PreparedSummary } from '../../shared/dataset'
import type { Design } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import { checkNetwork } from '../../shared/network/check'
import type { Fold } from '../../shared/prepared'
import type { Session } from '../session'
import type { Terminal } from '../terminal'
import { count, plural } from '../text'
import { openWeights } from './open-weights'
import { prepareTable } from './prepare-table'
import type { TrainOptions } from './train'

/** What a training needs before it can start. */
export interface TrainingInput {
  readonly design: Design
  readonly table: OpenDataset
  /** Id of imported weights to start from. */
  readonly initialWeights: string | null
}

/** A training that waits to be let go, and what its rows became. */
export interface StartedRun {
  readonly run: Run
  readonly prepared: PreparedSummary
}

export async function reportEngine(session: Session, terminal: Terminal): Promise<void> {
  const { engine } = await session.client.request('app.hello', {})
  if (engine.fallbackReason !== null) terminal.message(`Slow: ${engine.description}. ${engine.fallbackReason}\n`)
}

/** @throws LaminaError `notFound` for a design whose table is not where it says */
export async function openDesign(
  session: Session,
  path: string,
  { data, epochs }: TrainOptions
): Promise<Omit<TrainingInput, 'initialWeights'>> {
  const file = await session.grant(path, 'design')
  const opened = await session.client.request('design.open', { file: file.id })
  const { training } = opened.design
  const design: Design = epochs === undefined ? opened.design : { ...opened.design, training: { ...training, epochs } }
  const overrides = design.dataset?.reading ?? {}
  if (data !== undefined) return { design, table: await session.openTable(data, overrides) }
  if (opened.dataset === null) {
    const problem = opened.problem ?? `${file.name} names no table.`
    throw new LaminaError('notFound', `${problem} Say which one to use with --data <file.csv>.`, { file: path })
  }
  return { design, table: await session.client.request('dataset.open', { file: opened.dataset.id, overrides }) }
}

/** The id of the weights a training starts from, null for drawn ones. */
export async function openInitialWeights(
  session: Session,
  terminal: Terminal,
  { init }: TrainOptions
): Promise<string | null> {
  return init === undefined ? null : (await openWeights(session, terminal, init)).id
}

/**
 * Prepare, load and hold.
 * @param fold one round of cross-validation
 * @param signal gives the preparation up
 */
export async function startRun(
  session: Session,
  { design, table, initialWeights }: TrainingInput,
  { seed, threads, metrics }: TrainOptions,
  fold?: Fold,
  signal?: AbortSignal
): Promise<StartedRun> {
  const request = {
    design,
    dataset: table.id,
    initialWeights,
    // So that no frame comes before somebody watches.
    paused: true,
    everyEpoch: metrics !== undefined,
    seed: seed ?? null,
    threads: threads ?? null,
    fold
  }
  const run = await session.client.request('training.start', request, { signal })
  if (design.dataset === null) throw new LaminaError('internal', `"${design.name}" was started without a table.`)
  return { run, prepared: await prepareTable(session, design, design.dataset, table.id, fold) }
}

/** What is unusual about the table or the network, but no reason not to train; a line each. */
export function warningsOf({ network, training }: Design, prepared: PreparedSummary): string[] {
  const { inputs, outputs, task, warnings } = prepared
  const { problems } = checkNetwork(network, { features: inputs, outputs, task })
  const lines = [
    ...warnings.map((warning) => `Note: ${warning}`),
    ...problems.map(({ node, message }) => `Warning: ${node === null ? '' : `block "${node}": `}${message}`)
  ]
  const { schedule, epochs } = training
  if (schedule !== null && schedule.warmupEpochs >= epochs) {
    lines.push(
      `Warning: the schedule warms up for ${plural(schedule.warmupEpochs, 'epoch')}, but only ${count(epochs)} are planned: the learning rate does not reach the one that is set before the end.`
    )
  }
  return lines
}
