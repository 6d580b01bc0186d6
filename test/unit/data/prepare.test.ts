import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parts, splitRows } from '../../../src/data/prepare/split'
import type { Scaling } from '../../../src/shared/design/schema'
import { encodeFeatures } from '../../../src/shared/weights/preprocessing'
import { dataBench, examples, type Prepared } from './harness'
import { readMatrices } from './matrices'

const bench = dataBench()
afterAll(async () => {
  expect(bench.defects).toEqual([])
})

const whole = { validation: 0, test: 0 }
const features = (prepared: Prepared) => prepared.manifest.preprocessing.features
const targets = (prepared: Prepared) => prepared.manifest.preprocessing.targets

describe('iris, computed once more from the file', () => {
  test('every number of every part', async () => {
    const path = join(examples, 'iris.csv')
    const prepared = await bench.prepare(path, { targets: ['species'], split: { validation: 0.2, test: 0.1, seed: 7 } })
    const found = await readMatrices(prepared.manifestPath)
    // A reader of its own, which this clean file allows.
    const rows = (await readFile(path, 'utf8'))
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
    const names = ['setosa', 'versicolor', 'virginica']
    const classes = Uint32Array.from(rows, (row) => names.indexOf(row[4] ?? ''))
    const split = splitRows(
      150,
      null,
      { classes, count: 3 },
      { validation: 0.2, test: 0.1, seed: 7, stratify: true },
      'iris.csv'
    )
    const rowsOf = (name: 'train' | 'validation' | 'test') =>
      rows.filter((_, index) => split.parts[index] === parts[name])
    const fitted = [0, 1, 2, 3].map((at) => {
      const values = rowsOf('train').map((row) => Number(row[at]))
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const scale = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
      return { mean, scale }
    })
    for (const [at, expected] of fitted.entries()) {
      const feature = features(prepared)[at]
      if (feature?.kind !== 'numeric') throw new Error('not numeric')
      expect(feature.mean).toBeCloseTo(expected.mean, 12)
      expect(feature.scale).toBeCloseTo(expected.scale, 12)
    }
    for (const name of ['train', 'validation', 'test'] as const) {
      const expected = rowsOf(name)
      expect(found.features[name]).toHaveLength(expected.length)
      for (const [index, row] of expected.entries()) {
        const scaled = fitted.map(({ mean, scale }, at) => (Number(row[at]) - mean) / scale)
        for (const [at, value] of scaled.entries()) expect(found.features[name][index]?.[at]).toBeCloseTo(value, 6)
        expect(found.targets[name][index]).toEqual(names.map((one) => (one === row[4] ? 1 : 0)))
      }
    }
    expect(prepared.manifest).toMatchObject({
      inputs: 4,
      outputs: 3,
      task: 'classification',
      rows: { train: 105, validation: 30, test: 15 }
    })
    expect(prepared.summary).toMatchObject({
      inputNames: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'],
      outputNames: names,
      classCounts: names.map((name) => ({ class: name, count: 35 })),
      droppedRows: 0,
      warnings: []
    })
  })

  test('samples are rows of the table that encode to the rows of the matrix', async () => {
    const prepared = await bench.prepare(join(examples, 'iris.csv'), { targets: ['species'] })
    const found = await readMatrices(prepared.manifestPath)
    const rows = (await readFile(join(examples, 'iris.csv'), 'utf8')).trim().split('\n').slice(1)
    const { samples } = prepared.manifest
    expect(samples.map((sample) => [sample.split, sample.index])).toEqual(
      [0, 1, 2, 3, 4].map((index) => ['validation', index])
    )
    for (const sample of samples) {
      expect(Object.values(sample.values)).toEqual(rows[sample.row - 1]?.split(',').slice(0, 4).map(Number))
      const encoded = new Float32Array(4)
      encodeFeatures(prepared.manifest.preprocessing, sample.values, encoded, 0)
      expect(Array.from(encoded)).toEqual(found.features.validation[sample.index])
    }
  })
})

describe('what is fitted is fitted on the training rows', () => {
  const content = `x,colour,y\n${Array.from({ length: 40 }, (_, index) => `${index * index},${index % 7 === 0 ? `rare${index}` : 'common'},${index % 3}.5`).join('\n')}\n`
  const rows = content
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))

  test.each(['standard', 'minMax', 'robust', 'none'] as const)('%s', async (scaling) => {
    const prepared = await bench.prepareText(content, {
      targets: ['y'],
      features: ['x', 'colour'],
      scaling,
      split: { validation: 0.4, seed: 1 }
    })
    const split = splitRows(40, null, null, { validation: 0.4, test: 0, seed: 1, stratify: true }, 'table.csv')
    const training = rows.filter((_, index) => split.parts[index] === parts.train)
    const values = training.map((row) => Number(row[0]))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
    const smallest = Math.min(...values)
    const ascending = [...values].sort((a, b) => a - b)
    // 24 rows: the quartiles lie between the 6th and 7th, the 12th and 13th, the 18th and 19th value.
    const between = (below: number, share: number): number =>
      (ascending[below] ?? 0) * (1 - share) + (ascending[below + 1] ?? 0) * share
    const expected = {
      standard: { mean, scale: deviation },
      minMax: { mean: smallest, scale: Math.max(...values) - smallest },
      robust: { mean: between(11, 0.5), scale: between(17, 0.25) - between(5, 0.75) },
      none: { mean: 0, scale: 1 }
    }[scaling]
    const [x, colour] = features(prepared)
    if (x?.kind !== 'numeric' || colour?.kind !== 'categorical') throw new Error('wrong kinds')
    expect(x).toMatchObject({ column: 'x', scaling, missing: null })
    expect(x.mean).toBeCloseTo(expected.mean, 10)
    expect(x.scale).toBeCloseTo(expected.scale, 10)
    // Over the whole table they would be something else.
    const all = rows.map((row) => Number(row[0]))
    expect(mean).not.toBeCloseTo(all.reduce((sum, value) => sum + value, 0) / all.length, 3)
    expect(colour.categories).toEqual([...new Set(training.map((row) => row[1]))].sort())
    expect(colour.categories.length).toBeLessThan(new Set(rows.map((row) => row[1])).size)
  })

  test('a category that no training row has is all zeros, with a warning', async () => {
    const prepared = await bench.prepareText(content, {
      targets: ['y'],
      features: ['x', 'colour'],
      split: { validation: 0.4, seed: 1 }
    })
    const found = await readMatrices(prepared.manifestPath)
    const colour = features(prepared)[1]
    const known = colour?.kind === 'categorical' ? colour.categories : []
    const split = splitRows(40, null, null, { validation: 0.4, test: 0, seed: 1, stratify: true }, 'table.csv')
    const validation = rows.filter((_, index) => split.parts[index] === parts.validation)
    const unseen = validation.filter((row) => !known.includes(row[1] ?? ''))
    expect(unseen.length).toBeGreaterThan(0)
    for (const [index, row] of validation.entries()) {
      expect(found.features.validation[index]?.slice(1)).toEqual(known.map((name) => (name === row[1] ? 1 : 0)))
    }
    const named = [...new Set(unseen.map((row) => `"${row[1]}"`))].sort().join(' or ')
    expect(prepared.summary.warnings).toEqual([
      `No training row has ${named} of the feature "colour", but other rows do; there it is encoded as zeros.`
    ])
  })

  test.each([
    ['mean', (5 + 5 + 1 + 9) / 4, 'b'],
    ['median', 5, 'b'],
    ['mode', 5, 'b']
  ] as const)('missing values take the %s, categories the most frequent one', async (missing, number, category) => {
    const prepared = await bench.prepareText('x,c,y\n5,b,1\n,b,2.5\n5,NA,3\n1,a,4\n9,?,5\n', {
      targets: ['y'],
      features: ['x', 'c'],
      missing,
      scaling: 'none',
      split: whole
    })
    const found = await readMatrices(prepared.manifestPath)
    expect(features(prepared)).toEqual([
      { column: 'x', kind: 'numeric', scaling: 'none', mean: 0, scale: 1, missing: number },
      { column: 'c', kind: 'categorical', categories: ['a', 'b'], missing: category }
    ])
    expect(found.features.train).toEqual([
      [5, 0, 1],
      [number, 0, 1],
      [5, 0, 1],
      [1, 1, 0],
      [9, 0, 1]
    ])
    expect(prepared.manifest.samples[1]?.values).toEqual({ x: null, c: 'b' })
    expect(prepared.manifest.samples[2]?.values).toEqual({ x: 5, c: null })
  })

  test('the median lies between two values, the smaller of two modes wins', async () => {
    const content = 'x,y\n4,1\n1,2.5\n4,3\n1,4\n,5\n'
    const stand = async (missing: 'median' | 'mode') =>
      features(await bench.prepareText(content, { targets: ['y'], features: ['x'], missing, split: whole }))[0]?.missing
    expect(await stand('median')).toBe(2.5)
    expect(await stand('mode')).toBe(1)
  })
})

describe('rows with missing values', () => {
  const content = 'x,c,y\n1,a,1\n,a,2.5\n3,,3\n4,b,\n5,b,5\n'

  test('are dropped and counted under dropRow', async () => {
    const prepared = await bench.prepareText(content, {
      targets: ['y'],
      features: ['x', 'c'],
      missing: 'dropRow',
      scaling: 'none',
      split: whole
    })
    const found = await readMatrices(prepared.manifestPath)
    expect(prepared.summary).toMatchObject({ droppedRows: 3, rows: { train: 2 }, warnings: [] })
    expect(found.features.train).toEqual([
      [1, 1, 0],
      [5, 0, 1]
    ])
    expect(found.targets.train).toEqual([[1], [5]])
    expect(prepared.manifest.samples.map((sample) => sample.row)).toEqual([1, 5])
    expect(prepared.manifest.dataset.rows).toBe(5)
  })

  test('only count in columns that are used', async () => {
    const prepared = await bench.prepareText(content, {
      targets: ['y'],
      features: ['x'],
      missing: 'dropRow',
      split: whole
    })
    expect(prepared.summary.droppedRows).toBe(2)
    const other = await bench.prepareText('x,c,y\n1,,1\n2,,2\n3,,4\n', {
      targets: ['y'],
      features: ['x'],
      split: whole
    })
    expect(other.summary.droppedRows).toBe(0)
  })

  test('without a target are dropped whatever is filled in', async () => {
    const prepared = await bench.prepareText(content, {
      targets: ['y'],
      features: ['x', 'c'],
      missing: 'mean',
      split: whole
    })
    expect(prepared.summary).toMatchObject({
      droppedRows: 1,
      rows: { train: 4 },
      warnings: ['1 row without a target was left out: a target cannot be filled in.']
    })
  })
})

describe('targets', () => {
  const content =
    'x,k,d,t,n,m\n1,1,0,no,1.5,10\n2,10,1,yes,2.5,20\n4,2,0,no,4,40\n3,1,1,yes,8,80\n5,10,0,yes,9,90\n6,2,1,no,9,95\n'
  const prepare = (
    names: string[],
    encoding: 'oneHot' | 'binary' = 'oneHot',
    columns: Record<string, { type: 'numeric' | 'categorical' }> = {},
    scaling: Scaling = 'standard'
  ) =>
    bench
      .prepareText(content, { targets: names, features: ['x'], columns, scaling, split: whole })
      .then(async (first) =>
        encoding === 'oneHot'
          ? first
          : bench.prepareText(content, { targets: names, features: ['x'], columns, scaling, split: whole }, encoding)
      )

  test('text is one-hot, classes by code point', async () => {
    const prepared = await prepare(['t'])
    expect(targets(prepared)).toEqual([
      { column: 't', kind: 'categorical', encoding: 'oneHot', classes: ['no', 'yes'] }
    ])
    expect((await readMatrices(prepared.manifestPath)).targets.train[1]).toEqual([0, 1])
  })

  test('two classes are one output when the network asks for it: the second class', async () => {
    const prepared = await bench.prepareText(content, { targets: ['t'], features: ['x'], split: whole }, 'binary')
    expect(prepared.manifest.outputs).toBe(1)
    expect((await readMatrices(prepared.manifestPath)).targets.train).toEqual([[0], [1], [0], [1], [1], [0]])
    expect(prepared.summary).toMatchObject({
      outputNames: ['yes'],
      classCounts: [
        { class: 'no', count: 3 },
        { class: 'yes', count: 3 }
      ]
    })
  })

  test('zero and one are classes', async () => {
    expect(targets(await prepare(['d']))).toEqual([
      { column: 'd', kind: 'categorical', encoding: 'oneHot', classes: ['0', '1'] }
    ])
  })

  test('numbers as classes are in the order of numbers', async () => {
    const prepared = await prepare(['k'], 'oneHot', { k: { type: 'categorical' } })
    expect(prepared.summary.outputNames).toEqual(['1', '2', '10'])
    expect((await readMatrices(prepared.manifestPath)).targets.train[1]).toEqual([0, 0, 1])
  })

  test('more than two classes stay one-hot when one output is asked for', async () => {
    const prepared = await bench.prepareText(
      content,
      { targets: ['k'], features: ['x'], columns: { k: { type: 'categorical' } }, split: whole },
      'binary'
    )
    expect(targets(prepared)).toMatchObject([{ encoding: 'oneHot' }])
    expect(prepared.manifest.outputs).toBe(3)
  })

  test.each([
    ['standard', 34 / 6, Math.sqrt((1.5 ** 2 + 2.5 ** 2 + 16 + 64 + 81 + 81) / 6 - (34 / 6) ** 2)],
    ['minMax', 1.5, 7.5],
    // Quartiles of 1.5 2.5 4 8 9 9: 2.875 and 8.75.
    ['robust', 6, 5.875],
    ['none', 0, 1]
  ] as const)('numbers are scaled like features: %s', async (scaling, mean, scale) => {
    const prepared = await prepare(['n'], 'oneHot', {}, scaling)
    const [target] = targets(prepared)
    if (target?.kind !== 'numeric') throw new Error('not numeric')
    expect(target.mean).toBeCloseTo(mean, 12)
    expect(target.scale).toBeCloseTo(scale, 12)
    const found = await readMatrices(prepared.manifestPath)
    expect(found.targets.train.map(([value]) => (value ?? 0) * target.scale + target.mean)[3]).toBeCloseTo(8, 5)
    expect(prepared.summary).toMatchObject({ task: 'regression', outputNames: ['n'], classCounts: [] })
  })

  test('several numbers are several outputs', async () => {
    const prepared = await prepare(['n', 'm'], 'oneHot', {}, 'none')
    expect((await readMatrices(prepared.manifestPath)).targets.train[1]).toEqual([2.5, 20])
    expect(prepared.summary.outputNames).toEqual(['n', 'm'])
  })

  test('several yes-or-no targets are several outputs', async () => {
    const prepared = await bench.prepareText(content, { targets: ['d', 't'], features: ['x'], split: whole }, 'binary')
    expect((await readMatrices(prepared.manifestPath)).targets.train.slice(3)).toEqual([
      [1, 1],
      [0, 1],
      [1, 0]
    ])
    expect(prepared.summary.outputNames).toEqual(['d=1', 't=yes'])
    expect(prepared.summary.classCounts).toEqual(
      ['d=0', 'd=1', 't=no', 't=yes'].map((name) => ({ class: name, count: 3 }))
    )
  })

  test('a class that training never sees keeps its output, with a warning', async () => {
    const rows = Array.from(
      { length: 12 },
      (_, index) => `${(index * 3) % 7},${index === 0 ? 'rare' : index % 2 === 0 ? 'a' : 'b'}`
    )
    for (let seed = 1; seed < 20; seed++) {
      const prepared = await bench.prepareText(`x,t\n${rows.join('\n')}\n`, {
        targets: ['t'],
        features: ['x'],
        split: { validation: 0.4, seed, stratify: false }
      })
      expect(prepared.summary.outputNames).toEqual(['a', 'b', 'rare'])
      if (prepared.summary.classCounts[2]?.count !== 0) continue
      expect(prepared.summary.warnings).toEqual([
        'No training row has "rare" of the target "t": the network cannot learn it.'
      ])
      return
    }
    expect.fail('no seed put the rare row into validation')
  })
})
