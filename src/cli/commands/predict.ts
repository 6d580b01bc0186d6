import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkWritable } from '../../service'
import type { DialectOverrides } from '../../shared/table/dialect'
import { describeSubstitutions } from '../../shared/weights/substitutions'
import { absolute, Session, type SessionOptions } from '../session'
import { describeReading } from './inspect-reading'
import { openWeights } from './open-weights'

/** `lamina predict`: a table with predictions beside it, to a file or to stdout. */
export async function predict(
  options: SessionOptions,
  weights: string,
  data: string,
  { output, reading: overrides }: { output: string | undefined; reading: DialectOverrides }
): Promise<void> {
  const { terminal } = options
  // Said before the work, not after it.
  if (output !== undefined) await checkWritable(absolute(terminal, output))
  await Session.with(options, async (session) => {
    const opened = await openWeights(session, terminal, weights)
    const table = await session.openTable(data, overrides)
    const reading = describeReading(table.table.reading)
    if (reading !== '') terminal.message(`${table.table.name}: ${reading}`)
    const write = async (path: string): Promise<void> => {
      const { rows, substitutions } = await session.saveTo(path, () =>
        session.client.request('weights.predictTable', { weights: opened.id, table: table.id, file: null })
      )
      for (const line of describeSubstitutions(substitutions, rows)) terminal.message(`Note: ${line}\n`)
    }
    if (output !== undefined) {
      await write(absolute(terminal, output))
      terminal.message(`Wrote ${output}: ${table.table.rows} rows with predictions.\n`)
      return
    }
    const folder = await mkdtemp(join(tmpdir(), 'lamina-'))
    try {
      const path = join(folder, 'predictions.csv')
      await write(path)
      for await (const chunk of createReadStream(path, 'utf8')) await terminal.result(String(chunk))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
}
