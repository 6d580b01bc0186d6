import { eachChunk } from './file'
import { TableRewriter } from './repair/rewriter'
import type { TableSource } from './source'
import { writeScratchFile } from '../scratch'

/**
 * Write a table as it was understood: RFC 4180, in UTF-8, with a header only where the file has one.
 * @param check is called again and again; it throws to end it
 */
export async function writeNormalized(source: TableSource, target: string, check: () => void): Promise<void> {
  const { format, names, header, scan } = source
  const dialect = {
    ...format,
    header,
    comment: '',
    columns: names.length,
    furtherNames: 0,
    skip: { bytes: 0, lines: 0, text: '' },
    sample: []
  } as const
  const rewriter = new TableRewriter({ dialect, names, malformed: 'stop', footerLines: 0, lineEnd: '\r\n' }, null)
  await writeScratchFile(target, async (output) => {
    await eachChunk(source.file.path, source.file.from, (chunk) => {
      check()
      return output.appendFile(rewriter.push(chunk))
    })
    const { rest, reading } = rewriter.end()
    await output.appendFile(rest)
    if (reading.rows !== scan.rows || reading.repaired > 0)
      throw new Error('A sound table was not written as it was read.')
  })
}
