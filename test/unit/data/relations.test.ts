import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DatasetSettings } from '../../../src/shared/design/schema'
import type { Relations } from '../../../src/shared/table/relations'
import { correlationRatio, cramersV } from '../../../src/data/profile/measures'
import { dataBench, examples, failure } from './harness'

const bench = dataBench()

function relationsIn(path: string, targets: string[], columns: DatasetSettings['columns'] = {}): Promise<Relations> {
  return bench.client.request('relations', { path, overrides: {}, targets, columns })
}
async function relations(
  content: string,
  targets: string[],
  columns: DatasetSettings['columns'] = {}
): Promise<Relations> {
  return relationsIn(await bench.file('table.csv', content), targets, columns)
}
/** The values by column, of one target. */
function valuesOf({ targets }: Relations, target = 0): Record<string, number | null> {
  return Object.fromEntries((targets[target]?.relations ?? []).map(({ column, value }) => [column, value]))
}
function table(header: string, rows: number, row: (index: number) => readonly (string | number)[]): string {
  return `${header}\n${Array.from({ length: rows }, (_, index) => `${row(index).join(',')}\n`).join('')}`
}
const pick = (values: readonly string[], index: number): string => values[index % values.length] ?? ''

/** Three columns of categories and two of numbers; the figures below are NumPy's and SciPy's for the same formulas. */
const kindOf = (i: number): number => (i * i + Math.floor(i / 7)) % 3
const mixed = (gap: (index: number) => boolean = () => false): string =>
  table('kind,colour,other,x,y', 240, (i) => {
    const x = ((i * 37) % 101) / 4
    return [
      pick(['a', 'b', 'c'], kindOf(i)),
      pick(['red', 'green', 'blue', 'grey'], kindOf(i) + (i % 5 > 2 ? 1 : 0)),
      pick(['u', 'v', 'w', 'x', 'y'], i * 7 + Math.floor(i / 11)),
      gap(i) ? '' : x,
      2 * x + ((i * 53) % 89) / 3 + 5 * kindOf(i)
    ]
  })

describe('relations, against SciPy', () => {
  test('iris: the correlation ratio with classes, Pearson with numbers', async () => {
    const found = await relationsIn(join(examples, 'iris.csv'), ['species', 'petal_width'])
    expect(found.warnings).toEqual([])
    expect(found.targets.map(({ target, type, classes }) => [target, type, classes])).toEqual([
      [
        'species',
        'categorical',
        { distinct: 3, top: ['setosa', 'versicolor', 'virginica'].map((value) => ({ value, count: 50 })) }
      ],
      ['petal_width', 'numeric', null]
    ])
    const [species, width] = [valuesOf(found), valuesOf(found, 1)]
    expect(species['sepal_length']).toBeCloseTo(0.7865784962344735, 12)
    expect(species['sepal_width']).toBeCloseTo(0.6330741244722731, 12)
    expect(species['petal_length']).toBeCloseTo(0.9702431236846608, 12)
    expect(species['petal_width']).toBeCloseTo(0.9637857283137229, 12)
    expect(width['sepal_length']).toBeCloseTo(0.8179411262715756, 12)
    expect(width['sepal_width']).toBeCloseTo(-0.366125932536439, 12)
    expect(width['petal_length']).toBeCloseTo(0.9628654314027961, 12)
    expect(width['species']).toBeCloseTo(0.9637857283137229, 12)
  })

  test('categories and numbers together', async () => {
    const found = await relations(mixed(), ['kind', 'y'])
    const [kind, y] = [valuesOf(found), valuesOf(found, 1)]
    expect(found.targets[0]?.relations.map(({ measure }) => measure)).toEqual([
      'cramersV',
      'cramersV',
      'correlationRatio',
      'correlationRatio'
    ])
    expect(kind['colour']).toBeCloseTo(0.7175794578416634, 12)
    expect(kind['other']).toBe(0)
    expect(kind['x']).toBeCloseTo(0.03582598253159555, 12)
    expect(kind['y']).toBeCloseTo(0.29487745215751443, 12)
    expect(y['x']).toBeCloseTo(0.8286160051307342, 12)
    expect(y['colour']).toBeCloseTo(0.25203557663855186, 12)
    expect(y['other']).toBeCloseTo(0.02819839383608728, 12)
  })

  test('rows with a gap in either column do not count', async () => {
    const found = await relations(
      mixed((i) => i % 9 === 4),
      ['y', 'kind']
    )
    expect(valuesOf(found)['x']).toBeCloseTo(0.824924714075375, 12)
    expect(valuesOf(found, 1)['x']).toBeCloseTo(0.07100863209324079, 12)
  })

  test('types a person chose: numbers as categories, and codes in text as numbers', async () => {
    const content = table('code,text,y', 60, (i) => [i % 3, i === 7 ? 'none' : `0${i % 7}`, (i % 3) * (i % 3) + 1])
    const asCategories = await relations(content, ['y'], {
      code: { type: 'categorical' },
      text: { type: 'numeric' },
      y: { type: 'categorical' }
    })
    expect(asCategories.targets[0]?.relations.map(({ column, measure }) => [column, measure])).toEqual([
      ['code', 'cramersV'],
      ['text', 'correlationRatio']
    ])
    expect(valuesOf(asCategories)['code']).toBeCloseTo(1, 12)
    const asNumbers = await relations(content, ['y'], { text: { type: 'numeric' }, y: { type: 'numeric' } })
    // numpy.corrcoef over the 59 rows whose text is a number, and over all 60.
    expect(valuesOf(asNumbers)['text']).toBeCloseTo(-0.029994631154895264, 12)
    expect(valuesOf(asNumbers)['code']).toBeCloseTo(0.960768922830523, 12)
  })
})

describe('no relation to speak of', () => {
  test('for names of rows, constants and empty columns', async () => {
    const found = await relations(
      table('name,same,nothing,y', 60, (i) => [`n${i}`, 'x', '', i % 2 === 0 ? 'no' : 'yes']),
      ['y']
    )
    expect(valuesOf(found)).toEqual({ name: null, same: null, nothing: null })
  })

  test('for a target that never changes, or names the rows', async () => {
    const content = table('a,same,name', 60, (i) => [(i * 7) % 11, 3, `n${i}`])
    const found = await relations(content, ['same', 'name'])
    expect(valuesOf(found)).toEqual({ a: null, name: null })
    expect(valuesOf(found, 1)).toEqual({ a: null, same: null })
    expect(found.warnings).toEqual([])
  })

  test('in the formulas', () => {
    expect(correlationRatio([{ count: 3, mean: 1, variance: 2 }])).toBeNull()
    expect(
      correlationRatio([
        { count: 3, mean: 1, variance: 0 },
        { count: 2, mean: 1, variance: 0 }
      ])
    ).toBeNull()
    expect(cramersV({ count: 9, rows: 1, columns: 3, phiSquared: 0 })).toBeNull()
    // Every row a category of its own: φ² is at its largest by necessity.
    expect(cramersV({ count: 5, rows: 5, columns: 5, phiSquared: 4 })).toBeNull()
  })

  test('a target the table does not have is refused', async () => {
    const error = await failure(relations('a,b\n1,2\n3,4\n', ['c']))
    expect(error).toMatchObject({ code: 'invalidDesign', details: { column: 'c' } })
    expect(error.message).toContain('has no column "c"')
  })
})

describe('leakage', () => {
  const leaks = ({ warnings }: Relations): unknown[] =>
    warnings.flatMap((warning) => (warning.kind === 'leakage' ? [[warning.how, warning.target, warning.columns]] : []))
  const yes = (i: number): boolean => (i * i) % 7 < 3

  test('columns that equal the target, determine its class, or are almost the same', async () => {
    const found = await relations(
      table('answer,code,grade,noise,length,y', 70, (i) => [
        yes(i) ? 'yes' : 'no',
        yes(i) ? pick(['A', 'B'], i) : 'C',
        yes(i) ? 1 + (i % 2) * 2 : 2,
        (i * 31) % 17,
        yes(i) ? 100 + (i % 3) / 100 : 10,
        yes(i) ? 'yes' : 'no'
      ]),
      ['y']
    )
    expect(leaks(found)).toEqual([
      ['equals', 'y', ['answer']],
      // `grade` is 2 for one class, and 1 or 3 for the other: no difference of means shows that.
      ['determines', 'y', ['code', 'grade', 'length']]
    ])
    expect(valuesOf(found)['grade']).toBeLessThan(0.1)
    expect(found.warnings[0]).toMatchObject({ message: '"answer" equals the target "y" in every row.' })
    expect(found.warnings[0]?.advice).toContain('Leave it out then.')
  })

  test('numbers that follow from a numeric target', async () => {
    const content = table('fahrenheit,other,y', 60, (i) => {
      const celsius = ((i * 17) % 59) / 2
      return [celsius * 1.8 + 32 + (i % 2) / 100, (i * 7) % 13, celsius]
    })
    const found = await relations(content, ['y'])
    expect(leaks(found)).toEqual([['related', 'y', ['fahrenheit']]])
    expect(found.warnings[0]?.message).toBe('Related almost perfectly to the target "y": "fahrenheit" (r = 1.0000).')
  })

  test('is not seen where chance explains it, in other targets, or in what is left out anyway', async () => {
    const few = await relations('a,y\n1,2\n3,4\n2,3\n', ['y'])
    expect(valuesOf(few)['a']).toBeCloseTo(1, 12)
    const groups = await relations(
      table('group,y', 90, (i) => [`g${i % 45}`, i % 45 < 20 ? 'no' : 'yes']),
      ['y']
    )
    const twins = table('a,b,x', 40, (i) => [i % 2, 1 - (i % 2), (i * 7) % 5])
    const both = await relations(twins, ['a', 'b'])
    const counted = await relations(
      table('row,y', 60, (i) => [i, 2 * i]),
      ['y']
    )
    expect(valuesOf(counted)['row']).toBeCloseTo(1, 12)
    expect([few, groups, both, counted].flatMap(leaks)).toEqual([])
    expect(leaks(await relations(twins, ['a']))).toEqual([['determines', 'a', ['b']]])
  })

  test('a class far down the table is looked for as well', async () => {
    const row = (i: number): (string | number)[] => [i % 4, i % 4 < 2 ? 'no' : 'yes', (i * 31) % 97]
    const content = table('code,y,x', 12_000, row)
    expect(leaks(await relations(content, ['y']))).toEqual([['determines', 'y', ['code']]])
    expect(leaks(await relations(`${content}0,yes,1\n`, ['y']))).toEqual([])
  })
})

describe('class balance', () => {
  test('counts the classes, the most frequent first', async () => {
    const found = await relations(
      table('x,y', 40, (i) => [(i * 7) % 9, i % 4 === 0 ? 1 : 0]),
      ['y']
    )
    expect(found.targets[0]?.classes).toEqual({
      distinct: 2,
      top: [
        { value: '0', count: 30 },
        { value: '1', count: 10 }
      ]
    })
    expect(found.warnings).toEqual([])
  })

  test.each([
    [110, 0],
    [111, 1]
  ])('%d rows beside 11 − 1: more than ten to one is imbalanced', async (many, warnings) => {
    const content = table('x,y', many + 11, (i) => [(i * 7) % 9, i < many ? 'no' : 'yes'])
    const found = await relations(content, ['y'])
    expect(found.warnings).toHaveLength(warnings)
    if (warnings > 0)
      expect(found.warnings[0]).toMatchObject({
        kind: 'imbalance',
        columns: ['y'],
        largest: { value: 'no', count: 111 },
        smallest: { value: 'yes', count: 11 },
        message: 'Classes of the target "y" are imbalanced: 111 rows are "no", 11 are "yes".'
      })
  })

  test('finds the rarest of more classes than are listed', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `c${index}`)
    const rows = names.flatMap((name, index) => Array.from({ length: index === 0 ? 1 : 11 }, () => name))
    const found = await relations(`x,y\n${rows.map((name, index) => `${index % 5},${name}\n`).join('')}`, ['y'])
    expect(found.targets[0]?.classes).toMatchObject({ distinct: 60 })
    expect(found.targets[0]?.classes?.top).toHaveLength(50)
    expect(found.warnings).toMatchObject([{ kind: 'imbalance', smallest: { value: 'c0', count: 1 } }])
  })
})
