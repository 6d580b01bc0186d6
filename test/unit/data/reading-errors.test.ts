import { chmod, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { databaseError } from '../../../src/data/database'
import { fileError } from '../../../src/data/reading/file'
import type { DialectOverrides } from '../../../src/shared/table/dialect'
import { LaminaError, messageOf, type ErrorCode } from '../../../src/shared/errors'
import { dataBench, failure } from './harness'

const bench = dataBench()

const fix = (delimiter: string, quote = 'double quote'): string =>
  `or have such rows repaired or left out; if all columns are misread, choose another delimiter (now ${delimiter}) or quote (now ${quote}).`

const refused: [string, string | Uint8Array, DialectOverrides, string, Record<string, unknown>][] = [
  [
    'a short row',
    'a,b\n1,2\n3\n4,5\n',
    {},
    `"table.csv" has a malformed row. Line 3 (row 2): found 1 cell: 3, expected 2 cells. Correct it in the file, ${fix('comma')}`,
    { line: 3, row: 2, count: 1, issues: [{ kind: 'fewCells', line: 3, byte: 8, found: '1 cell: 3' }] }
  ],
  [
    'a long row after quoted lines',
    'a,b\n"x\ny",2\n3,4,5\n',
    {},
    `"table.csv" has a malformed row. Line 4 (row 2): found 3 cells: 3,4,5, expected 2 cells. Correct it in the file, ${fix('comma')}`,
    { line: 4, row: 2, count: 1 }
  ],
  [
    'several malformed rows',
    'a;b;c\n1;2;3\n1;2\n1;2;3\n1\n1;2;3\n',
    {},
    `"table.csv" has 2 malformed rows (lines 3, 5). Line 3 (row 2): found 2 cells: 1;2, expected 3 cells. Correct them in the file, ${fix('semicolon')}`,
    { line: 3, row: 2, count: 2 }
  ],
  [
    'very many malformed rows',
    `a,b,c\n${'1,2,3\n'.repeat(30)}${'1,2\n'.repeat(25)}`,
    {},
    `"table.csv" has 25 malformed rows (lines 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, …). Line 32 (row 31): found 2 cells: 1,2, expected 3 cells. Correct them in the file, ${fix('comma')}`,
    { count: 25 }
  ],
  [
    'rows that are all shorter than the header',
    'a,b\n1\n2\n3\n',
    {},
    `"table.csv" has 3 malformed rows (lines 2, 3, 4). Line 2 (row 1): found 1 cell: 1, expected 2 cells. Correct them in the file, ${fix('comma')}`,
    { count: 3 }
  ],
  [
    'a delimiter too many at the end of a row',
    'a,b\n1,2\n3,4,\n',
    {},
    `"table.csv" has a malformed row. Line 3 (row 2): found 3 cells: 3,4,, expected 2 cells. Correct it in the file, ${fix('comma')}`,
    { line: 3 }
  ],
  [
    'text after a quoted cell',
    'a,b\n1,"2"x\n3,4\n',
    {},
    `"table.csv" has a malformed row. Line 2 (row 1): found 1,"2"x, expected quotes closed, and doubled inside a cell. Correct it in the file, ${fix('comma')}`,
    { line: 2, row: 1 }
  ],
  [
    'a stray quote that swallows rows',
    'a,b\n1,"2\n3,"4\n5,6\n',
    {},
    `"table.csv" has 2 malformed rows (lines 2, 3). Line 2 (row 1): found 1,"2, expected quotes closed, and doubled inside a cell. Correct them in the file, ${fix('comma')}`,
    { line: 2 }
  ],
  [
    'a quote that is never closed',
    'a,b\n1,2\n3,"4\n5,6\n',
    {},
    `"table.csv" has a malformed row. Line 3 (row 2): found 3,"4, expected quotes closed, and doubled inside a cell. Correct it in the file, ${fix('comma')}`,
    { line: 3 }
  ],
  [
    'a quote a person chose wrongly',
    "a,b\n'x,1\ny,2\n",
    { quote: "'", delimiter: ',' },
    `"table.csv" has a malformed row. Line 2 (row 1): found 'x,1, expected quotes closed, and doubled inside a cell. Correct it in the file, ${fix('comma', 'single quote')}`,
    {}
  ],
  ['nothing', '', {}, '"table.csv" is empty: it has neither a header nor rows. Choose another file.', {}],
  [
    'blank lines',
    '\n \r\n\t\n',
    {},
    '"table.csv" is empty: it has neither a header nor rows. Choose another file.',
    {}
  ],
  [
    'a byte order mark',
    '\ufeff',
    {},
    '"table.csv" is empty: it has neither a header nor rows. Choose another file.',
    {}
  ],
  [
    'zero bytes',
    Buffer.from('a,b\n1,2\n3,\0\n'),
    {},
    `"table.csv" has a malformed row. Line 3 (row 2): found 3,\0, expected text without zero bytes. Correct it in the file, ${fix('comma')}`,
    { line: 3 }
  ],
  [
    'something that is no text',
    Buffer.alloc(100),
    {},
    '"table.csv" is not a text file: it is full of zero bytes. A table is needed as CSV; if this is one, save it as UTF-8.',
    {}
  ],
  [
    'an Excel workbook',
    Buffer.from('PK\x03\x04rest', 'latin1'),
    {},
    '"table.csv" is not a CSV file: it is an Excel workbook or a ZIP archive. Open it and save or export the table as CSV.',
    {}
  ],
  [
    'a gzip file that is cut off',
    Buffer.of(0x1f, 0x8b, 8, 0),
    {},
    '"table.csv" is compressed with gzip, but damaged or cut off: it cannot be unpacked. Copy or download it again.',
    {}
  ],
  [
    'UTF-32',
    Buffer.of(0xff, 0xfe, 0, 0, 97, 0, 0, 0),
    {},
    '"table.csv" is not a CSV file: it is UTF-32 text. Save it as UTF-8.',
    {}
  ],
  [
    'windows-1252 where UTF-8 was chosen',
    Buffer.from('a,b\n\xe9,1\n', 'latin1'),
    { encoding: 'utf-8' },
    '"table.csv", line 2: a byte is not valid UTF-8. Save the file as UTF-8 again, or choose the encoding it is written in, for example windows-1252.',
    { line: 2, byte: 4 }
  ],
  [
    'half a character of UTF-16',
    Buffer.from('\ufeffa,b\n1,\ud800\n', 'utf16le'),
    {},
    '"table.csv" is not valid UTF-16LE text. Choose another encoding, or save the file as UTF-8.',
    { encoding: 'utf-16le' }
  ],
  [
    'too many columns',
    `${'a,'.repeat(20_000)}a\n${'1,'.repeat(20_000)}1\n`,
    {},
    '"table.csv" has 20001 columns; at most 20000 can be read.',
    { columns: 20_001 }
  ]
]

describe('a file that is refused', () => {
  test.each(refused)('%s', async (_name, content, overrides, message, details) => {
    const error = await failure(bench.inspectText(content, { malformed: 'stop', ...overrides }))
    expect(error.message).toBe(message)
    expect(error.code).toBe('invalidData')
    expect(error.details).toMatchObject(details)
  })

  test('a row that is hopelessly long', async () => {
    const error = await failure(bench.inspectText(`a,b\n1,"${'x'.repeat(68_000_000)}"\n`))
    expect(error.message).toBe(
      '"table.csv", line 2: the row is 65 MB long; at most 64 MB can be read. Is a quote missing?'
    )
  })

  test('a missing file', async () => {
    const path = join(bench.folder, 'nowhere', 'gone.csv')
    const error = await failure(bench.inspect(path))
    expect(error).toMatchObject({ code: 'notFound', details: { file: path } })
    expect(error.message).toBe(
      `There is no file "${path}". It may have been moved, renamed or deleted; choose it again.`
    )
  })

  test('a file where a folder is expected', async () => {
    const path = join(await bench.file('plain.csv', 'a\n1\n'), 'inside.csv')
    expect(await failure(bench.inspect(path))).toMatchObject({ code: 'notFound' })
  })

  test('a folder', async () => {
    await mkdir(join(bench.folder, 'folder.csv'))
    const error = await failure(bench.inspect(join(bench.folder, 'folder.csv')))
    expect(error.code).toBe('invalidData')
    expect(error.message).toBe('"folder.csv" is a folder, not a table. Choose a CSV file.')
  })

  test.runIf(process.platform === 'linux')('a device', async () => {
    expect((await failure(bench.inspect('/dev/zero'))).message).toBe('"zero" is not a regular file. Choose a CSV file.')
  })

  test.runIf(process.platform !== 'win32')('links that lead in a circle', async () => {
    const path = join(bench.folder, 'circle.csv')
    await symlink(path, path)
    expect(await failure(bench.inspect(path))).toMatchObject({ code: 'notFound' })
  })

  test('a file without permission', async (context) => {
    if (process.platform === 'win32') context.skip('Windows has no permission bits to take away')
    if (process.getuid?.() === 0) context.skip('root may read everything')
    const path = await bench.file('secret.csv', 'a\n1\n')
    await chmod(path, 0)
    expect(await failure(bench.inspect(path))).toMatchObject({ code: 'permissionDenied' })
  })

  test('the same for what the system says about permissions', () => {
    // Root may read everything, so the refusal of the system is put in directly.
    const refusal = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
    const error = fileError('/data/secret.csv', refusal)
    expect(error).toBeInstanceOf(LaminaError)
    expect(error).toMatchObject({
      code: 'permissionDenied' satisfies ErrorCode,
      message:
        '"secret.csv" may not be read: the system denies access to "/data/secret.csv". Change its permissions or copy it elsewhere.'
    })
    expect(fileError('/data/x.csv', refusal.message)).toBe(refusal.message)
  })

  test.each(['a,b\n', 'a,b', 'a,b\n\n\n', '# by us\n# today\n\na,b\n'])('names without rows: %j', async (text) => {
    const found = await bench.inspectText(text)
    expect(found).toMatchObject({ rows: 0, preview: [], dialect: { header: true } })
    expect(found.columns).toMatchObject([{ name: 'a' }, { name: 'b' }])
    expect((await failure(bench.prepareText(text, { targets: ['b'] }))).message).toBe(
      '"table.csv" has a header but no rows below it. Add at least one row; if its first line is data, choose "no header".'
    )
    expect(bench.defects).toEqual([])
  })

  test('leaves the worker able to read the next one', async () => {
    await failure(bench.inspectText('a,b\n1\n2,3\n4,5\n', { malformed: 'stop' }))
    expect((await bench.inspectText('a,b\n1,x\n2,y\n')).rows).toBe(2)
    expect(bench.defects).toEqual([])
  })
})

describe('what the database complains about', () => {
  test('too little memory', () => {
    const found = databaseError(new Error('Out of Memory Error: failed to allocate data of size 16.0 MiB'), 2 ** 30)
    expect(found).toMatchObject({ code: 'invalidData' })
    expect(messageOf(found)).toMatch(
      /^Reading the table may take 1\.0 GB of memory, which was not enough\. Allow more, or use fewer rows or columns\.$/
    )
  })

  test('too little room on the disk', () => {
    expect(
      databaseError(new Error('IO Error: Could not write file "x": No space left on device'), 2 ** 30)
    ).toMatchObject({
      code: 'writeFailed',
      message: 'The disk has no room for the temporary files of a table this large. Free some space.'
    })
  })

  test('anything else is a defect and stays as it is', () => {
    const defect = new Error('Binder Error: no such column')
    expect(databaseError(defect, 2 ** 30)).toBe(defect)
  })
})
