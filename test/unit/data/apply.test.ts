import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Preprocessing } from '../../../src/shared/weights/schema'
import { describeSubstitutions, type Substitution } from '../../../src/shared/weights/substitutions'
import type { Result } from '../../../src/shared/rpc'
import type { DataWorkerContract } from '../../../src/shared/workers/data'
import { dataBench, examples, failure } from './harness'
import { readMatrices, type Matrices } from './matrices'

const bench = dataBench()
let counter = 0
afterAll(async () => {
  expect(bench.defects).toEqual([])
})

const preprocessing: Preprocessing = {
  features: [
    { column: 'x', kind: 'numeric', scaling: 'standard', mean: 10, scale: 2, missing: 14 },
    { column: 'c', kind: 'categorical', categories: ['a', 'b'], missing: 'b' },
    { column: 'k', kind: 'categorical', categories: ['1', '2.5', '007'], missing: null }
  ],
  targets: [{ column: 't', kind: 'categorical', encoding: 'oneHot', classes: ['no', 'yes'] }]
}
const strict: Preprocessing = {
  features: [
    { column: 'x', kind: 'numeric', scaling: 'none', mean: 0, scale: 1, missing: null },
    { column: 'c', kind: 'categorical', categories: ['a', 'b'], missing: null }
  ],
  targets: [{ column: 'y', kind: 'numeric', mean: 1, scale: 2 }]
}

async function applied(
  content: string,
  fitted: Preprocessing = preprocessing,
  withTargets = false
): Promise<Result<DataWorkerContract, 'apply'>> {
  const path = await bench.file('new.csv', content)
  counter += 1
  const folder = join(bench.folder, `applied-${counter}`)
  const result = await bench.client.request('apply', {
    path,
    overrides: {},
    preprocessing: fitted,
    withTargets,
    folder
  })
  expect(result.manifestPath).toBe(join(folder, 'manifest.json'))
  return result
}

async function apply(content: string, fitted: Preprocessing = preprocessing, withTargets = false): Promise<Matrices> {
  const { manifestPath, rows } = await applied(content, fitted, withTargets)
  const found = await readMatrices(manifestPath)
  expect(found.manifest.rows).toEqual({ train: 0, validation: 0, test: rows })
  return found
}

describe('applying preprocessing to another table', () => {
  test('encodes all rows in their order, whatever the order of the columns', async () => {
    const found = await apply('t,k,c,x,other\nyes,1,a,12,p\nno,2.5,b,8,q\nyes,7,z,11,r\n', preprocessing, true)
    expect(found.features.test).toEqual([
      [1, 1, 0, 1, 0, 0],
      [-1, 0, 1, 0, 1, 0],
      [0.5, 0, 0, 0, 0, 0]
    ])
    expect(found.targets.test).toEqual([
      [0, 1],
      [1, 0],
      [0, 1]
    ])
    expect(found.manifest).toMatchObject({
      inputs: 6,
      outputs: 2,
      task: 'classification',
      preprocessing,
      samples: [],
      dataset: { name: 'new.csv', rows: 3 }
    })
  })

  test('takes stand-ins for missing values', async () => {
    expect((await apply('x,c,k\n,NA,1\n10,?,1\n')).features.test).toEqual([
      [2, 0, 1, 1, 0, 0],
      [0, 0, 1, 1, 0, 0]
    ])
  })

  test('counts what it substituted, column by column', async () => {
    const generous: Preprocessing = {
      features: [
        ...preprocessing.features.slice(0, 2),
        { column: 'b', kind: 'boolean', no: ['no'], yes: ['yes'], missing: 0 },
        { column: 'o', kind: 'ordinal', order: ['S', 'M'], scaling: 'none', mean: 0, scale: 1, missing: 0.25 },
        {
          column: 'd',
          kind: 'date',
          order: 'ymd',
          scaling: 'none',
          parts: [{ part: 'time', mean: 0, scale: 1 }],
          missing: 59
        },
        { column: 'whole', kind: 'numeric', scaling: 'none', mean: 0, scale: 1, missing: 7 }
      ],
      targets: strict.targets
    }
    const head = 'x,c,b,o,d,whole\n'
    const content = `${head},never,maybe,M,2026-01-02,1\n,other,yes,XL,,2\n12,,no,,2026-01-02,3\n12,never,maybe,S,2026-01-02,4\n`
    const { substitutions, rows } = await applied(content, generous)
    const none = { rows: 0, examples: [] }
    const of = (column: string, kind: Substitution['kind'], rest: Partial<Substitution>): Substitution => {
      return { column, kind, missing: 0, notUnderstood: none, unknownCategory: none, standIn: null, ...rest }
    }
    expect(substitutions).toEqual([
      of('x', 'numeric', { missing: 2, standIn: 14 }),
      of('c', 'categorical', {
        missing: 1,
        unknownCategory: { rows: 3, examples: ['never', 'other'] },
        standIn: 'b'
      }),
      of('b', 'boolean', { notUnderstood: { rows: 2, examples: ['maybe'] }, standIn: 'no' }),
      of('o', 'ordinal', { missing: 1, notUnderstood: { rows: 1, examples: ['XL'] }, standIn: 0.25 }),
      of('d', 'date', { missing: 1, standIn: '1970-03-01' })
    ])
    expect(describeSubstitutions(substitutions, rows)).toEqual([
      'x: 2 of 4 rows had no value; 14, fitted in training, was taken.',
      'c: 1 of 4 rows had no value; "b", fitted in training, was taken. 3 of 4 rows had a category the network has no input for (such as "never", "other"); encoded as none of the known ones.',
      'b: 2 of 4 rows had no word for no or yes (such as "maybe"); "no", fitted in training, was taken.',
      'o: 1 of 4 rows had no value; rank 0.25, fitted in training, was taken. 1 of 4 rows had a category outside the order (such as "XL"); rank 0.25, fitted in training, was taken.',
      'd: 1 of 4 rows had no value; 1970-03-01, fitted in training, was taken.'
    ])
    expect((await applied('x,c,k\n1,a,1\n2,b,2.5\n')).substitutions).toEqual([])
  })

  test('counts over all blocks of a table, in memory or not', async () => {
    const lines = Array.from(
      { length: 40_000 },
      (_, row) => `${row % 4 === 0 ? '' : row},${row % 5 === 0 ? 'z' : 'a'},1`
    )
    const { substitutions } = await applied(`x,c,k\n${lines.join('\n')}\n`)
    expect(substitutions).toMatchObject([
      { column: 'x', missing: 10_000 },
      { column: 'c', unknownCategory: { rows: 8000, examples: ['z'] } }
    ])
  })

  test('tells categories that are codes from numbers', async () => {
    expect((await apply('x,c,k\n10,a,007\n10,a,1\n10,a,2.5\n')).features.test.map((row) => row.slice(3))).toEqual([
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0]
    ])
    // A column of numbers holds the number 1, however it is written.
    expect((await apply('x,c,k\n10,a,1.0\n10,a,2.50\n10,a,7\n')).features.test.map((row) => row.slice(3))).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 0]
    ])
  })

  test('does not need targets, and leaves them zero', async () => {
    const found = await apply('x,c,k\n10,a,1\n12,a,1\n')
    expect(found.targets.test).toEqual([
      [0, 0],
      [0, 0]
    ])
  })

  test('encodes numeric targets', async () => {
    expect((await apply('x,c,y\n1,a,5\n2,b,1\n', strict, true)).targets.test).toEqual([[2], [0]])
  })

  test('reads the other table in its own dialect', async () => {
    expect((await apply('y;c;x\n5;a;1,5\n1;b;-0,25\n', strict, true)).features.test).toEqual([
      [1.5, 1, 0],
      [-0.25, 0, 1]
    ])
  })

  test('gives the rows it was fitted on the same numbers', async () => {
    const path = join(examples, 'iris.csv')
    const prepared = await bench.prepare(path, { targets: ['species'], split: { validation: 0 } })
    const fitted = await readMatrices(prepared.manifestPath)
    const found = await apply(await readFile(path, 'utf8'), prepared.manifest.preprocessing, true)
    expect(found.features.test).toEqual(fitted.features.train)
    expect(found.targets.test).toEqual(fitted.targets.train)
  })

  test('replaces what was in the folder before', async () => {
    const folder = join(bench.folder, 'used-before')
    await mkdir(folder)
    await writeFile(join(folder, 'features.f32'), 'old')
    const path = await bench.file('new.csv', 'x,c,k\n10,a,1\n')
    const { manifestPath } = await bench.client.request('apply', {
      path,
      overrides: {},
      preprocessing,
      withTargets: false,
      folder
    })
    expect(dirname(manifestPath)).toBe(folder)
    expect((await readdir(folder)).sort()).toEqual(['features.f32', 'manifest.json', 'targets.f32'])
    expect((await readMatrices(manifestPath)).features.test).toEqual([[0, 1, 0, 1, 0, 0]])
  })

  const refused: [string, string, Preprocessing, boolean, string, Record<string, unknown>][] = [
    [
      'lacking columns',
      'x,z\n1,2\n',
      preprocessing,
      false,
      '"new.csv" lacks the columns "c", "k", which the network needs. It has "x", "z".',
      { columns: ['"c"', '"k"'] }
    ],
    [
      'a lacking target',
      'x,c,k\n1,a,1\n',
      preprocessing,
      true,
      '"new.csv" lacks the column "t", which the network needs. It has "x", "c", "k".',
      {}
    ],
    [
      'a text where a number belongs',
      'x,c\n1,a\nlots,b\n3,a\n',
      strict,
      false,
      '"new.csv", row 2, column "x": expected a number, found "lots". Correct the cell.',
      { row: 2, column: 'x', found: 'lots' }
    ],
    [
      'a missing number',
      'x,c\n1,a\n,b\n',
      strict,
      false,
      '"new.csv", row 2, column "x": the value is missing, and the network was prepared with missing values being an error. Fill it in.',
      { row: 2, column: 'x' }
    ],
    [
      'a missing category',
      'x,c\n1,a\n2,b\n3,-\n',
      strict,
      false,
      '"new.csv", row 3, column "c": the value is missing, and the network was prepared with missing values being an error. Fill it in.',
      { row: 3, column: 'c' }
    ],
    [
      'an unknown class',
      'x,c,k,t\n1,a,1,yes\n1,a,1,maybe\n',
      preprocessing,
      true,
      '"new.csv", row 2, column "t": "maybe" is none of the classes the network knows: "no", "yes". Correct the cell, or leave the row out.',
      { row: 2, column: 't', found: 'maybe' }
    ],
    [
      'a missing target',
      'x,c,k,t\n1,a,1,yes\n1,a,1,\n',
      preprocessing,
      true,
      '"new.csv", row 2, column "t": the target has no value. Fill it in, or leave the row out.',
      { row: 2, column: 't' }
    ],
    [
      'the first of several problems, by row',
      'x,c\n1,a\n2,\nlots,b\n',
      strict,
      false,
      '"new.csv", row 2, column "c": the value is missing, and the network was prepared with missing values being an error. Fill it in.',
      { row: 2 }
    ]
  ]
  test.each(refused)('refuses %s', async (_name, content, fitted, withTargets, message, details) => {
    const path = await bench.file('new.csv', content)
    const folder = join(bench.folder, 'refused')
    const error = await failure(
      bench.client.request('apply', { path, overrides: {}, preprocessing: fitted, withTargets, folder })
    )
    expect(error.message).toBe(message)
    expect(error.code).toBe('invalidData')
    expect(error.details).toMatchObject(details)
    expect(await readdir(folder)).toEqual([])
  })

  test('refuses damaged preprocessing', async () => {
    const damaged: Preprocessing = {
      ...strict,
      features: [{ column: 'c', kind: 'categorical', categories: ['a', 'a'], missing: null }]
    }
    const path = await bench.file('new.csv', 'x,c\n1,a\n')
    const error = await failure(
      bench.client.request('apply', {
        path,
        overrides: {},
        preprocessing: damaged,
        withTargets: false,
        folder: join(bench.folder, 'x')
      })
    )
    expect(error).toMatchObject({
      code: 'invalidWeights',
      message:
        'The preprocessing of the column "c" lists "a" twice. The weights file was damaged or edited; export it again.'
    })
  })
})

describe('rows as text', () => {
  test('stand as in the file', async () => {
    const path = await bench.file('text.csv', 'a, b ,a\n 1.50,NA,"x, ""y"""\n,?,\'\n')
    expect(await bench.rows(path)).toEqual({
      columns: ['a', 'b', 'a_2'],
      rows: [
        [' 1.50', 'NA', 'x, "y"'],
        [null, '?', "'"]
      ]
    })
  })

  test('come in pages', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `${index},"line\n${index}"\n`)
    const path = await bench.file('pages.csv', `n,t\n${lines.slice(0, 2000).join('')}\n\n${lines.slice(2000).join('')}`)
    for (const [offset, limit] of [
      [0, 1],
      [0, 1024],
      [1023, 2],
      [1999, 2],
      [2047, 2],
      [4990, 100],
      [5000, 10],
      [0, 5000]
    ] as const) {
      const { rows } = await bench.rows(path, offset, limit)
      const expected = Array.from({ length: Math.max(0, Math.min(limit, 5000 - offset)) }, (_, index) => [
        String(offset + index),
        `line\n${offset + index}`
      ])
      expect(rows).toEqual(expected)
    }
  })
})
