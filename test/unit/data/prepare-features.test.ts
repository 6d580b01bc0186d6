import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parts, splitRows } from '../../../src/data/prepare/split'
import { dataBench, examples, failure, fixtures, type Prepared } from './harness'
import { readMatrices } from './matrices'

const bench = dataBench()
afterAll(async () => {
  expect(bench.defects).toEqual([])
})

const whole = { validation: 0, test: 0 }
const features = (prepared: Prepared) => prepared.manifest.preprocessing.features

describe('features', () => {
  test('automatic ones are all that are neither targets nor excluded', async () => {
    const prepared = await bench.prepare(join(fixtures, 'passengers.csv'), {
      targets: ['survived'],
      missing: 'mean',
      split: { validation: 0.25 }
    })
    expect(features(prepared).map((feature) => feature.column)).toEqual(['class', 'sex', 'age', 'fare', 'port'])
    expect(prepared.summary.inputNames).toEqual(
      ['class', 'sex=female', 'sex=male', 'age', 'fare', 'port=C', 'port=Q', 'port=S'].filter((name) =>
        prepared.summary.inputNames.includes(name)
      )
    )
  })

  test('excluded ones can be chosen', async () => {
    const prepared = await bench.prepareText('n,k,y\n1,5,1.5\n2,5,2.5\n3,5,4\n', {
      targets: ['y'],
      features: ['n', 'k'],
      split: whole
    })
    expect(features(prepared)).toMatchObject([{ column: 'n' }, { column: 'k', mean: 5, scale: 1 }])
    expect(prepared.summary.warnings).toEqual([
      'The feature "k" is 5 in every training row; the network learns nothing from it.'
    ])
    expect((await readMatrices(prepared.manifestPath)).features.train.map((row) => row[1])).toEqual([0, 0, 0])
  })

  test('a row number is used when there is nothing else', async () => {
    const prepared = await bench.prepareText('x,y\n1,1.5\n2,2.5\n3,4\n', { targets: ['y'], split: whole })
    expect(features(prepared).map((feature) => feature.column)).toEqual(['x'])
    expect(prepared.summary.warnings).toEqual([
      'The feature "x" counts the rows; it is used because no other column can be.'
    ])
  })

  test('numbers can be categories, and codes numbers', async () => {
    const prepared = await bench.prepareText('zip,code,y\n007,10,1\n012,9,2.5\n007,9.0,3\n', {
      targets: ['y'],
      features: ['zip', 'code'],
      columns: { zip: { type: 'numeric' }, code: { type: 'categorical' } },
      scaling: 'none',
      split: whole
    })
    expect(features(prepared)).toMatchObject([{ kind: 'numeric' }, { kind: 'categorical', categories: ['9', '10'] }])
    expect((await readMatrices(prepared.manifestPath)).features.train).toEqual([
      [7, 0, 1],
      [12, 1, 0],
      [7, 1, 0]
    ])
  })

  test('decimal commas are numbers here too', async () => {
    const prepared = await bench.prepareText('a;b\n1,5;0,25\n2,5;1,75\n-1;8\n', {
      targets: ['b'],
      scaling: 'none',
      split: whole
    })
    const found = await readMatrices(prepared.manifestPath)
    expect(found.features.train).toEqual([[1.5], [2.5], [-1]])
    expect(found.targets.train).toEqual([[0.25], [1.75], [8]])
  })

  test('names may be anything', async () => {
    const prepared = await bench.prepareText(`"a ""b""","c'd; --",__proto__,y\n1,x,3,1\n2,y,3.5,2.5\n4,x,5,3\n`, {
      targets: ['y'],
      scaling: 'none',
      split: whole
    })
    expect(prepared.summary.inputNames).toEqual(['a "b"', "c'd; --=x", "c'd; --=y", '__proto__'])
    expect((await readMatrices(prepared.manifestPath)).features.train[1]).toEqual([2, 0, 1, 3.5])
  })

  test('digits: 61 living pixels, ten classes', async () => {
    const prepared = await bench.prepare(join(examples, 'digits.csv'), { targets: ['digit'], scaling: 'minMax' })
    expect(prepared.manifest).toMatchObject({
      inputs: 61,
      outputs: 10,
      rows: { train: 1438, validation: 359, test: 0 }
    })
    expect(prepared.summary.outputNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    const found = await readMatrices(prepared.manifestPath)
    for (const row of found.targets.train) expect(row.reduce((sum, value) => sum + value, 0)).toBe(1)
    expect(Math.max(...found.features.train.flat())).toBe(1)
    expect(Math.min(...found.features.train.flat())).toBe(0)
  })

  test('wine: 13 numbers, standardised', async () => {
    const prepared = await bench.prepare(join(examples, 'wine.csv'), { targets: ['cultivar'] })
    const { train } = (await readMatrices(prepared.manifestPath)).features
    for (let at = 0; at < 13; at++) {
      const column = train.map((row) => row[at] ?? 0)
      const mean = column.reduce((sum, value) => sum + value, 0) / column.length
      expect(mean).toBeCloseTo(0, 6)
      expect(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length).toBeCloseTo(1, 5)
    }
  })
})

describe('a fold of a cross-validation', () => {
  const rows = Array.from({ length: 30 }, (_, index) => [
    index * index,
    `c${index % 9}`,
    index < 4 ? 'rare' : `k${index % 2}`
  ])
  const content = `x,c,t\n${rows.map((cells) => cells.join(',')).join('\n')}\n`
  const prepare = (index: number, count: number): Promise<Prepared> =>
    bench.prepareText(content, { targets: ['t'], features: ['x', 'c'], split: { seed: 4 } }, 'oneHot', { index, count })

  test('is fitted on the rows of the others alone', async () => {
    const classes = { classes: Uint32Array.from(rows, ([, , t]) => ['k0', 'k1', 'rare'].indexOf(String(t))), count: 3 }
    const shares = { validation: 0.2, test: 0, seed: 4, stratify: true }
    const means = new Set<number>()
    for (let index = 0; index < 3; index++) {
      const prepared = await prepare(index, 3)
      const fold = { index, count: 3 }
      const split = splitRows(rows.length, null, classes, shares, 'table.csv', fold)
      const training = rows.filter((_, row) => split.parts[row] === parts.train)
      const values = training.map(([x]) => Number(x))
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const [x, c] = features(prepared)
      if (x?.kind !== 'numeric' || c?.kind !== 'categorical') throw new Error('wrong kinds')
      expect(x.mean).toBeCloseTo(mean, 10)
      expect(c.categories).toEqual([...new Set(training.map(([, name]) => String(name)))].sort())
      means.add(x.mean)
      const found = await readMatrices(prepared.manifestPath)
      const validation = rows.filter((_, row) => split.parts[row] === parts.validation)
      expect(found.features.validation.map(([value]) => (value ?? 0) * x.scale + x.mean)).toEqual(
        validation.map(([value]) => expect.closeTo(Number(value), 3) as number)
      )
      // Classes are those of the whole table: every fold has the same outputs.
      expect(prepared.summary.outputNames).toEqual(['k0', 'k1', 'rare'])
      expect(prepared.summary.warnings.filter((warning) => warning.includes('folds'))).toEqual([])
    }
    expect(means.size).toBe(3)
  })

  test('warns of classes with fewer rows than there are folds', async () => {
    const { warnings } = (await prepare(0, 5)).summary
    expect(warnings).toContain(
      '"rare" of the target "t" has fewer rows than there are folds (5): some folds validate without it.'
    )
  })

  test.each([
    [{ index: 0, count: 1 }, 'at fold.count: cross-validation needs at least 2 folds'],
    [{ index: 3, count: 3 }, 'at fold: the index of a fold must be below the number of folds']
  ])('is refused when it cannot be: %j', async (fold, message) => {
    const error = await failure(bench.prepareText(content, { targets: ['t'] }, 'oneHot', fold))
    expect(error).toMatchObject({ code: 'invalidArgument' })
    expect(error.message).toContain(message)
  })
})
