import { gzipSync } from 'node:zlib'
import { outside, row, type Polluted } from './case'

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const utf16le = (text: string): Buffer => Buffer.from(text, 'utf16le')
const utf16be = (text: string): Uint8Array => utf16le(text).swap16()

export const cities = 'id,größe\n1,Köln\n2,Müß\n'
const cityCells = [
  ['id', 'größe'],
  ['1', 'Köln'],
  ['2', 'Müß']
]
export const three = [
  ['a', 'b', 'c'],
  ['1', 'x', '1.5'],
  ['2', 'y', '2.5'],
  ['3', 'z', '3.5']
]
/** The same table whatever stands between its cells. */
export const written = (delimiter: string, lineEnd = '\n'): string =>
  three.map((row) => row.join(delimiter) + lineEnd).join('')
export const encodings: Record<string, Polluted> = {
  'UTF-8': { content: cities, cells: cityCells },
  'UTF-8 with a byte order mark': { content: `\ufeff${cities}`, cells: cityCells },
  'UTF-16, little end first': {
    content: utf16le(`\ufeff${cities}`),
    dialect: { encoding: 'utf-16le' },
    cells: cityCells
  },
  'UTF-16, big end first': { content: utf16be(`\ufeff${cities}`), dialect: { encoding: 'utf-16be' }, cells: cityCells },
  'UTF-16, little end first, without a mark': {
    content: utf16le(cities),
    dialect: { encoding: 'utf-16le' },
    cells: cityCells
  },
  'UTF-16, big end first, without a mark': {
    content: utf16be(cities),
    dialect: { encoding: 'utf-16be' },
    cells: cityCells
  },
  'Latin-1': { content: latin1(cities), dialect: { encoding: 'windows-1252' }, cells: cityCells },
  'windows-1252': {
    content: Buffer.concat([
      latin1('id,price\n1,5 '),
      Uint8Array.of(0x80),
      latin1('\n2,6 '),
      Uint8Array.of(0x85),
      latin1('\n')
    ]),
    dialect: { encoding: 'windows-1252' },
    cells: [
      ['id', 'price'],
      ['1', '5 €'],
      ['2', '6 …']
    ]
  },
  gzip: { content: gzipSync(cities), dialect: { compression: 'gzip' }, cells: cityCells },
  'gzip of two members': {
    content: Buffer.concat([gzipSync('id,größe\n1,Köln\n'), gzipSync('2,Müß\n')]),
    dialect: { compression: 'gzip' },
    cells: cityCells
  },
  'gzip of Latin-1': {
    content: gzipSync(latin1(cities)),
    dialect: { compression: 'gzip', encoding: 'windows-1252' },
    cells: cityCells
  }
}

export const delimiting: Record<string, Polluted> = {
  commas: { content: written(','), cells: three },
  semicolons: { content: written(';'), dialect: { delimiter: ';' }, cells: three },
  tabs: { content: written('\t'), dialect: { delimiter: '\t' }, cells: three },
  'vertical bars': { content: written('|'), dialect: { delimiter: '|' }, cells: three },
  spaces: { content: written(' '), dialect: { delimiter: ' ' }, cells: three },
  'columns padded with spaces': {
    content: 'a      b    c\n1      x  1.5\n 2     y  2.5\n  3    z  3.5\n',
    dialect: { delimiter: ' ' },
    cells: three
  },
  'a hint for a spreadsheet': {
    content: `sep=;\n${written(';')}`,
    dialect: { delimiter: ';', preambleLines: 1 },
    cells: three,
    counts: { preambleLines: 1 },
    issues: [outside(1, 'sep=;')]
  },
  'other delimiters in text': {
    content: 'a;b;c\n1;x, y, z;p|q\n2;y, z;r|s|t\n3;z;u\n',
    dialect: { delimiter: ';' },
    cells: [
      ['a', 'b', 'c'],
      ['1', 'x, y, z', 'p|q'],
      ['2', 'y, z', 'r|s|t'],
      ['3', 'z', 'u']
    ]
  },
  'commas and spaces': {
    content: 'a, b, c\n1, x, 1.5\n2, , 2.5\n3,  z, 3.5\n',
    cells: [
      ['a', 'b', 'c'],
      ['1', 'x', '1.5'],
      ['2', '', '2.5'],
      ['3', ' z', '3.5']
    ]
  },
  'tabs and spaces': {
    content: 'a  b\tc\n1 \tx   1.5\n2\ty\t 2.5\n3 z 3.5\n',
    dialect: { delimiter: ' ' },
    cells: three
  },
  'one column of days and times': {
    content: 'time\n2021-03-01 00:00\n2021-03-02 07:00\n2021-03-03 14:00\n',
    cells: [['time'], ['2021-03-01 00:00'], ['2021-03-02 07:00'], ['2021-03-03 14:00']]
  },
  'one column': { content: 'word\nhello\nbye\n', cells: [['word'], ['hello'], ['bye']] },
  'one column with a comma in it': {
    content: 'sentence\nhello, you there\nbye\nhello again\nwell\n',
    dialect: { delimiter: ';' },
    cells: [['sentence'], ['hello, you there'], ['bye'], ['hello again'], ['well']]
  },
  'one row': {
    content: 'a,b\n1,2\n',
    cells: [
      ['a', 'b'],
      ['1', '2']
    ]
  },
  'one row without a header': { content: '1,2,3\n', dialect: { header: false }, cells: [['1', '2', '3']] },
  'a delimiter after every row': {
    content: 'a,b,\n1,x,\n2,y,\n',
    cells: [
      ['a', 'b', ''],
      ['1', 'x', ''],
      ['2', 'y', '']
    ]
  }
}

export const quoting: Record<string, Polluted> = {
  'quoted delimiters': {
    content: 'a,b\n1,"x, y"\n"2","z"\n',
    cells: [
      ['a', 'b'],
      ['1', 'x, y'],
      ['2', 'z']
    ]
  },
  'quoted line ends': {
    content: 'a,b\n1,"x\ny"\n2,"p\r\nq"\n3,"v\rw"\n',
    cells: [
      ['a', 'b'],
      ['1', 'x\ny'],
      ['2', 'p\r\nq'],
      ['3', 'v\rw']
    ]
  },
  'doubled quotes': {
    content: 'a,b\n1,"say ""hi"""\n2,""""\n',
    cells: [
      ['a', 'b'],
      ['1', 'say "hi"'],
      ['2', '"']
    ]
  },
  'quotes after backslashes': {
    content: 'a,b\n1,"say \\"hi\\", you"\n2,"C:\\\\x"\n3,z\n',
    dialect: { escape: 'backslash' },
    cells: [
      ['a', 'b'],
      ['1', 'say "hi", you'],
      ['2', 'C:\\x'],
      ['3', 'z']
    ]
  },
  'delimiters after backslashes': {
    content: '1\tx\\\ty\t10\n2\tz\t20\n3\tu\\\tv\t30\n4\tw\t40\n',
    dialect: { delimiter: '\t', escape: 'backslash', header: false },
    cells: [
      ['1', 'x\ty', '10'],
      ['2', 'z', '20'],
      ['3', 'u\tv', '30'],
      ['4', 'w', '40']
    ]
  },
  'single quotes': {
    content: "a,b\n1,'x, y'\n2,'it''s'\n",
    dialect: { quote: "'" },
    cells: [
      ['a', 'b'],
      ['1', 'x, y'],
      ['2', "it's"]
    ]
  },
  'apostrophes that are no quotes': {
    content: "a,b\n1,it's\n2,'tis\n",
    cells: [
      ['a', 'b'],
      ['1', "it's"],
      ['2', "'tis"]
    ]
  },
  'quotes inside text': {
    content: 'a\tb\n1\tthe 12" record\n2\t5\' 10" tall\n',
    dialect: { delimiter: '\t' },
    cells: [
      ['a', 'b'],
      ['1', 'the 12" record'],
      ['2', '5\' 10" tall']
    ]
  },
  'spaces around quotes': {
    content: 'a, b\n1, "x, y" \n2, "z"\n',
    cells: [
      ['a', 'b'],
      ['1', 'x, y'],
      ['2', 'z']
    ]
  },
  'a quote that is never closed': {
    content: 'a,b\n1,x\n2,"y\n3,z\n',
    cells: [
      ['a', 'b'],
      ['1', 'x'],
      ['2', 'y'],
      ['3', 'z']
    ],
    counts: { repaired: 1 },
    issues: [row(3, '2,"y', { kind: 'strayQuote' })]
  },
  'two of them, which would make one long cell': {
    content: 'a,b\n1,"x\n2,"y\n3,z\n',
    cells: [
      ['a', 'b'],
      ['1', 'x'],
      ['2', 'y'],
      ['3', 'z']
    ],
    counts: { repaired: 2 },
    issues: [row(2, '1,"x', { kind: 'strayQuote' }), row(3, '2,"y', { kind: 'strayQuote' })]
  },
  'stray quotes in two rows that seem to belong together': {
    content: 'a\tb\tc\n1\t"Best of\t10\n2\tHe said "hi"\t7\n3\tx\t3\n',
    dialect: { delimiter: '\t' },
    cells: [
      ['a', 'b', 'c'],
      ['1', 'Best of', '10'],
      ['2', 'He said "hi"', '7'],
      ['3', 'x', '3']
    ],
    counts: { repaired: 1 },
    issues: [row(2, '1\t"Best of\t10', { kind: 'strayQuote' })]
  },
  'undoubled quotes': {
    content: 'a,b,c\n1,"say "hi" now",5\n2,"y",6\n3,"z",7\n',
    cells: [
      ['a', 'b', 'c'],
      ['1', 'say "hi" now', '5'],
      ['2', 'y', '6'],
      ['3', 'z', '7']
    ],
    counts: { repaired: 1 },
    issues: [row(2, '1,"say "hi" now",5', { kind: 'strayQuote', expected: 'quotes closed, and doubled inside a cell' })]
  },
  'undoubled quotes in a cell of two lines': {
    content: 'a,b,c\n1,"say "hi" to\nall",5\n2,"y",6\n3,"z",7\n',
    cells: [
      ['a', 'b', 'c'],
      ['1', 'say "hi" to\nall', '5'],
      ['2', 'y', '6'],
      ['3', 'z', '7']
    ],
    counts: { repaired: 1 },
    issues: [row(2, '1,"say "hi" to\nall",5', { kind: 'strayQuote' })]
  }
}
