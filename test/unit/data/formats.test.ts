import { gzipSync } from 'node:zlib'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import { dataBench, failure } from './harness'

const bench = dataBench()

/** A Parquet file of a query's rows. */
async function parquet(name: string, query: string): Promise<string> {
  const path = await bench.file(name, '')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (${query}) TO '${path.replaceAll("'", "''")}' (FORMAT parquet)`)
  connection.closeSync()
  instance.closeSync()
  return path
}

describe('a Parquet file', () => {
  const query = `SELECT i AS "a, b", i / 4 AS quarter, i % 2 = 0 AS even, DATE '2024-02-27' + i::INTEGER AS day,
    CASE WHEN i = 2 THEN NULL ELSE 'text "' || i || E'"\\nnext' END AS note, 123456789012345678 + i AS long
    FROM range(5) t(i)`

  test('is a table like any other, every cell as it stands', async () => {
    const path = await parquet("odd ' name [1].data", query)
    const { rows, dialect, notes, columns } = await bench.inspect(path)
    expect([rows, dialect.format, notes]).toEqual([5, 'parquet', ['The file is read as Parquet.']])
    expect(columns.map(({ name, type, missing }) => [name, type, missing])).toEqual([
      ['a, b', 'numeric', 0],
      ['quarter', 'numeric', 0],
      ['even', 'boolean', 0],
      ['day', 'date', 0],
      ['note', 'categorical', 1],
      ['long', 'categorical', 0]
    ])
    expect((await bench.rows(path)).rows.slice(1, 3)).toEqual([
      ['1', '0.25', 'false', '2024-02-28', 'text "1"\nnext', '123456789012345679'],
      ['2', '0.5', 'true', '2024-02-29', null, '123456789012345680']
    ])
  })

  test('is prepared like any other', async () => {
    const path = await parquet('train.parquet', 'SELECT i::DOUBLE AS x, i % 2 AS y FROM range(100) t(i)')
    const { manifest } = await bench.prepare(path, { targets: ['y'], features: ['x'] })
    expect(manifest).toMatchObject({ inputs: 1, rows: { train: 80, validation: 20 } })
  })

  test('is refused when it is cut off', async () => {
    const path = await parquet('whole.parquet', query)
    const whole = await readFile(path)
    const cut = await bench.file('cut.parquet', whole.subarray(0, whole.length - 20))
    const error = await failure(bench.inspect(cut))
    expect(error.code).toBe('invalidData')
    expect(error.message).toMatch(/^"cut\.parquet" begins like a Parquet file, but cannot be read as such: /)
  })
})

describe('JSON', () => {
  const lines = [
    '{"id": 1, "size": 1.50, "tags/~": ["a", "b"], "ok": true}',
    '{"id": 2, "size": null, "ok": false, "na me": "007"}',
    '',
    '{"size": 3e2, "id": 3, "note": "two\\nlines, \\"quoted\\""}'
  ]
  const columns = ['id', 'size', 'tags/~', 'ok', 'na me', 'note']
  const rows = [
    ['1', '1.5', '["a","b"]', 'true', null, null],
    ['2', null, null, 'false', '007', null],
    ['3', '300.0', null, null, null, 'two\nlines, "quoted"']
  ]

  test.each([
    ['lines', 'table.jsonl', lines.join('\n')],
    ['lines under another name', 'table.csv', lines.join('\n')],
    ['an array', 'table.json', `[\n${lines.filter((line) => line !== '').join(',\n')}\n]`],
    ['packed lines', 'table.jsonl.gz', gzipSync(lines.join('\n'))]
  ])('in %s: every value in its column, keys in the order in which they come', async (_, name, content) => {
    const path = await bench.file(name, content)
    const summary = await bench.inspect(path)
    expect(summary.dialect.format).toBe('json')
    expect(summary.notes).toContain('The file is read as JSON objects, one for each row.')
    expect(await bench.rows(path)).toEqual({ columns, rows })
  })

  test('keeps the order of many rows', async () => {
    const count = 30_000
    const content = Array.from({ length: count }, (_, row) => JSON.stringify({ row, ['k' + (row % 3)]: row % 7 }))
    const path = await bench.file('many.jsonl', content.join('\n'))
    const { columns: found } = await bench.inspect(path)
    expect(found.map(({ name, missing }) => [name, missing])).toEqual([
      ['row', 0],
      ['k0', 20_000],
      ['k1', 20_000],
      ['k2', 20_000]
    ])
    expect((await bench.rows(path, count - 1, 1)).rows).toEqual([
      [String(count - 1), null, null, String((count - 1) % 7)]
    ])
  })

  test('is refused where a row is no object, or no JSON', async () => {
    const mixed = await failure(bench.inspect(await bench.file('mixed.jsonl', '{"a": 1}\n{"a": 2}\n[3]\n')))
    expect(mixed.message).toBe(
      '"mixed.jsonl", row 3: expected a JSON object, found array. Every row must be an object like {"name": value}.'
    )
    const broken = await failure(bench.inspect(await bench.file('broken.jsonl', '{"a": 1}\n{"a": \n')))
    expect(broken.code).toBe('invalidData')
    expect(broken.message).toMatch(/^"broken\.jsonl" begins like JSON, but cannot be read as such: /)
    expect(bench.defects).toEqual([])
  })

  test('is text to somebody who names a delimiter', async () => {
    const path = await bench.file('braces.csv', '{"a": 1}\n{"a": 2}\n')
    expect((await bench.inspect(path, { delimiter: ';', header: false })).rows).toBe(2)
  })

  test.each(['{braces},b\n1,2\n', '[x],b\n1,2\n', '{"a":1},b\n1,2\n'])('is not seen in %j', async (content) => {
    expect((await bench.inspect(await bench.file('text.csv', content))).dialect.format).toBe('text')
  })
})

test('files made on the way are gone with their table', async () => {
  const path = await bench.file('gone.jsonl', '{"a": 1}\n')
  await bench.inspect(path)
  const scratch = join(bench.folder, 'scratch')
  const [folder = ''] = await readdir(scratch)
  const copies = async (): Promise<string[]> =>
    (await readdir(join(scratch, folder))).filter((name) => name.endsWith('.csv'))
  expect(await copies()).toHaveLength(1)
  await bench.inspect(await bench.file('plain.csv', 'a\n1\n'))
  expect(await copies()).toEqual([])
})
