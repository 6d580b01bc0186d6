import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { csvDialect, soundReading } from '../../support/reading'
import { dataBench, failure } from './harness'
import type { Polluted } from './polluted/case'
import { headers, numbers } from './polluted/contents'
import { beside, lines } from './polluted/lines'
import { cities, delimiting, encodings, quoting } from './polluted/writing'
import { parseRfc4180 } from './rfc4180'

const bench = dataBench()

const kinds: Record<string, Record<string, Polluted>> = {
  'encodings and packing': encodings,
  'delimiters and shapes': delimiting,
  'quotes and escapes': quoting,
  'numbers and missing values': numbers,
  headers,
  'lines beside the table': beside,
  'lines and rows': lines
}

describe.each(Object.keys(kinds))('%s', (kind) => {
  test.each(Object.entries(kinds[kind] ?? {}))('%s', async (_name, polluted) => {
    const { content, overrides = {}, cells, counts, issues = [] } = polluted
    const dialect = { ...csvDialect, ...polluted.dialect }
    const path = await bench.file('polluted.csv', content)
    const found = await bench.inspect(path, overrides)
    expect(found.dialect).toEqual(dialect)
    expect(found.reading.issues).toMatchObject(issues)

    const target = join(bench.folder, 'normalized.csv')
    await rm(target, { force: true })
    await bench.client.request('normalize', { path, overrides, target })
    expect(parseRfc4180(await readFile(target, 'utf8'))).toEqual(cells)

    const rows = cells.length - (dialect.header ? 1 : 0)
    const { repaired = 0, skipped = 0 } = counts ?? {}
    expect({ ...found.reading, issues: [] }).toEqual({
      ...soundReading(rows),
      ...counts,
      records: rows + skipped,
      sound: rows - repaired,
      issueCount: issues.length
    })
    expect(bench.defects).toEqual([])
  })
})

describe('what is no table', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['nothing', '', '"table.csv" is empty: it has neither a header nor rows. Choose another file.'],
    ['nothing, packed', gzipSync(''), '"table.csv" is empty: it has neither a header nor rows. Choose another file.'],
    ['delimiters alone', ',,\n,,\n', '"table.csv" is empty: it has neither a header nor rows. Choose another file.'],
    [
      'quotes and zero bytes alone',
      ',"\0"\n"\0"\n"',
      '"table.csv" is empty: it has neither a header nor rows. Choose another file.'
    ],
    [
      'a packed file that is cut off',
      gzipSync(cities).subarray(0, 20),
      '"table.csv" is compressed with gzip, but damaged or cut off: it cannot be unpacked. Copy or download it again.'
    ],
    [
      'a packed picture',
      gzipSync(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1, 2, 3)),
      '"table.csv" is not a CSV file: it is a picture. A table is needed as CSV.'
    ]
  ])('%s', async (_name, content, message) => {
    expect((await failure(bench.inspectText(content))).message).toBe(message)
    expect(bench.defects).toEqual([])
  })
})
