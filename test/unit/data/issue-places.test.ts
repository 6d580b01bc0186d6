import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { RowPlaces } from '../../../src/data/reading/row-places'
import type { Issue } from '../../../src/shared/table/reading'
import { dataBench } from './harness'

const bench = dataBench()
afterAll(() => {
  expect(bench.defects).toEqual([])
})

const bigEndian = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
const writings: Readonly<
  Record<string, { bytes(text: string): Buffer; text(bytes: Buffer): string; readonly widest: string }>
> = {
  'UTF-8': { bytes: (text) => Buffer.from(text), text: (bytes) => bytes.toString(), widest: '📈' },
  'UTF-8 with a mark': {
    bytes: (text) => Buffer.from(`\ufeff${text}`),
    text: (bytes) => bytes.toString(),
    widest: '📈'
  },
  'windows-1252': {
    bytes: (text) => Buffer.from(text, 'latin1'),
    text: (bytes) => bytes.toString('latin1'),
    widest: 'ß'
  },
  'UTF-16 little endian': {
    bytes: (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
    text: (bytes) => bytes.toString('utf16le'),
    widest: '📈'
  },
  'UTF-16 big endian': {
    bytes: (text) => bigEndian(`\ufeff${text}`),
    text: (bytes) => Buffer.from(bytes).swap16().toString('utf16le'),
    widest: '数📈'
  }
}

/** 100 rows of which the 30th has no number and, when the table is to be rewritten, the 10th a cell too few. */
function tableOf(widest: string, broken: boolean): string {
  const rows = Array.from({ length: 100 }, (_, index) => `${index}.5;Größe ${widest} ${index};"zwei\nZeilen"`)
  rows[29] = `fehlt;Köln;x`
  if (broken) rows[9] = `3.5;Düren`
  const preamble = broken ? `Bericht über ${widest}\n\n` : ''
  return `${preamble}zahl;stadt;text\n${rows.join('\n')}\n`
}

async function issuesOf(content: string | Uint8Array): Promise<readonly Issue[]> {
  return (await bench.inspectText(content)).reading.issues
}

describe('the place of an issue is that in the file as it stands', () => {
  const cases = Object.entries(writings).flatMap(([name, writing]) =>
    [false, true].flatMap((broken) => [false, true].map((packed) => ({ name, writing, broken, packed })))
  )
  test.each(cases)('$name, rewritten: $broken, packed: $packed', async ({ writing, broken, packed }) => {
    const text = tableOf(writing.widest, broken)
    const bytes = writing.bytes(text)
    const issues = await issuesOf(packed ? gzipSync(bytes) : bytes)
    const found = issues.map(({ kind, row, line, byte }) => ({
      kind,
      row,
      text: writing.text(bytes.subarray(byte ?? expect.fail('no byte'))).split('\n', 1)[0],
      line: text.split('\n')[(line ?? expect.fail('no line')) - 1]
    }))
    const at = (kind: Issue['kind'], row: number | null, line: string) => ({ kind, row, text: line, line })
    expect(found).toEqual([
      ...(broken ? [at('outside', null, `Bericht über ${writing.widest}`), at('fewCells', 10, '3.5;Düren')] : []),
      at('notANumber', 30, 'fehlt;Köln;x')
    ])
  })

  test('but for the byte where rows end with something else than line ends', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => (index === 29 ? 'none,1' : `${index}.5,${index % 7}`))
    expect(await issuesOf(`x,y\v${rows.join('\v')}\v`)).toMatchObject([
      { kind: 'notANumber', row: 30, line: 31, byte: null }
    ])
  })

  test('but for a file that has no lines, where its row tells it', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => ({ x: index === 29 ? 'none' : index + 0.5, y: index % 7 }))
    expect(await issuesOf(rows.map((row) => JSON.stringify(row)).join('\n'))).toMatchObject([
      { kind: 'notANumber', row: 30, line: null, byte: null, column: 'x', found: 'none' }
    ])
  })
})

test('places of rows are kept as they were added, whatever is between them', () => {
  const gap = fc.record({
    bytes: fc.nat({ max: 2 ** 34 }),
    lines: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1e6 }))
  })
  fc.assert(
    fc.property(fc.array(gap, { minLength: 1, maxLength: 600 }), (gaps) => {
      const places = new RowPlaces()
      let [line, byte] = [0, 0]
      const expected = gaps.map(({ bytes, lines }, index) => {
        line += lines
        byte += bytes
        places.add(line, byte)
        return [index + 1, { line, byte }] as const
      })
      const wanted = expected.filter((_, index) => index % 3 === 0)
      expect([...places.at(new Set(wanted.map(([row]) => row)))]).toEqual(wanted)
    }),
    { numRuns: 200 }
  )
})
