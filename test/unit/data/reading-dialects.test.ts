import { describe, expect, test } from 'vitest'
import type { Dialect, DialectOverrides } from '../../../src/shared/table/dialect'
import { dataBench } from './harness'

const bench = dataBench()

/** What stands in a table: names, types and cells. */
async function read(content: string | Uint8Array, overrides: DialectOverrides = {}) {
  const found = await bench.inspectText(content, overrides)
  expect(bench.defects).toEqual([])
  return {
    dialect: found.dialect,
    names: found.columns.map((column) => column.name),
    types: found.columns.map((column) => column.type),
    means: found.columns.map((column) => column.numeric?.mean ?? null),
    missing: found.columns.map((column) => column.missing),
    cells: found.preview,
    rows: found.rows,
    notes: found.notes
  }
}

const utf16 = (text: string, bigEndian: boolean, mark: boolean): Uint8Array => {
  const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${text}`, 'utf16le')
  return bigEndian ? bytes.swap16() : bytes
}
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const text = 'größe,stadt\n1.5,Köln\n2.5,Łódź\n'
const cells = [
  ['1.5', 'Köln'],
  ['2.5', 'Łódź']
]

describe('encodings', () => {
  test.each([
    ['UTF-8', Buffer.from(text), 'utf-8', []],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`), 'utf-8', []],
    ['UTF-16 little endian', utf16(text, false, true), 'utf-16le', ['The file is read as utf-16le.']],
    ['UTF-16 big endian', utf16(text, true, true), 'utf-16be', ['The file is read as utf-16be.']],
    ['UTF-16 without a mark', utf16(text, false, false), 'utf-16le', ['The file is read as utf-16le.']],
    ['UTF-16 big endian without a mark', utf16(text, true, false), 'utf-16be', ['The file is read as utf-16be.']]
  ])('%s', async (_name, bytes, encoding, notes) => {
    const found = await read(bytes)
    expect(found).toMatchObject({ names: ['größe', 'stadt'], cells, notes, means: [2, null] })
    expect(found.dialect.encoding).toBe(encoding)
  })

  test('windows-1252 is what is left when a file is not UTF-8', async () => {
    const found = await read(
      Buffer.concat([latin1('preis,ort\n5,K\xf6ln\n7,'), Uint8Array.of(0x80, 0x93, 0x96), latin1('\n')])
    )
    expect(found.dialect.encoding).toBe('windows-1252')
    expect(found.cells).toEqual([
      ['5', 'Köln'],
      ['7', '€“–']
    ])
  })

  test('a byte order mark before a table without a header is no part of its first number', async () => {
    expect(await read(Buffer.from('\ufeff1,2\n3,4\n'))).toMatchObject({
      means: [2, 3],
      names: ['column_1', 'column_2']
    })
  })

  test('a character may be cut by the end of a chunk that is read', async () => {
    const rows = Array.from({ length: 40_000 }, (_, index) => `${'é'.repeat(27 + (index % 3))},${index % 2}`)
    const found = await read(`a,b\n${rows.join('\n')}\n`)
    expect(found.dialect.encoding).toBe('utf-8')
    expect(found.rows).toBe(40_000)
  })

  test('what a person chooses wins', async () => {
    const found = await read(Buffer.from('a,b\n1,é\n'), { encoding: 'windows-1252' })
    expect(found.cells).toEqual([['1', 'Ã©']])
  })
})

describe('delimiters, quotes and headers', () => {
  const detected: [string, string, Partial<Dialect>, string[]][] = [
    ['commas', 'a,b\n1,x\n2,y\n', { delimiter: ',' }, ['a', 'b']],
    ['semicolons', 'a;b\n1;x\n2;y\n', { delimiter: ';' }, ['a', 'b']],
    ['tabs', 'a\tb\n1\tx\n2\ty\n', { delimiter: '\t' }, ['a', 'b']],
    ['vertical bars', 'a|b\n1|x\n2|y\n', { delimiter: '|' }, ['a', 'b']],
    ['commas with semicolons in text', 'a,b\n1,"x; y"\n2,"y; z"\n', { delimiter: ',' }, ['a', 'b']],
    ['semicolons with commas in text', 'a;b\n1;x, y\n2;y, z\n', { delimiter: ';' }, ['a', 'b']],
    ['semicolons and decimal commas', 'a;b\n1,5;x\n2,5;y\n', { delimiter: ';', decimalMark: ',' }, ['a', 'b']],
    [
      'decimal commas without a header',
      '1,5;2,5\n2,5;3,5\n',
      { delimiter: ';', header: false, decimalMark: ',' },
      ['column_1', 'column_2']
    ],
    ['tabs and decimal commas', 'a\tb\n1,5\tx\n2\ty\n', { delimiter: '\t', decimalMark: ',' }, ['a', 'b']],
    ['decimal commas in quotes', 'a,b\n"1,5",x\n"22,5",y\n', { delimiter: ',', decimalMark: ',' }, ['a', 'b']],
    ['thousands in quotes are text', 'a,b\n"1,234",x\n"2,345",y\n', { delimiter: ',', decimalMark: '.' }, ['a', 'b']],
    ['single quotes', "a,b\n'x, y',1\n'z',2\n", { delimiter: ',', quote: "'" }, ['a', 'b']],
    ['an apostrophe', "a,b\n'tis,1\nit's,2\n", { delimiter: ',', quote: '"' }, ['a', 'b']],
    ['the hint of a spreadsheet', 'sep=;\na;b\n1;x\n', { delimiter: ';' }, ['a', 'b']],
    ['no header over numbers', '1,2\n3,4\n', { header: false }, ['column_1', 'column_2']],
    ['no header over numbers and text', '5.1,setosa\n4.9,setosa\n', { header: false }, ['column_1', 'column_2']],
    ['a header with numbers in it', 'id,2019,2020\n1,5,6\n2,7,8\n', { header: true }, ['id', '2019', '2020']],
    ['a header over text', 'name,colour\nx,red\ny,red\n', { header: true }, ['name', 'colour']],
    ['no header over text that comes again', 'red,small\nblue,small\n', { header: false }, ['column_1', 'column_2']],
    ['names in quotes', '"a, b","c ""d"""\n1,2\n', { header: true }, ['a, b', 'c "d"']]
  ]
  test.each(detected)('%s', async (_name, content, dialect, names) => {
    const found = await read(content)
    expect(found.dialect).toMatchObject(dialect)
    expect(found.names).toEqual(names)
  })

  test('decimal commas give the numbers they mean', async () => {
    expect(await read('a;b\n1,5;-0,25\n2,5;1e3\n')).toMatchObject({
      types: ['numeric', 'numeric'],
      means: [2, 499.875]
    })
  })

  test('a decimal comma far beyond the sample still counts', async () => {
    const rows = Array.from(
      { length: 150_000 },
      (_, index) => `${index % 7};${index % 2 === 0 ? 'x' : 'y'};${'filler'.repeat(2)}`
    )
    const found = await read(`a;b;c\n${rows.join('\n')}\n0,5;x;y\n`)
    expect(found.dialect.decimalMark).toBe(',')
    expect(found.types[0]).toBe('numeric')
  })

  test('a comma beside the point in numbers of a semicolon file leaves the column text', async () => {
    expect(await read('a;b\n1.5;1\n2,5;2\n')).toMatchObject({ types: ['categorical', 'numeric'] })
  })

  test('everything can be overridden', async () => {
    const content = 'a;1|2\nb;3|4\n'
    expect((await read(content, { delimiter: '|', header: false })).cells).toEqual([
      ['a;1', '2'],
      ['b;3', '4']
    ])
    expect((await read(content, { delimiter: ';', header: true })).names).toEqual(['a', '1|2'])
    expect((await read('a,b\n"x",1\n', { quote: '' })).cells).toEqual([['"x"', '1']])
    expect((await read('a;b\n1,5;2\n', { decimalMark: '.' })).types).toEqual(['categorical', 'numeric'])
  })

  test('spaces around names, numbers and quoted cells do not count', async () => {
    const found = await read(' a , b ,c\n 1 , "x, y" ,p\n 2 ,"z",q\n')
    expect(found).toMatchObject({ names: ['a', 'b', 'c'], means: [1.5, null, null] })
    expect(found.cells.map((row) => row[1])).toEqual(['x, y', 'z'])
  })

  test('missing and repeated names are made up, with a note', async () => {
    const found = await read('a,,a,column_2,a\n1,2,3,4,5\n')
    expect(found.names).toEqual(['a', 'column_2_2', 'a_2', 'column_2', 'a_3'])
    expect(found.notes).toEqual([
      'Column 2 has no name and is called "column_2_2".',
      'Column 3 repeats the name "a" and is called "a_2".',
      'Column 5 repeats the name "a" and is called "a_3".'
    ])
  })

  test('a single column is a table too', async () => {
    expect(await read('word\nhello, you\nbye\n')).toMatchObject({
      names: ['word'],
      rows: 2,
      cells: [['hello, you'], ['bye']]
    })
    expect(await read('x\n1\n\n2\n')).toMatchObject({ rows: 3, missing: [1] })
  })
})

describe('what stands in every value is no delimiter', () => {
  test.each([
    ['times', 'at\n12:30:00\n08:15:59\n23:00:01\n'],
    ['times without a name', '12:30:00\n08:15:59\n23:00:01\n'],
    ['prices', '$5\n$17\n$2\n'],
    ['mail addresses', 'ana@example.org\nbo@example.org\nci@example.com\n'],
    ['web addresses', 'https://example.org/a:b\nhttps://example.org/c:d\nhttps://example.org/e:f\n']
  ])('%s', async (_, content) => {
    expect((await bench.inspectText(content)).columns).toHaveLength(1)
  })

  test('and an empty column takes no two delimiters', async () => {
    const { columns, dialect } = await bench.inspectText('a,b,c\n1,,3\n4,,6\n7,,9\n')
    expect([columns.map(({ name, missing }) => [name, missing]), dialect.delimiter]).toEqual([[['a', 0], ['b', 3], ['c', 0]], ',']) // prettier-ignore
    expect((await bench.inspectText('1,,3\n4,,6\n7,,9\n')).columns).toHaveLength(3)
  })
})

describe('lines', () => {
  const expected = [
    ['1', 'x'],
    ['2', 'y'],
    ['3', 'z']
  ]
  test.each([
    ['line feeds', 'a,b\n1,x\n2,y\n3,z\n'],
    ['no line end after the last row', 'a,b\n1,x\n2,y\n3,z'],
    ['carriage returns and line feeds', 'a,b\r\n1,x\r\n2,y\r\n3,z\r\n'],
    ['carriage returns', 'a,b\r1,x\r2,y\r3,z\r']
  ])('%s', async (_name, content) => {
    expect(await read(content)).toMatchObject({ names: ['a', 'b'], cells: expected, notes: [] })
  })

  test('blank lines are skipped and said', async () => {
    expect(await read('a,b\n1,x\n\n2,y\n  \n3,z\n\n')).toMatchObject({
      cells: expected,
      notes: ['3 blank lines were skipped.']
    })
    expect(await read('a,b\n1,x\n2,y\n3,z\n\n')).toMatchObject({
      cells: expected,
      notes: ['One blank line was skipped.']
    })
  })

  test('line ends inside quotes are kept as they are', async () => {
    const found = await read('a,b\r\n1,"x\ny"\r\n2,"x\r\ny"\n3,"x\ry"\r\n')
    expect(found.cells.map((row) => row[1])).toEqual(['x\ny', 'x\r\ny', 'x\ry'])
    expect(found.rows).toBe(3)
  })

  test('a cell may be megabytes long', async () => {
    const long = 'x'.repeat(20_000_000)
    const path = await bench.file('long.csv', `a,b\n1,${long}\n2,y\n`)
    const page = await bench.rows(path)
    expect(page.rows.map((row) => row[1]?.length)).toEqual([20_000_000, 1])
    expect((await bench.inspect(path)).columns[1]?.distinct).toBe(2)
  })
})

describe('missing values', () => {
  test('are all the usual words, in any case and with spaces', async () => {
    const words = ['', 'NA', 'N/A', 'n/a', 'NaN', 'nan', 'null', 'NULL', '?', '-', ' NA ', '""', '" "', '"NA"']
    const found = await read(`a,b,c\n${words.map((word) => `${word},${word},x\n`).join('')}1.5,text,x\n`)
    expect(found.missing).toEqual([words.length, words.length, 0])
    expect(found).toMatchObject({ types: ['numeric', 'categorical', 'categorical'], means: [1.5, null, null] })
    expect(found.cells[1]).toEqual([null, null, 'x'])
  })

  test('are not words that merely look like it', async () => {
    const found = await read('a,b\nnone,1\nnano,2\n---,3\ninf,4\n')
    expect(found.missing).toEqual([0, 0])
    expect(found.types).toEqual(['categorical', 'numeric'])
  })
})
