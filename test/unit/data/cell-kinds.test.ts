import { describe, expect, test } from 'vitest'
import { kindOf, numberOf, type CellKind } from '../../../src/data/reading/cell-kinds'

const cells: Record<CellKind, string[]> = {
  missing: [
    '',
    ' ',
    '\t',
    'NA',
    'na',
    'N/A',
    'n/a',
    'NaN',
    'nan',
    'NULL',
    'null',
    'Null',
    '?',
    '-',
    ' NA ',
    '\tnull ',
    '#N/A',
    '#n/a ',
    '\\N',
    ' - ',
    '--',
    '.',
    '..',
    ' . '
  ],
  plainNumber: [
    '0',
    '7',
    '-3',
    '+4',
    '12',
    '123',
    '1234',
    '123456789012345',
    '1e5',
    '1E+5',
    '-2e-7',
    ' 8 ',
    '\t9\t',
    '0e0'
  ],
  pointNumber: ['0.5', '.5', '-.5', '5.', '1.25e-3', '3.141592653589793238', '-0.0', ' 2.5 ', '1234567890123456.5'],
  commaNumber: ['0,5', ',5', '-,5', '5,', '12,34', '1,2e3', '1234,567', '1,2345', '0,123'],
  commaGroup: ['1,234', '12,345', '123,456', ' 1,234 '],
  pointGroup: ['1.234', '-12.345', ' 123.456 '],
  commaThousands: ['1,234,567', '1,234.5', '-12,345,678.25', '1,234.', ' 1,234,567 '],
  pointThousands: ['1.234.567', '1.234,5', '+12.345.678,25', '1.234, '],
  spaceThousands: ['1 234', '12 345 678', ' 1 234 ', '1\u00a0234', '12\u202f345\u2009678', '1\u00a0234 567 '],
  spacePointThousands: ['1 234.5', '12 345 678.25'],
  spaceCommaThousands: ['1 234,5', '-12 345 678,25 ', '1\u00a0234,5'],
  apostropheThousands: ["1'234", "12'345'678", "1'234.5 "],
  code: ['007', '00', '-01', '1234567890123456', '99999999999999999999', ' 007 '],
  text: [
    ...[
      'a',
      '#',
      '#NA',
      '#1',
      '\\',
      '\\Na',
      '1\u00a023',
      '1\u00a0',
      '\u00a01',
      '1\u200a234',
      '1Â\u00a0234',
      'inf',
      '-inf',
      'Infinity',
      'nano',
      'none',
      'n',
      'n/',
      'nul',
      'nulls',
      '---',
      '-.',
      '??',
      '+',
      '...',
      '.-',
      ',',
      '+-1',
      '1-',
      '1 2'
    ],
    ...[
      '1_000',
      '0x10',
      '1e',
      '1e+',
      'e5',
      '1.2.3',
      '1,23,567',
      '1,2345,678',
      '1 23',
      '1 2345',
      "1'23",
      '1,234.567,8',
      '1 234,567 890',
      '1.2,3',
      '00.5',
      '5%',
      '$5',
      'true',
      '2024-01-31',
      'é',
      '٣'
    ]
  ]
}

describe('what a cell is', () => {
  const table = Object.entries(cells).flatMap(([kind, texts]) => texts.map((text) => [text, kind] as const))
  test.each(table)('%j is %s', (text, kind) => {
    expect(kindOf(text)).toBe(kind)
  })

  test.each([
    ['5', 5],
    ['+4', 4],
    ['5.', 5],
    ['.5', 0.5],
    [' 2,5 ', 2.5],
    ['1e-3', 0.001],
    ['0.1', 0.1]
  ])('%j has the value %d', (text, value) => {
    expect(numberOf(text)).toBe(value)
  })

  test.each([
    ['1 234,5', 1234.5],
    ['1\u00a0234\u202f567', 1_234_567],
    ['-12\u2009345,25', -12_345.25]
  ])('%j has the value %d where spaces set thousands apart', (text, value) => {
    expect(numberOf(text, { decimalMark: ',', thousandsMark: ' ' })).toBe(value)
  })
})
