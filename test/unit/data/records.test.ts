import { describe, expect, test } from 'vitest'
import { readRecords, type QuoteRule, type TextFormat } from '../../../src/data/reading/detect/records'

const csv: TextFormat = { delimiter: ',', quote: '"', escape: 'doubled', runs: false, spaced: false }
const records = (text: string, format: Partial<TextFormat> = {}, rule: QuoteRule = 'strict') => [
  ...readRecords(text, { ...csv, ...format }, rule)
]
const cells = (text: string, format: Partial<TextFormat> = {}, rule: QuoteRule = 'strict') =>
  records(text, format, rule).map((record) => record.cells)

describe('records', () => {
  test('end with any line end, or with the text', () => {
    expect(cells('a,b\nc,d\r\ne,f\rg,')).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'f'],
      ['g', '']
    ])
    expect(cells('')).toEqual([])
    expect(records('\n  \n""\n').map(({ blank }) => blank)).toEqual([true, true, false])
  })

  test('end with one kind of line end where that is known; a return and a line feed end them in any case', () => {
    const text = 'a,b\nc\rd\r\n"e\n",f'
    const ends = (loneEnds: NonNullable<TextFormat['loneEnds']>) => cells(text, { loneEnds })
    expect(ends('\n')).toEqual([['a', 'b'], ['c\rd'], ['e\n', 'f']])
    expect(ends('\r')).toEqual([['a', 'b\nc'], ['d'], ['e\n', 'f']])
    expect(ends('none')).toEqual([
      ['a', 'b\nc\rd'],
      ['e\n', 'f']
    ])
  })

  test('know their place', () => {
    expect(records('a,"b\r\nc"\r\nd,e')).toMatchObject([
      { cells: ['a', 'b\r\nc'], quoted: 1, lines: 2, start: 0, textEnd: 8, end: 10 },
      { cells: ['d', 'e'], quoted: 0, lines: 1, start: 10, textEnd: 13, end: 13 }
    ])
  })

  test('take quotes as RFC 4180 has them, and spaces around them', () => {
    expect(cells('"a ""b""","c,d" , "e\nf",g"h\n')).toEqual([['a "b"', 'c,d', 'e\nf', 'g"h']])
    expect(cells("'a''b','\"'\n", { quote: "'" })).toEqual([["a'b", '"']])
    expect(cells('"a",b\n', { quote: '' })).toEqual([['"a"', 'b']])
  })

  test('take backslashes only where they escape', () => {
    expect(cells('"a \\"b\\", c","\\\\",d\\,e,\\x\n', { escape: 'backslash' })).toEqual([
      ['a "b", c', '\\', 'd,e', '\\x']
    ])
    expect(cells('"a\\",b\n')).toEqual([['a\\', 'b']])
  })

  test('may be padded with delimiters', () => {
    const format = { delimiter: ' ', runs: true } as const
    expect(cells('  a   "b  c" d  \ne f\n', format)).toEqual([
      ['a', 'b  c', 'd'],
      ['e', 'f']
    ])
  })
})

describe('a quote that is not as it should be', () => {
  const text = 'a,"b "c" d",e\nf,"g\nh,i\n'

  test('is a problem by the strict rule', () => {
    expect(records(text)).toMatchObject([
      { cells: ['a', 'b c" d"', 'e'], problem: 'textAfterQuote' },
      { cells: ['f', 'g\nh,i\n'], problem: 'unclosedQuote', lines: 2 }
    ])
  })

  test('is text by the lenient rule, unless a delimiter or a line end follows', () => {
    expect(records(text, {}, 'lenient')).toMatchObject([
      { cells: ['a', 'b "c" d', 'e'], problem: 'strayQuote' },
      { problem: 'unclosedQuote' }
    ])
  })

  test('costs no more than its line by the rule for lines', () => {
    expect(records(text, {}, 'line')).toMatchObject([
      { cells: ['a', 'b "c" d', 'e'], problem: 'strayQuote' },
      { cells: ['f', 'g'], problem: 'strayQuote', lines: 1 },
      { cells: ['h', 'i'], problem: null }
    ])
  })
})
