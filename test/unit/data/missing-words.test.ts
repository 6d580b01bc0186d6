import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { encodeFeatures } from '../../../src/shared/weights/preprocessing'
import { plainView } from '../../../src/shared/table/view'
import { dataBench } from './harness'
import { readMatrices } from './matrices'

const bench = dataBench()
afterAll(async () => {
  expect(bench.defects).toEqual([])
})

const content = 'x,c,t,y\n1.5,red,*,1\n-999.0,None,2,2.5\n3.5,blue,7,4\n4.5,none,*,8\n'
const overrides = { missingWords: ['none', '-999', '*'] }

describe('words taken for missing values', () => {
  test('are the usual ones unless more are chosen', async () => {
    const { columns, notes } = await bench.inspectText(content)
    expect(columns.map(({ type, missing }) => [type, missing])).toEqual([
      ['numeric', 0],
      ['categorical', 0],
      ['categorical', 0],
      ['numeric', 0]
    ])
    expect(notes).toEqual([])
  })

  test('count in texts in any case and in numbers however they are written; what is left decides the type', async () => {
    const { columns, notes, reading, preview } = await bench.inspectText(content, overrides)
    expect(columns.map(({ type, missing }) => [type, missing])).toEqual([
      ['numeric', 1],
      ['categorical', 2],
      ['numeric', 2],
      ['numeric', 0]
    ])
    expect(columns[0]?.numeric).toMatchObject({ min: 1.5, max: 4.5 })
    expect(columns[2]?.numeric).toMatchObject({ min: 2, max: 7, mean: 4.5 })
    expect(notes).toEqual(['"none", "-999", "*": 5 cells are taken for missing ("x", "c", "t").'])
    expect(reading).toMatchObject({ setMissing: 0, issueCount: 0, sound: 4 })
    expect(preview.map((cells) => cells[1])).toEqual(['red', null, 'blue', null])
  })

  test('are said when no cell is one', async () => {
    const { notes } = await bench.inspectText(content, { missingWords: ['gone'] })
    expect(notes).toEqual(['"gone" stands in no cell.'])
  })

  test('are shown, filtered and sorted as missing', async () => {
    const path = await bench.file('words.csv', content)
    const window = { offset: 0, limit: 10, columns: { from: 0, to: 2 } }
    const view = { ...plainView, filters: [{ kind: 'missing', column: 1 } as const] }
    const { rows } = await bench.client.request('view', { path, overrides, view, window })
    expect(rows).toEqual([
      { row: 2, cells: ['-999.0', null] },
      { row: 4, cells: ['4.5', null] }
    ])
  })

  test('go into the weights, and are missing there too', async () => {
    const path = await bench.file('words.csv', content)
    const settings = { targets: ['y'], missing: 'median', scaling: 'none', split: { validation: 0, test: 0 } } as const
    const prepared = await bench.prepare(
      path,
      { ...settings, targets: ['y'], features: ['x', 'c', 't'] },
      'oneHot',
      overrides
    )
    const { preprocessing } = prepared.manifest
    expect(preprocessing.missingWords).toEqual(['none', '-999', '*'])
    // Medians 3.5 and 4.5; blue and red are equally frequent, and blue is first.
    expect((await readMatrices(prepared.manifestPath)).features.train[3]).toEqual([4.5, 1, 0, 4.5])
    const other = await bench.file('other.csv', 'x,c,t,y\n-999,NONE,*,0\n2,red,3,0\n')
    const folder = join(bench.folder, 'applied-words')
    const request = { path: other, overrides: {}, preprocessing, withTargets: false, folder }
    const { manifestPath } = await bench.client.request('apply', request)
    const expected = [
      [3.5, 1, 0, 4.5],
      [2, 0, 1, 3]
    ]
    expect((await readMatrices(manifestPath)).features.test).toEqual(expected)
    const into = new Float32Array(4)
    encodeFeatures(preprocessing, { x: -999, c: 'None', t: '.' }, into, 0)
    expect([...into]).toEqual(expected[0])
  })
})
