import { basename } from 'node:path'
import type { TableSummary } from '../../shared/dataset'
import { LaminaError } from '../../shared/errors'
import type { DialectOverrides, MalformedPolicy } from '../../shared/table/dialect'
import { checkWritable, writeFileAtomically } from '../../service'
import { absolute, Session, type SessionOptions } from '../session'
import { plural } from '../text'
import { describeDialect, describeReading } from './inspect-reading'
import { describeColumns, describeRelations, describeWarnings } from './inspect-profile'

export interface InspectOptions {
  readonly json: boolean
  /** Columns whose relation to the others is asked for. */
  readonly targets: readonly string[]
  /** Where the table goes as it was understood. */
  readonly normalized: string | undefined
  readonly malformed: MalformedPolicy
  /** Taken for missing values besides the usual words. */
  readonly missingWords: readonly string[]
  /** How the table is written, as far as a person said. */
  readonly reading: DialectOverrides
}

/** `lamina inspect`: what is in a table, and what its columns have to do with targets. */
export async function inspect(
  session: SessionOptions,
  data: string,
  { normalized, ...options }: InspectOptions
): Promise<void> {
  if (normalized === undefined) return inspectTable(session, data, { ...options, normalized })
  const { terminal } = session
  const target = absolute(terminal, normalized)
  // Said before the work, not after it.
  await checkWritable(target)
  try {
    await inspectTable(session, data, { ...options, normalized })
  } catch (error) {
    if (!(error instanceof LaminaError) || error.details['empty'] !== true) throw error
    // What was understood of nothing is nothing.
    await writeFileAtomically(target, '')
    terminal.message(`${error.message}\nWrote ${normalized}: it is empty, too.\n`)
    if (options.json) {
      await terminal.result(`${JSON.stringify({ name: basename(data), rows: 0, columns: [] }, null, 2)}\n`)
    }
  }
}

async function inspectTable(
  options: SessionOptions,
  data: string,
  { json, targets, normalized, malformed, missingWords, reading }: InspectOptions
): Promise<void> {
  const { terminal } = options
  const { table, relations } = await Session.with(options, async (session) => {
    const { id, table } = await session.openTable(data, {
      ...reading,
      malformed,
      ...(missingWords.length === 0 ? {} : { missingWords: [...missingWords] })
    })
    if (normalized !== undefined) {
      await session.saveTo(absolute(terminal, normalized), () =>
        session.client.request('dataset.saveNormalized', { dataset: id, file: null })
      )
      terminal.message(`Wrote ${normalized}: ${table.rows} rows as they were understood.\n`)
    }
    if (targets.length === 0) return { table, relations: null }
    const wanted = { dataset: id, targets: [...targets], columns: {} }
    return { table, relations: await session.client.request('dataset.relations', wanted) }
  })
  const whole = relations === null ? table : { ...table, relations }
  const text = relations === null ? '' : `\n${describeRelations(relations)}`
  await terminal.result(json ? `${JSON.stringify(whole, null, 2)}\n` : describeTable(table) + text)
}

function describeTable(table: TableSummary): string {
  const { dialect } = table
  const reading = describeReading(table.reading)
  const remarks = table.notes.map((note) => `Note: ${note}\n`).join('') + describeWarnings(table.warnings)
  return [
    `${table.name}: ${plural(table.rows, 'row')}, ${plural(table.columns.length, 'column')} (${describeDialect(dialect)})\n\n`,
    describeColumns(table.columns),
    remarks === '' ? '' : `\n${remarks}`,
    reading === '' ? '' : `\n${reading}`
  ].join('')
}
