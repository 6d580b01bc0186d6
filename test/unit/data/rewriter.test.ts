import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TableRewriter, type RewriterOptions } from '../../../src/data/reading/repair/rewriter'
import { originalBytes } from '../../../src/data/reading/original-bytes'
import type { Reading } from '../../../src/shared/table/reading'

const dialect = {
  delimiter: ';',
  quote: '"',
  escape: 'doubled',
  runs: false,
  spaced: false,
  header: true,
  comment: '',
  columns: 2,
  furtherNames: 0,
  skip: { bytes: 0, lines: 0, text: '' },
  sample: [['1', 'x']]
} as const
const plain: RewriterOptions = {
  dialect,
  names: ['a', 'b'],
  malformed: 'repair',
  footerLines: undefined,
  lineEnd: '\n'
}

/** @param sizes of the chunks the text is cut into, the last one again and again */
function rewrite(
  text: string,
  options: Partial<RewriterOptions> = {},
  sizes: readonly number[] = [1 << 20]
): { text: string; reading: Reading } {
  const rewriter = new TableRewriter({ ...plain, ...options }, originalBytes('utf-8', 0))
  const bytes = Buffer.from(text)
  const out: Buffer[] = []
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = Math.max(1, sizes[Math.min(index, sizes.length - 1)] ?? 1)
    out.push(rewriter.push(bytes.subarray(at, at + size)))
    at += size
  }
  const { rest, reading } = rewriter.end()
  return { text: Buffer.concat([...out, rest]).toString(), reading }
}

describe('a table that is rewritten', () => {
  test('is RFC 4180, but for the line end that was asked for', () => {
    const text = 'a; b\n1;x, y\n2;"p;q"\n3;"say ""hi"""\n4;"two\r\nlines"\n5;\n'
    expect(rewrite(text, { lineEnd: '\r\n' }).text).toBe(
      'a," b"\r\n1,"x, y"\r\n2,p;q\r\n3,"say ""hi"""\r\n4,"two\r\nlines"\r\n5,\r\n'
    )
  })

  test('keeps characters beyond ASCII as they are', () => {
    expect(rewrite('a;b\n1;größe 数据 📈\n', {}, [1]).text).toBe('a,b\n1,größe 数据 📈\n')
  })

  test('keeps a byte order mark that is text', () => {
    expect(rewrite('a;b\n\ufeffx;1\n').text).toBe('a,b\n"\ufeffx",1\n')
  })

  test('looks for the end of a cell with undoubled quotes only so far', () => {
    const cell = (length: number): string => `1;"say "hi"${'x'.repeat(length)}\nmore"\n2;y\n`
    expect(rewrite(`a;b\n${cell(100)}`).reading).toMatchObject({ rows: 2, repaired: 1 })
    expect(rewrite(`a;b\n${cell(10_000)}`).reading).toMatchObject({ rows: 3, repaired: 2 })
  })

  test('counts every line', () => {
    const text = 'a;b\n\n1;x\n# no row\n2;"y\nz"\n3\n4;u;v\n \n5;w\n'
    const { reading } = rewrite(text, {
      dialect: { ...dialect, comment: '#', skip: { bytes: 9, lines: 4, text: 'T\n\n; é\n\n' } }
    })
    expect({ ...reading, issues: reading.issues.length }).toEqual({
      records: 5,
      rows: 5,
      sound: 3,
      repaired: 2,
      skipped: 0,
      setMissing: 0,
      blankLines: 2,
      commentLines: 1,
      preambleLines: 4,
      footerLines: 0,
      issueCount: 5,
      issues: 5
    })
  })

  test('says where each issue is, what was found, and what was done', () => {
    expect(rewrite('a;b\n1;ä\n2\n3;z\n').reading.issues).toEqual([
      { kind: 'fewCells', row: 2, line: 3, byte: 9, column: 'b', found: '1 cell: 2', expected: '2 cells', action: 'repaired' }
    ]) // prettier-ignore
  })

  test('lists what is set aside of a row, whose other cells stay as they are', () => {
    const rows = Array.from({ length: 10 }, (_, row) => [String(row), row % 2 === 0 ? 'yes' : 'no'])
    const classes = { dialect: { ...dialect, sample: rows } }
    const { text, reading } = rewrite('a;b\n1;no;extra\n', classes)
    expect(text).toBe('a,b\n1,no\n')
    expect(reading).toMatchObject({ records: 1, rows: 1, sound: 0, repaired: 1 })
    expect(reading.issues).toEqual([
      { kind: 'manyCells', row: 1, line: 2, byte: 4, column: null, found: '3 cells, "extra" beyond the last column: 1;no;extra', expected: '2 cells', action: 'setAside' }
    ]) // prettier-ignore
    expect(rewrite('a;b\n1;no;extra\n', { ...classes, malformed: 'skip' }).reading).toMatchObject({
      skipped: 1,
      issues: [{ action: 'skipped' }]
    })
  })

  test('ends before single texts when it has several columns', () => {
    const three = { dialect: { ...dialect, columns: 3 }, names: ['a', 'b', 'c'] }
    expect(rewrite('a;b;c\n1;x;5\nSource: us\n', three)).toMatchObject({
      text: 'a,b,c\n1,x,5\n',
      reading: { rows: 1, footerLines: 1, issues: [{ kind: 'outside', row: null, line: 3, action: 'skipped' }] }
    })
    expect(rewrite('a;b\n1;x\n2\n').reading).toMatchObject({ rows: 2, repaired: 1, footerLines: 0 })
  })

  test('lists the first thousand issues and counts all', () => {
    const { reading } = rewrite(`a;b\n${'1;2;3\n'.repeat(1500)}1;2\n`)
    expect(reading.issues).toHaveLength(1000)
    expect(reading).toMatchObject({ issueCount: 1500, repaired: 1500, rows: 1501 })
  })

  test('ends where a person says', () => {
    const { text, reading } = rewrite('a;b\n1;x\n2;y\nend;0\nnow\n', { footerLines: 2 })
    expect(text).toBe('a,b\n1,x\n2,y\n')
    expect(reading).toMatchObject({ rows: 2, footerLines: 2, issueCount: 2 })
    expect(rewrite('a;b\n1;x\n2\n', { footerLines: 0 }).reading).toMatchObject({ rows: 2, repaired: 1, footerLines: 0 })
  })

  test('is the same however the file is cut into chunks', () => {
    const piece = fc.constantFrom('a', '1', '"', '""', ';', ';', '\n', '\n', '\r\n', '\r', '\0', ' ', 'é', '#')
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom<Partial<RewriterOptions>>(
          {},
          { malformed: 'skip' },
          { footerLines: 2 },
          { dialect: { ...dialect, loneEnds: 'none' } },
          { dialect: { ...dialect, loneEnds: '\n' } },
          { dialect: { ...dialect, loneEnds: '\r' } }
        ),
        (text, sizes, options) => {
          expect(rewrite(text, options, sizes)).toEqual(rewrite(text, options))
        }
      ),
      { numRuns: 2000, seed: 1 }
    )
  })
})
