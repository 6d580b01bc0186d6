import type { RunSummary } from '../../shared/run-history'
import { Session, type SessionOptions } from '../session'
import { formatShare } from '../../shared/figures'
import { alignedTable, count, measure, plural, shortened } from '../text'

const NAME_WIDTH = 32

/** `lamina runs`: the runs that are kept, newest first. */
export async function listRuns(options: SessionOptions, { json }: { readonly json: boolean }): Promise<void> {
  const { terminal } = options
  const { runs, damaged } = await Session.with(options, (session) => session.client.request('runs.list', {}))
  for (const { id, problem } of damaged) terminal.message(`Damaged: ${id}: ${problem}\n`)
  if (json) await terminal.result(`${JSON.stringify(runs, null, 2)}\n`)
  else await terminal.result(runs.length === 0 ? 'No runs are kept yet.\n' : table(runs))
}

function table(runs: readonly RunSummary[]): string {
  const head = ['Run', 'Name', 'Started', 'Network', 'Epochs', 'Loss', 'Metric', 'State']
  const rows = runs.map((run) => {
    const { lastEpoch, metric } = run
    const value = lastEpoch?.validationMetric ?? lastEpoch?.trainMetric ?? null
    return [
      run.id.slice(0, 8),
      shortened(run.name, NAME_WIDTH),
      new Date(run.startedAt).toISOString().slice(0, 16).replace('T', ' '),
      run.shape.join('-'),
      `${count(run.epoch)}/${count(run.epochs)}`,
      measure(lastEpoch?.validationLoss ?? lastEpoch?.trainLoss ?? null),
      metric === 'accuracy' ? formatShare(value) : measure(value),
      stateOf(run)
    ]
  })
  return alignedTable([head, ...rows], ['left', 'left', 'left', 'left', 'right', 'right', 'right', 'left'])
}

function stateOf({ state, resumesAt, elsewhere }: RunSummary): string {
  if (elsewhere) return `${state}, in another Lamina`
  const cutOff = state === 'interrupted' || state === 'paused' || state === 'stopped' || state === 'failed'
  return cutOff && resumesAt !== null ? `${state}, can go on after ${plural(resumesAt, 'step')}` : state
}
