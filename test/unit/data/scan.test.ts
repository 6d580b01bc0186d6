import { expect, test } from 'vitest'
import { bitOf } from '../../../src/data/reading/cell-kinds'
import { describeScans, type ScanOf } from './scans'

const comma = { delimiter: ',', quote: '"', header: true } as const

describeScans('the scan of a whole file', (scanOf) => {
  const scan = (
    text: string,
    columns: number,
    dialect: Parameters<ScanOf>[1] = comma,
    chunk = Infinity
  ): ReturnType<ScanOf> => scanOf(Buffer.from(text, 'utf8'), dialect, columns, chunk)

  test('counts rows, missing values and kinds column by column', async () => {
    const found = await scan('a,b,c\n1,x,\n2.5,NA,-\n,y,3\n', 3)
    expect(found.rows).toBe(3)
    expect(found.columns).toEqual([
      { kinds: bitOf('plainNumber') | bitOf('pointNumber') | bitOf('missing'), missing: 1, firstMissing: 3 },
      { kinds: bitOf('text') | bitOf('missing'), missing: 1, firstMissing: 2 },
      { kinds: bitOf('plainNumber') | bitOf('missing'), missing: 2, firstMissing: 1 }
    ])
    expect(found.malformedCount).toBe(0)
  })

  test('a header is no data, whatever its cells look like', async () => {
    const { columns } = await scan('1,NA\nx,y\n', 2)
    expect(columns.map((column) => column.kinds)).toEqual([bitOf('text'), bitOf('text')])
    expect(await scan('1,NA\nx,y\n', 2, { ...comma, header: false })).toMatchObject({ rows: 2 })
  })

  test('quoted cells may hold delimiters, line ends and doubled quotes', async () => {
    const found = await scan('a,b\n"1,5","x\r\ny"\n"say ""hi""",2\n', 2)
    expect(found.rows).toBe(2)
    expect(found.malformed).toEqual([])
    expect(found.quotedLineEnds).toBe(true)
    expect(found.columns[0]?.kinds).toBe(bitOf('commaNumber') | bitOf('text'))
  })

  test.each([
    ['too few fields', 'a,b\n1,2\n3\n4,5\n', { line: 3, row: 2, problem: 'fieldCount', fields: 1 }],
    ['too many fields', 'a,b\n1,2,3\n', { line: 2, row: 1, problem: 'fieldCount', fields: 3 }],
    ['a short header', 'a\n1,2\n', { line: 1, row: 0, problem: 'fieldCount', fields: 1 }],
    ['text after a closing quote', 'a,b\n1,2\n"x"y,3\n', { line: 3, row: 2, problem: 'textAfterQuote', quoteLine: 3 }],
    [
      'a quote that closes lines below',
      'a,b\n1,"2\n3,"4\n',
      { line: 2, row: 1, problem: 'textAfterQuote', quoteLine: 2 }
    ],
    [
      'a quote that is never closed',
      'a,b\n1,2\n3,"4\n5,6\n',
      { line: 3, row: 2, problem: 'unclosedQuote', quoteLine: 3 }
    ],
    ['lines inside quotes before it', 'a,b\n"x\ny\r\nz",2\n3\n', { line: 5, row: 2, problem: 'fieldCount', fields: 1 }],
    ['blank lines before it', 'a,b\n\n\n1,2\n3\n', { line: 5, row: 2, problem: 'fieldCount', fields: 1 }]
  ])('finds %s and its line', async (_name, text, expected) => {
    const found = await scan(text, 2)
    expect(found.malformedCount).toBe(1)
    expect(found.malformed[0]).toMatchObject(expected)
  })

  test('tells line ends apart and passes over blank lines', async () => {
    const found = await scan('\n  \na,b\r\n1,2\n\n3,4\r5,6', 2)
    expect(found).toMatchObject({ rows: 3, blankLines: 1, spacedBlankLines: false, firstByte: 4 })
    expect(found.lineEnds).toEqual({ lineFeed: 4, both: 1, carriageReturn: 1 })
  })

  test('a blank line is a row without a value when there is only one column', async () => {
    expect(await scan('a\n1\n\n2\n', 1)).toMatchObject({ rows: 3, columns: [{ missing: 1, firstMissing: 2 }] })
  })

  test('gives the same answer however the file is cut into chunks', async () => {
    const text = '\r\na,b\r\n"é,""\r\n", 12 \r\n\r\n007,"NA"\r3,  "x" \n4\n5,n/a'
    const { landmarks, ...whole } = await scan(text, 2)
    expect(whole.rows).toBe(5)
    for (let chunk = 1; chunk <= 20; chunk++) {
      const found = await scan(text, 2, comma, chunk)
      expect(found).toMatchObject(whole)
      expect(found.landmarks[0]).toEqual(landmarks[0])
    }
  })

  test('notes where a row starts every 1024 rows, and after a megabyte', async () => {
    const rows = Array.from({ length: 2049 }, (_, index) => `${index % 10},x\n`)
    expect((await scan(`a,b\n${rows.join('')}`, 2)).landmarks).toEqual([
      { row: 0, byte: 4 },
      { row: 1024, byte: 4 + 4 * 1024 },
      { row: 2048, byte: 4 + 4 * 2048 }
    ])
    const long = `1,${'x'.repeat(700_000)}\n`
    const found = await scan(`a,b\n${long.repeat(4)}`, 2)
    expect(found.landmarks).toEqual([
      { row: 0, byte: 4 },
      { row: 2, byte: 4 + 2 * long.length }
    ])
    expect(found.end).toBe(4 + 4 * long.length)
  })
})
