import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Database } from '../../../src/data/database'
import { Progress } from '../../../src/data/progress'
import { kindOf, numberOf } from '../../../src/data/reading/cell-kinds'
import { readPage } from '../../../src/data/reading/pages'
import { Tables } from '../../../src/data/reading/table'
import { Scratch } from '../../../src/data/scratch'
import type { DialectOverrides } from '../../../src/shared/table/dialect'
import { LaminaError } from '../../../src/shared/errors'
import { dataBench } from './harness'

const bench = dataBench()
let scratch: Scratch
let database: Database
beforeAll(async () => {
  scratch = new Scratch(bench.folder)
  database = new Database(scratch)
})
afterAll(async () => {
  await database.dispose()
  scratch.dispose()
})

const pieces = [
  'a',
  'b',
  '1',
  '2',
  '0',
  'é',
  'NA',
  'nan',
  '.',
  '-',
  '+',
  'e',
  '_',
  '#',
  '\\',
  ' ',
  '\t',
  "'",
  '"',
  '"',
  '""',
  '"x"'
]
const breaks = [',', ',', ';', '|', '\n', '\n', '\r\n', '\r']
const texts = fc
  .array(fc.constantFrom(...pieces, ...breaks), { minLength: 1, maxLength: 30 })
  .map((parts) => parts.join(''))
const overrides: fc.Arbitrary<DialectOverrides> = fc.record(
  {
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    quote: fc.constantFrom('"', "'", ''),
    header: fc.boolean()
  },
  { requiredKeys: [] }
)

describe('two readers that know nothing of each other', () => {
  test('agree on every cell of every file that is not refused', async () => {
    const tables = new Tables(database, scratch, new Progress(() => undefined))
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(texts, overrides, async (text, chosen) => {
        const path = await bench.file('random.csv', text)
        const table = await tables.open(path, chosen).catch((error: unknown) => {
          // Refusing is fine; reading something else than what is there is not.
          if (error instanceof LaminaError) return null
          throw error
        })
        if (table === null) return
        accepted += 1
        const page = await readPage(table.source, 0, table.rows)
        const expected = page.map((cells) =>
          cells.map((cell, index) => {
            if (kindOf(cell) === 'missing') return null
            return table.columns[index]?.storage === 'number' ? numberOf(cell) : cell.replace(/^[ \t]+|[ \t]+$/g, '')
          })
        )
        const found = await database.rows(
          `SELECT ${table.columns.map((column) => column.id).join(', ')} FROM ${table.id} ORDER BY rowid`
        )
        expect(found).toEqual(expected)
      }),
      { numRuns: 400 }
    )
    expect(accepted).toBeGreaterThan(50)
  })

  test('also on a file that is read in several parts at once, in the order of the file', async () => {
    const rows = Array.from(
      { length: 300_000 },
      (_, index) => `${index},${(index * 7919) % 1000}.5,"text, ${index % 13}",${'x'.repeat(index % 50)}`
    )
    const path = await bench.file('large.csv', `n,v,t,f\n${rows.join('\n')}\n`)
    const table = await new Tables(database, scratch, new Progress(() => undefined)).open(path, {})
    expect(table.rows).toBe(300_000)
    const [n, v, t, f] = table.columns.map((column) => column.id)
    const [wrong = []] = await database.rows(
      `SELECT count(*) FILTER (${n} <> rowid), count(*) FILTER (${v} <> (rowid * 7919) % 1000 + 0.5),
              count(*) FILTER (${t} <> 'text, ' || (rowid % 13)), count(*) FILTER (coalesce(length(${f}), 0) <> rowid % 50) FROM ${table.id}`
    )
    expect(wrong.map(Number)).toEqual([0, 0, 0, 0])
  })
})
