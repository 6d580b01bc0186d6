import { createHash } from 'node:crypto'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { parts, splitRows } from '../../../src/data/prepare/split'
import { encodeFeatures } from '../../../src/shared/weights/preprocessing'
import { dataBench, type Prepared } from './harness'
import { readMatrices } from './matrices'

const bench = dataBench()
afterAll(async () => {
  expect(bench.defects).toEqual([])
})

const whole = { validation: 0, test: 0 }
const first = ({ manifest }: Prepared) => manifest.preprocessing.features[0]

describe('robust scaling', () => {
  // Computed with scikit-learn 1.2.1: RobustScaler().fit(values).center_, scale_, transform(values).
  test.each([
    [
      [1, 2, 3, 4, 5, 6, 7, 8],
      4.5,
      3.5,
      [
        -1, -0.7142857142857143, -0.42857142857142855, -0.14285714285714285, 0.14285714285714285, 0.42857142857142855,
        0.7142857142857143, 1
      ]
    ],
    [
      [-3.5, 1.25, 10, 40],
      5.625,
      17.4375,
      [-0.5232974910394266, -0.25089605734767023, 0.25089605734767023, 1.971326164874552]
    ],
    [[0.5, 12, 3, 3, 7.25, 100, -4, 8, 1e6, 2.5, 6], 6, 7.25, null],
    // An interquartile range of 0 divides by 1.
    [[5, 5, 5, 5, 9], 5, 1, [0, 0, 0, 0, 4]]
  ])('of %j', async (values, median, range, scaled) => {
    const content = `x,y\n${values.map((value, index) => `${value},${index}.5`).join('\n')}\n`
    const prepared = await bench.prepareText(content, {
      targets: ['y'],
      features: ['x'],
      columns: { x: { type: 'numeric' } },
      scaling: 'robust',
      split: whole
    })
    expect(first(prepared)).toEqual({
      column: 'x',
      kind: 'numeric',
      scaling: 'robust',
      mean: median,
      scale: range,
      missing: null
    })
    const found = (await readMatrices(prepared.manifestPath)).features.train.map(([value]) => value ?? Number.NaN)
    for (const [index, value] of (scaled ?? []).entries()) expect(found[index]).toBeCloseTo(value, 6)
    // What predicts from a weights file comes to the same numbers.
    const encoded = new Float32Array(1)
    for (const [index, value] of values.entries()) {
      encodeFeatures(prepared.manifest.preprocessing, { x: value }, encoded, 0)
      expect(encoded[0]).toBe(found[index])
    }
  })

  test('leaves missing values aside, and fills in what is asked for', async () => {
    const content = 'x,y\n1,1\n,2.5\n2,3\n3,4\n4,5.5\n100,6\n'
    const prepared = async (missing: 'mean' | 'mode') =>
      first(
        await bench.prepareText(content, { targets: ['y'], features: ['x'], scaling: 'robust', missing, split: whole })
      )
    expect(await prepared('mean')).toMatchObject({ mean: 3, scale: 2, missing: 22 })
    expect(await prepared('mode')).toMatchObject({ mean: 3, scale: 2, missing: 1 })
  })
})

describe('columns of many categories', () => {
  /** c0 once, c1 twice, c2 three times, … */
  const growing = (categories: number): string[] =>
    Array.from({ length: categories }, (_, index) => Array.from({ length: index + 1 }, () => `c${index}`)).flat()
  const table = (cells: readonly string[]): string =>
    `c,y\n${cells.map((cell, index) => `${cell},${(index * 7) % 11}.5`).join('\n')}\n`

  test('keep the most frequent ones of the training rows, with a warning', async () => {
    const cells = growing(6)
    const prepared = await bench.prepareText(table(cells), {
      targets: ['y'],
      features: ['c'],
      maxCategories: 2,
      split: whole
    })
    expect(first(prepared)).toMatchObject({ categories: ['c4', 'c5'], missing: null })
    expect(prepared.summary.features).toEqual([
      { column: 'c', kind: 'categorical', inputs: 2, distinct: 6, missing: null, filled: 0 }
    ])
    expect(prepared.summary.warnings).toEqual([
      'The training rows have 6 categories of the feature "c", more than the 2 a column may have (maxCategories): the 2 most frequent are inputs, the other 4 (47.6 % of the rows) are encoded as zeros.'
    ])
    expect((await readMatrices(prepared.manifestPath)).features.train).toEqual(
      cells.map((cell) => (cell === 'c4' ? [1, 0] : cell === 'c5' ? [0, 1] : [0, 0]))
    )
  })

  test('are left alone up to the limit', async () => {
    const prepared = await bench.prepareText(table(growing(6)), {
      targets: ['y'],
      features: ['c'],
      maxCategories: 6,
      split: whole
    })
    expect(first(prepared)).toMatchObject({ categories: ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'] })
    expect(prepared.summary.warnings).toEqual([])
  })

  test('take the first of equally frequent ones: text by code point, numbers by size', async () => {
    const kept = async (cells: readonly string[]): Promise<unknown> =>
      first(
        await bench.prepareText(table(cells), {
          targets: ['y'],
          features: ['c'],
          columns: { c: { type: 'categorical' } },
          maxCategories: 3,
          split: whole
        })
      )
    expect(await kept(['😀', 'b', 'é', 'Z', 'a', '｡'])).toMatchObject({ categories: ['Z', 'a', 'b'] })
    // In UTF-16 the surrogates of 😀 would come before ｡ (U+FF61).
    expect(await kept(['😀', '｡', 'z', 'z', 'a', 'a'])).toMatchObject({ categories: ['a', 'z', '｡'] })
    expect(await kept(['10', '9', '-1', '2', '100', '30'])).toMatchObject({ categories: ['-1', '2', '9'] })
  })

  test('are the same to whoever counts them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'NA'), { minLength: 8, maxLength: 60 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat({ max: 1000 }),
        async (cells, maxCategories, seed) => {
          const shares = { validation: 0.25, test: 0.1, seed, stratify: true }
          const split = splitRows(cells.length, null, null, shares, 'table.csv')
          const present = cells.flatMap((cell, row) =>
            cell === 'NA' ? [] : [{ cell, train: split.parts[row] === parts.train }]
          )
          const counts = new Map<string, number>()
          for (const { cell, train } of present) if (train) counts.set(cell, (counts.get(cell) ?? 0) + 1)
          fc.pre(counts.size > 0)
          const ranked = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([name]) => name)
          const kept = ranked.slice(0, maxCategories).sort()

          const content = cells.map((cell, row) => `${cell},${(row * 5) % 7}.25,${(row * 7) % 11}.5\n`).join('')
          const prepared = await bench.prepareText(`c,x,y\n${content}`, {
            targets: ['y'],
            features: ['c', 'x'],
            missing: 'mode',
            maxCategories,
            split: shares
          })
          const common = { column: 'c', kind: 'categorical', missing: ranked[0] }
          expect(first(prepared)).toEqual({ ...common, categories: kept })
          expect(prepared.summary.features[0]).toEqual({
            ...common,
            inputs: kept.length,
            distinct: counts.size,
            filled: cells.length - present.length
          })
          expect(prepared.summary.warnings.some((warning) => warning.includes('(maxCategories)'))).toBe(
            kept.length < counts.size
          )
          expect(prepared.summary.warnings.some((warning) => warning.includes('but other rows do'))).toBe(
            present.some(({ cell }) => !counts.has(cell))
          )
        }
      ),
      { numRuns: 40 }
    )
  })

  test('are encoded alike when the network is used', async () => {
    const cells = growing(5)
    const prepared = await bench.prepareText(table(cells), {
      targets: ['y'],
      features: ['c'],
      maxCategories: 2,
      split: whole
    })
    const { preprocessing } = prepared.manifest
    const path = await bench.file('new.csv', `c\n${['c0', 'c3', 'c4', 'never seen'].join('\n')}\n`)
    const applied = await bench.client.request('apply', {
      path,
      overrides: {},
      preprocessing,
      withTargets: false,
      folder: join(bench.folder, 'applied')
    })
    const expected = [
      [0, 0],
      [1, 0],
      [0, 1],
      [0, 0]
    ]
    expect((await readMatrices(applied.manifestPath)).features.test).toEqual(expected)
    for (const [index, c] of ['c0', 'c3', 'c4', 'never seen'].entries()) {
      const encoded = new Float32Array(2)
      encodeFeatures(preprocessing, { c }, encoded, 0)
      expect(Array.from(encoded)).toEqual(expected[index])
    }
  })

  test('may be more than could ever be inputs', async () => {
    const cells = [...Array.from({ length: 20_000 }, (_, index) => `c${index}`), ...growing(3)]
    const prepared = await bench.prepareText(table(cells), {
      targets: ['y'],
      features: ['c'],
      maxCategories: 3,
      split: whole
    })
    expect(first(prepared)).toMatchObject({ categories: ['c0', 'c1', 'c2'] })
    expect(prepared.summary.features).toMatchObject([{ inputs: 3, distinct: 20_000 }])
    expect(prepared.summary.warnings).toEqual([
      'The training rows have 20000 categories of the feature "c", more than the 3 a column may have (maxCategories): the 3 most frequent are inputs, the other 19997 (100.0 % of the rows) are encoded as zeros.'
    ])
  })
})

describe('the picture of each feature', () => {
  test('tells scaling, inputs and stand-ins', async () => {
    const text = 'x,c,y\n5,b,1\n,b,2.5\n5,NA,3\n1,a,4\n9,?,\n'
    const prepared = await bench.prepareText(text, {
      targets: ['y'],
      features: ['x', 'c'],
      missing: 'mean',
      scaling: 'minMax',
      split: whole
    })
    expect(prepared.summary).toMatchObject({
      tableSha256: createHash('sha256').update(text).digest('hex'),
      tableRows: 5,
      droppedRows: 1,
      features: [
        { column: 'x', kind: 'numeric', scaling: 'minMax', mean: 1, scale: 4, missing: 11 / 3, filled: 1 },
        { column: 'c', kind: 'categorical', inputs: 2, distinct: 2, missing: 'b', filled: 1 }
      ]
    })
  })
})
