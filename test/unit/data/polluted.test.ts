import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { polluted as kinds, refused } from '../../fixtures/polluted/table'
import { csvDialect, soundReading } from '../../support/reading'
import { dataBench, failure } from './harness'
import { parseRfc4180 } from './rfc4180'

const bench = dataBench()

describe.each(Object.keys(kinds))('%s', (kind) => {
  test.each(Object.entries(kinds[kind] ?? {}))('%s', async (_name, polluted) => {
    const { content, overrides = {}, cells, counts, issues = [], notes = [] } = polluted
    const dialect = { ...csvDialect, ...polluted.dialect }
    const path = await bench.file('polluted.csv', content)
    const found = await bench.inspect(path, overrides)
    expect(found.dialect).toEqual(dialect)
    expect(found.reading.issues).toMatchObject(issues)
    expect(found.notes).toEqual(expect.arrayContaining([...notes]))

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
  test.each(Object.entries(refused))('%s', async (_name, { content, message }) => {
    expect((await failure(bench.inspectText(content))).message).toBe(message)
    expect(bench.defects).toEqual([])
  })
})
