import type { DialectOverrides } from '../../shared/table/dialect'
import { Session, type SessionOptions } from '../session'
import { formatShare } from '../../shared/figures'
import { describeSubstitutions } from '../../shared/weights/substitutions'
import { alignedTable, measure, plural } from '../text'
import { describeReading } from './inspect-reading'
import { openWeights } from './open-weights'

/** `lamina evaluate`: loss and accuracy (or error) of trained weights on a table with known targets. */
export async function evaluate(
  options: SessionOptions,
  weights: string,
  data: string,
  { json, reading: overrides }: { json: boolean; reading: DialectOverrides }
): Promise<void> {
  const { terminal } = options
  const result = await Session.with(options, async (session) => {
    const opened = await openWeights(session, terminal, weights)
    const table = await session.openTable(data, overrides)
    const reading = describeReading(table.table.reading)
    if (reading !== '') terminal.message(`${table.table.name}: ${reading}`)
    return session.client.request('weights.evaluateTable', { weights: opened.id, table: table.id })
  })
  const { rows, loss, metric, metricKind, substitutions } = result
  for (const line of describeSubstitutions(substitutions, rows)) terminal.message(`Note: ${line}\n`)
  const accuracy = metricKind === 'accuracy'
  if (json) {
    const measured = { rows, loss, [accuracy ? 'accuracy' : 'error']: metric, substitutions }
    await terminal.result(`${JSON.stringify(measured, null, 2)}\n`)
    return
  }
  const measured: [string, string] = accuracy
    ? ['Accuracy', formatShare(metric)]
    : ['Mean absolute error', measure(metric)]
  await terminal.result(
    `${plural(rows, 'row')}\n${alignedTable([['Loss', measure(loss)], measured], ['left', 'right'])}`
  )
}
