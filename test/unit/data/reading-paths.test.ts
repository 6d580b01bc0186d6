import { beforeAll, describe, expect, test } from 'vitest'
import { dataBench, failure } from './harness'

const bench = dataBench()

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

/** A name, and another file that would be read if the name were a pattern or were unquoted, decoded or cut. */
const decoys: readonly (readonly [name: string, decoy: string])[] = [
  ['r[12].csv', 'r1.csv'],
  ['r[!1].csv', 'r2.csv'],
  ['r[.csv', 'r.csv'],
  ['r].csv', 'r.csv'],
  ['{r1,r2}.csv', 'r1.csv'],
  ["r'.csv", 'r.csv'],
  ["r''.csv", "r'.csv"],
  ['r%31.csv', 'r1.csv'],
  ['r%20s.csv', 'r s.csv'],
  ['r#1.csv', 'r'],
  ['r csv', 'r'],
  ['  r.csv', 'r.csv'],
  ['r+s.csv', 'r s.csv'],
  ['-r.csv', 'r.csv'],
  ['--help', 'help'],
  ['größe.csv', 'grösse.csv'],
  ['naïve-\u00e9.csv', 'naïve-e\u0301.csv'],
  ['數據 📈.csv', '數據 .csv'],
  ['label=3/r.csv', 'label=4/r.csv'],
  ['year=*/r.csv'.replace('*', onWindows ? '_' : '*'), 'year=2024/r.csv'],
  ['$r.csv', 'r.csv'],
  ['`r`.csv', 'r.csv'],
  ['r;s.csv', 'r'],
  ...(onWindows
    ? []
    : ([
        ['r*.csv', 'r1.csv'],
        ['r?.csv', 'r1.csv'],
        ['**.csv', 'r1.csv'],
        ['r\\1.csv', 'r1.csv'],
        ['r".csv', 'r.csv']
      ] as const))
]

describe('a file with another beside it that its name might mean', () => {
  test.each(decoys)('%j and not %j', async (name, decoy) => {
    const wrong = 'x,y\nwrong,0\nwrong,0\nwrong,0\n'
    await bench.file(decoy, wrong)
    for (const content of ['a,b\nright,1\n', 'a,b\nright,1,\n', Buffer.from('a,b\nright,1\n"\xe4",2\n', 'latin1')]) {
      const path = await bench.file(name, content)
      const found = await bench.inspect(path)
      expect(found.columns.map((column) => column.name)).toEqual(['a', 'b'])
      expect(found.preview[0]).toEqual(['right', '1'])
    }
    expect((await bench.inspect(`${bench.folder}/files/${decoy}`)).preview[0]).toEqual(['wrong', '0'])
    expect(bench.defects).toEqual([])
  })
})
