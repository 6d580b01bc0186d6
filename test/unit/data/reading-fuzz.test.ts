import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Database } from '../../../src/data/database'
import { Progress } from '../../../src/data/progress'
import { readPage } from '../../../src/data/reading/pages'
import { writeNormalized } from '../../../src/data/reading/normalize'
import { openSource } from '../../../src/data/reading/source'
import { Tables, type Table } from '../../../src/data/reading/table'
import { Scratch } from '../../../src/data/scratch'
import { LaminaError } from '../../../src/shared/errors'
import type { Dialect, DialectOverrides } from '../../../src/shared/table/dialect'
import { dataBench, textTools } from './harness'
import { parseRfc4180 } from './rfc4180'

/** LAMINA_FUZZ_RUNS and LAMINA_FUZZ_SEED make a longer or another run of it. */
const seed = Number(process.env['LAMINA_FUZZ_SEED'] ?? 20_260)
const runs = Number(process.env['LAMINA_FUZZ_RUNS'] ?? 1000)
const LONGEST_MS = 5000

const bench = dataBench()
let scratch: Scratch
let database: Database
let tables: Tables
beforeAll(async () => {
  scratch = new Scratch(bench.folder)
  database = new Database(scratch)
  tables = new Tables(database, scratch, new Progress(() => undefined))
})
afterAll(async () => {
  await database.dispose()
  scratch.dispose()
})

const plain = Array.from({ length: 30 }, (_, row) => `${row},item ${row % 7},${row * 1.5}`)
const seeds: readonly Buffer[] = [
  Buffer.from(`id,name,value\n${plain.join('\n')}\n`),
  Buffer.from(`${plain.join('\r\n')}\r\n`),
  Buffer.from('a;b;c\n1,5;x;1.234,5\n2,5;y;2.345,5\n3,5;z;3.456,5\n'),
  Buffer.from('a\tb\n1\t"x ""y"" z"\n2\t"line\nend"\n3\tw\n'),
  Buffer.from('a|b|c\n1|x, y; z|\n2|NA|4\n3||5\n'),
  Buffer.from('  1.5   20  abc\n 10.5    3  de\n100.5  400  f\n'),
  Buffer.from("id,'text'\n1,'it''s, fine'\n2,'so'\n3,'it is'\n"),
  Buffer.from('id,text\n1,"say \\"hi\\", you"\n2,"a\\\\b"\n3,"c"\n'),
  Buffer.from(
    'Title of it all\nby somebody\n\n# a note\nyear,sum\n2001,"1,234"\n# in between\n2002,"2,345"\n\nSource: us\n'
  ),
  Buffer.from('\ufeffgröße;ort\n1,5;Köln\n2;Łódź\n'),
  Buffer.from('größe;ort\n1,5;Köln\n2;Münster\n', 'latin1'),
  Buffer.from('\ufeffa,b\n1,é\n2,ü\n', 'utf16le'),
  Buffer.from('\ufeffa,b\r\n1,é\r\n2,ü\r\n', 'utf16le').swap16(),
  gzipSync('a,b\n1,x\n2,y\n3,z\n', { level: 0 }),
  Buffer.from('word\nhello\nbye, you\n\nagain\n'),
  Buffer.from('a,b\r1,x\n2,"y\r\nz"\r\n3,\r\n,\n'),
  Buffer.from('a||b||c\n1||"x||y"||2\n3||||4\n5||z||6\n'),
  Buffer.from('a^b^c\n1^x^2\n3^y^4\n5^"z"^6\n'),
  Buffer.from('"a,b,c"\n"1,""x, y"",2"\n"3,z,4"\n"5,w,6"\n')
]

const insertions = [
  '"', '""', "'", ',', ';', '\t', '|', ' ', '\\', '\n', '\r\n', '\r', '\n\n', '\0', '\ufeff', '#', '%', '//', '.', '-',
  'x', '1', ',,,', '",', ',"', '"\n"', '\\"', 'é', '\n\nNote: this\n'
].map((text) => Buffer.from(text)) // prettier-ignore
const place = fc.double({ min: 0, max: 1, noNaN: true })
const mutation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('insert'), at: place, bytes: fc.constantFrom(...insertions) })
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('delete'), at: place, length: fc.integer({ min: 1, max: 12 }) })
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flip'), at: place, mask: fc.integer({ min: 1, max: 255 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate'), at: place }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('repeat'), at: place, length: fc.integer({ min: 1, max: 60 }) })
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('insert'),
      at: place,
      bytes: fc.uint8Array({ minLength: 1, maxLength: 10 })
    })
  }
)
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never

function mutated(bytes: Uint8Array, change: Mutation): Buffer {
  const at = Math.floor(change.at * bytes.length)
  const before = bytes.subarray(0, at)
  const after = bytes.subarray(at)
  if ('bytes' in change) return Buffer.concat([before, change.bytes, after])
  if ('mask' in change)
    return Buffer.concat([
      before,
      Uint8Array.from(after.subarray(0, 1), (byte) => byte ^ change.mask),
      after.subarray(1)
    ])
  if (!('length' in change)) return Buffer.from(before)
  if (change.kind === 'delete') return Buffer.concat([before, after.subarray(change.length)])
  return Buffer.concat([before, after.subarray(0, change.length), after])
}

const files = fc
  .tuple(fc.constantFrom(...seeds), fc.array(mutation, { minLength: 1, maxLength: 8 }))
  .map(([bytes, changes]) => changes.reduce<Uint8Array>(mutated, bytes))
const overrides: fc.Arbitrary<DialectOverrides> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant<DialectOverrides>({ malformed: 'skip' }) },
  { weight: 1, arbitrary: fc.constant<DialectOverrides>({ malformed: 'stop' }) }
)

/** How a clean file is written; nothing is left to be detected. */
const plainDialect = {
  encoding: 'utf-8',
  delimiter: ',',
  quote: '"',
  escape: 'doubled',
  comment: '',
  preambleLines: 0,
  footerLines: 0
} as const

/** The table, or null when the file is refused, as it may be; anything but a LaminaError is a defect. */
async function opened(path: string, chosen: DialectOverrides): Promise<Table | null> {
  return tables.open(path, chosen).catch((error: unknown) => {
    if (error instanceof LaminaError) return null
    throw error
  })
}

/** The text as any other program would decode it. */
function textOf(bytes: Uint8Array, { compression, encoding }: Dialect): string {
  const unpacked = compression === 'gzip' ? gunzipSync(bytes) : bytes
  return new TextDecoder(encoding === 'windows-1252' ? 'latin1' : encoding).decode(unpacked)
}

/** A program that knows nothing but line ends; a line without one at the very end counts. */
function linesOf(text: string): number {
  const lines = text.split(/\r\n|\n|\r/)
  return lines.at(-1) === '' ? lines.length - 1 : lines.length
}

function checkCounts(table: Table, bytes: Uint8Array): void {
  const { reading, header } = table.source
  expect(reading.rows).toBe(table.rows)
  expect(reading.rows).toBe(reading.sound + reading.repaired)
  expect(reading.records).toBe(reading.rows + reading.skipped)
  // None of these files has so many lines that some go unlisted.
  expect(reading.issues.length).toBe(reading.issueCount)
  const { blankLines, commentLines, preambleLines, footerLines } = reading
  const beside = blankLines + commentLines + preambleLines + footerLines + (header ? 1 : 0)
  const text = textOf(bytes, table.dialect)
  const lines = linesOf(text)
  expect(reading.records + beside).toBeLessThanOrEqual(lines)
  // Only a quoted cell may span lines.
  if (table.dialect.quote === '' || !text.includes(table.dialect.quote)) expect(reading.records + beside).toBe(lines)
  for (const issue of reading.issues) {
    expect(issue.line ?? 1).toBeLessThanOrEqual(lines)
    expect(issue.row ?? 0).toBeLessThanOrEqual(reading.rows)
  }
}

test('whatever is done to a file, it is refused with a reason or read to the last line', async () => {
  const path = join(bench.folder, 'mutated.csv')
  const target = join(bench.folder, 'normalized.csv')
  let accepted = 0
  let longest = 0
  await fc.assert(
    fc.asyncProperty(files, overrides, async (bytes, chosen) => {
      await bench.file('../mutated.csv', bytes)
      const start = performance.now()
      const table = await opened(path, chosen)
      longest = Math.max(longest, performance.now() - start)
      if (table === null) return
      accepted += 1
      checkCounts(table, bytes)
      const { names, header, givenNames } = table.source
      const cells = await readPage(table.source, 0, table.rows)
      await rm(target, { force: true })
      await writeNormalized(table.source, target, () => undefined)
      const written = parseRfc4180(await readFile(target, 'utf8'))
      expect(header ? written.slice(1) : written).toEqual(cells)
      expect(written.filter((row) => row.length !== names.length)).toEqual([])
      expect(givenNames === null).toBe(!header)
      // A table of nothing but empty cells cannot be told from an empty file.
      if (written.flat().join('').trim() === '') return
      const again = await openSource(target, { ...plainDialect, header }, scratch, () => undefined, textTools)
      expect(again.reading).toMatchObject({ rows: cells.length, sound: cells.length, issueCount: 0 })
      expect(await readPage(again, 0, again.scan.rows)).toEqual(cells)
      if (again.file.temporary) await rm(again.file.path)
    }),
    { numRuns: runs, seed }
  )
  console.info(`reading-fuzz: seed ${seed}, ${runs} files, ${accepted} read, longest ${Math.round(longest)} ms`)
  expect(accepted).toBeGreaterThan(runs / 3)
  expect(longest).toBeLessThan(LONGEST_MS)
}, 3_600_000)
