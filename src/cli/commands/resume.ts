import { LaminaError } from '../../shared/errors'
import type { RunSummary } from '../../shared/run-history'
import { checkWritable } from '../../service'
import { MetricsFile } from '../metrics-file'
import { ProgressLine } from '../progress-line'
import { absolute, Session, type SessionOptions } from '../session'
import { summarise, type TrainSummary } from './train-summary'
import { watchTraining } from './watch-training'

export interface ResumeOptions {
  readonly epochs: number | undefined
  readonly weights: string | undefined
  readonly metrics: string | undefined
}

/** `lamina resume`: go on with a run of the history from its checkpoint; prints what came of it as JSON. */
export async function resume(options: SessionOptions, wanted: string, request: ResumeOptions): Promise<void> {
  const { terminal } = options
  const { weights, metrics, epochs } = request
  for (const path of [weights, metrics]) if (path !== undefined) await checkWritable(absolute(terminal, path))
  const summary = await Session.with(options, async (session): Promise<TrainSummary> => {
    const { client } = session
    const { id } = choose((await client.request('runs.list', {})).runs, wanted)
    const { design, summary: kept } = await client.request('runs.open', { run: id })
    const run = await client.request('runs.resume', { run: id, epochs: epochs ?? null, paused: true })
    const line = new ProgressLine(terminal)
    const file = metrics === undefined ? null : new MetricsFile(absolute(terminal, metrics))
    try {
      const outcome = await watchTraining(session, run, line, file)
      await file?.complete()
      if (weights !== undefined)
        await session.saveTo(weights, () => client.request('weights.export', { run: id, file: null }))
      const files = { weights, metrics, data: undefined, init: undefined, epochs, seed: undefined }
      return summarise({
        run,
        design,
        table: kept.dataset,
        outcome,
        test: null,
        request: { ...files, threads: undefined, folds: undefined, json: true }
      })
    } finally {
      line.clear()
      await file?.discard()
    }
  })
  await terminal.result(`${JSON.stringify(summary, null, 2)}\n`)
  if (summary.state === 'finished') return
  throw new LaminaError(
    'cancelled',
    `Training was stopped after ${summary.epochs} of ${summary.plannedEpochs} epochs. It can be resumed again.`
  )
}

/** @param wanted the beginning of an id, or "last" for the newest run that can go on */
function choose(runs: readonly RunSummary[], wanted: string): RunSummary {
  const found =
    wanted === 'last'
      ? runs.filter(({ resumesAt }) => resumesAt !== null).slice(0, 1)
      : runs.filter(({ id }) => id.startsWith(wanted))
  const [only, another] = found
  if (only !== undefined && another === undefined) return only
  throw new LaminaError(
    'notFound',
    only === undefined
      ? `There is no run ${wanted === 'last' ? 'that can go on' : `whose id begins with "${wanted}"`}. lamina runs lists them.`
      : `${found.length} runs have an id that begins with "${wanted}". Give more of it; lamina runs --json shows all of it.`
  )
}
