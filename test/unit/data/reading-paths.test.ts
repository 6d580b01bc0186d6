import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DataBench, failure } from './harness'

let bench: DataBench
beforeAll(async () => {
  bench = await DataBench.start()
})
afterAll(() => bench.stop())

const onWindows = process.platform === 'win32'
const names = [
  'data[1].csv',
  'data1.csv',
  '[a-c].csv',
  'a.csv',
  '[[x]].csv',
  "it's.csv",
  '50%.csv',
  '%41.csv',
  'c#1.csv',
  'with space.csv',
  ' leading.csv',
  'größe-数据.csv',
  'e\u0301.csv',
  'label=3/x.csv',
  'label=4/x.csv',
  'a[1]/b[2].csv',
  '{a,b}.csv',
  '!x.csv',
  '~x.csv',
  '$HOME.csv',
  'x.csv.gz',
  'x.parquet',
  'no extension',
  ...(onWindows
    ? []
    : [
        'a*.csv',
        'a?.csv',
        '**/x.csv',
        '?.csv',
        'quote".csv',
        'back\\slash.csv',
        'new\nline.csv',
        'a:b.csv',
        '<x>.csv',
        's3:/x.csv'
      ])
]

describe('a path means exactly one file', () => {
  beforeAll(async () => {
    for (const [index, name] of names.entries()) await bench.file(name, `number,name\n${index},x\n${index},y\n`)
  })

  test.each(names.map((name, index) => [name, index] as const))('%j', async (name, index) => {
    const path = `${bench.folder}/files/${name}`
    const found = await bench.inspect(path)
    expect(found.columns.map((column) => column.name)).toEqual(['number', 'name'])
    expect(found.columns[0]?.numeric?.mean).toBe(index)
    expect(found.rows).toBe(2)
    expect((await bench.rows(path)).rows).toEqual([
      [String(index), 'x'],
      [String(index), 'y']
    ])
  })

  test('and never another one that a pattern would match', async () => {
    expect(await failure(bench.inspect(`${bench.folder}/files/dat[a-z]1.csv`))).toMatchObject({ code: 'notFound' })
    expect(await failure(bench.inspect(`${bench.folder}/files/data?.csv`))).toMatchObject({ code: 'notFound' })
  })

  test('also below a folder with a pattern in its name, and when the file is re-encoded', async () => {
    const path = await bench.file('x[1]/y=2/z.csv', Buffer.from('a,b\n1,\xe9\n', 'latin1'))
    expect((await bench.inspect(path)).preview).toEqual([['1', 'é']])
  })
})
