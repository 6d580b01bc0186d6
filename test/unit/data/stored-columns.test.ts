import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Moments } from '../../../src/data/moments'
import { quantilesOf } from '../../../src/data/order-statistics'
import { kindOf, numberOf, type NumberMarks } from '../../../src/data/reading/cell-kinds'
import type { Storage } from '../../../src/data/reading/csv-plan'
import { NativeScan } from '../../../src/data/reading/native-scan'
import { StoredColumns } from '../../../src/data/stored-columns'
import type { Result } from '../../../src/shared/rpc'
import type { DataWorkerContract } from '../../../src/shared/workers/data'
import { dataBench, type Settings } from './harness'
import { addon, chunksOf } from './scans'

const point: NumberMarks = { decimalMark: '.', thousandsMark: '' }

/** Scan a text in chunks, ahead of their turn, and keep its columns. */
async function stored(
  text: string,
  storage: readonly Storage[],
  { delimiter = ',' as ',' | ';', marks = point, chunk = 1 << 20 } = {}
): Promise<StoredColumns> {
  if (addon === null) throw new Error('There is no native table reader.')
  const dialect = { delimiter, quote: '"', header: false } as const
  const scan = new NativeScan(addon, dialect, storage.length, { byte: 0, line: 1 }, { marks, storage })
  let byte = 0
  for (const part of chunksOf(Buffer.from(text), chunk)) {
    scan.take(part, await scan.ahead(part, byte))
    byte += part.length
  }
  const { columns } = scan.end()
  if (columns === null) throw new Error('Nothing was kept.')
  return new StoredColumns(
    columns,
    storage.map((kind, index) => ({ id: `c${index}`, index, storage: kind })),
    true
  )
}

function numbersOf(columns: StoredColumns, id: string, count: number): number[] {
  const values = new Float64Array(count)
  columns.read({ id }, 0, values, count)
  return [...values]
}

const numberCell = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer().map(String),
  fc.tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.nat(9_999_999)).map(([a, b]) => `${a}.${b}`),
  fc.constantFrom('0.1234567890123456789', '123456789.123456789', '-0', '+1.50', ' 7 ', '"8.25"', '5.', '.5', '1e400'),
  fc.constantFrom('', 'NA', ' - ', '"null"', '1e-400', '-1E+5', '2.2250738585072011e-308')
)
const bare = (cell: string): string => cell.replace(/^"(.*)"$/, '$1')

describe.skipIf(addon === null)('columns kept while a file is scanned', () => {
  test('hold the nearest float64 of every number, however the file is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(numberCell, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 60 }),
        fc.boolean(),
        async (found, chunk, comma) => {
          // Digits too many to tell apart are no numbers but codes.
          const cells = found.filter((cell) => kindOf(bare(cell)) !== 'code')
          fc.pre(cells.length > 0)
          const expected = cells.map((cell) =>
            kindOf(bare(cell)) === 'missing' ? Number.NaN : numberOf(bare(cell).replace('+', ''))
          )
          const written = comma ? cells.map((cell) => cell.replace('.', ',')) : cells
          const columns = await stored(written.map((cell, row) => `${cell};x${row}\n`).join(''), ['number', 'text'], {
            delimiter: ';',
            chunk,
            marks: comma ? { decimalMark: ',', thousandsMark: '' } : point
          })
          expect(numbersOf(columns, 'c0', cells.length)).toEqual(expected)
        }
      ),
      { numRuns: 300, seed: 20_260 }
    )
  })

  test('hold texts without quotes and the spaces around them', async () => {
    const cells = ['a', ' a\t', '"a"', '"say ""hi"""', '"a,b\nc"', 'NA', '', 'é', '" x "', '12']
    for (let chunk = 1; chunk < 20; chunk++) {
      const columns = await stored(cells.map((cell) => `${cell},1\n`).join(''), ['text', 'number'], { chunk })
      const { values, counts } = columns.texts({ id: 'c0' })
      const texts = numbersOf(columns, 'c0', cells.length).map((code) => values[code] ?? null)
      expect(texts).toEqual(['a', 'a', 'a', 'say "hi"', 'a,b\nc', null, null, 'é', 'x', '12'])
      expect([...counts]).toEqual([3, 1, 1, 1, 1, 1])
    }
  })

  test('are let go where a column is not what it seemed, or a row does not fit', async () => {
    const columns = await stored('1,x\n2,y\nthree,z\n', ['number', 'text'])
    expect(['c0', 'c1'].map((id) => columns.holds({ id }))).toEqual([false, true])
    const many = Array.from({ length: 70_000 }, (_, row) => `${row},name ${row}\n`).join('')
    const names = await stored(many, ['number', 'text'])
    expect(['c0', 'c1'].map((id) => names.holds({ id }))).toEqual([true, false])
    await expect(stored('1,2\n3\n', ['number', 'number'])).rejects.toThrow('Nothing was kept.')
  })

  test('are described as the reference describes them, to the last bit', async () => {
    const values = Array.from({ length: 5000 }, (_, row) =>
      row % 97 === 0 ? '' : String(Math.sin(row) * 10 ** (row % 9))
    )
    const columns = await stored(values.map((cell) => `${cell},1\n`).join(''), ['number', 'number'], { chunk: 9999 })
    const numbers = Float64Array.from(values, (cell) => (cell === '' ? Number.NaN : Number(cell)))
    const moments = new Moments()
    moments.add(numbers, numbers.length)
    const { count, min, max, mean, standardDeviation } = moments
    const survey = await columns.survey({ id: 'c0' }, 50)
    expect(survey).toEqual({
      ...{ count, min, max, mean, standardDeviation },
      ...{ integer: false, countsRows: false, few: null }
    })
    const parts = Uint8Array.from(numbers, (_, row) => (row % 5 === 0 ? 255 : row % 3))
    const ofPart = new Moments()
    const part = numbers.filter((_, row) => parts[row] === 1)
    ofPart.add(part, part.length)
    expect(await columns.moments({ id: 'c0' }, parts, 1, 255)).toMatchObject({
      ...{ count: ofPart.count, mean: ofPart.mean, standardDeviation: ofPart.standardDeviation },
      missing: numbers.filter((value, row) => Number.isNaN(value) && parts[row] !== 255).length
    })
    const shape = await columns.shape({ id: 'c0' }, { min, max, bins: 20, farOut: 20, countedDistinct: 100_000 })
    const present = numbers.filter((value) => !Number.isNaN(value))
    expect(shape).toMatchObject({
      median: quantilesOf(present, [0.5])[0],
      distinct: new Set(present).size,
      distinctExact: true
    })
    expect(shape.histogram.reduce((sum, bin) => sum + bin, 0)).toBe(present.length)
    const estimated = await columns.shape({ id: 'c0' }, { min, max, bins: 20, farOut: 20, countedDistinct: 1000 })
    expect(estimated.distinctExact).toBe(false)
    expect(await columns.seemsRepeated([{ id: 'c1' }])).toBe(true)
    expect(await columns.seemsRepeated([{ id: 'c0' }])).toBe(true)
  })

  test('are written into a matrix, and tell what is no number of float32 then', async () => {
    const cells = Array.from({ length: 700 }, (_, row) => (row % 10 === 3 ? '' : `${row}.25`))
    const text = cells.map((cell, row) => `${cell},${row === 600 ? '1e39' : row}\n`).join('')
    const columns = await stored(text, ['number', 'number'], { chunk: 999 })
    const encode = columns.encoder([
      { column: { id: 'c0' }, mean: 3, scale: 2, standIn: 7, at: 2 },
      { column: { id: 'c1' }, mean: 0, scale: 1, standIn: Number.NaN, at: 0 }
    ])
    const [from, count] = [5, 690]
    const places = Int32Array.from({ length: count }, (_, i) => (i % 7 === 6 ? -1 : count - 1 - i))
    const into = new Float32Array(count * 3)
    expect(await encode(from, places, count, into, 3)).toEqual([1])
    const expected = new Float32Array(count * 3)
    for (const [i, place] of places.entries()) {
      const row = from + i
      if (place < 0) continue
      const cell = cells[row] ?? ''
      expected[place * 3 + 2] = ((cell === '' ? 7 : Number(cell)) - 3) / 2
      expected[place * 3] = row === 600 ? Infinity : row
    }
    expect(into).toEqual(expected)
    const nothing = columns.encoder([{ column: { id: 'c0' }, mean: 0, scale: 1, standIn: Number.NaN, at: 0 }])
    expect(await nothing(0, new Int32Array(4), 4, new Float32Array(1), 1)).toEqual([0])
    expect(() => encode(11, places, 690, into, 3)).toThrow('There are no such rows.')
  })
})

const bench = dataBench()
afterEach(() => vi.unstubAllEnvs())

const padding = 'p'.repeat(160)

/** Large enough to be kept, with something of everything. */
function table(): string {
  const rows = Array.from({ length: 18_000 }, (_, row) => {
    const noise = Math.sin(row * 12.9898) * 43_758.5453
    const x = noise - Math.floor(noise)
    const cells = [
      ...[row, (x * 100 - 50).toFixed(6), row % 11 === 0 ? 'NA' : (x * 3).toFixed(3), Math.floor(x * 7)],
      ...[['red', '"light, green"', ' blue ', ''][row % 4], `person ${row}`, row % 2 === 0 ? 'yes' : 'no'],
      ...[
        `2024-0${1 + (row % 9)}-1${row % 7}`,
        ...[`${1 + (row % 12)}.0${1 + (row % 9)}.1999 0${row % 10}:30`, `${1 + (row % 12)}/${1 + (row % 11)}/2024`],
        row === 4000 ? 1e9 : x * x,
        x > 0.7 ? 'c' : x > 0.3 ? 'b' : 'a',
        x * 9e15,
        padding
      ]
    ]
    return cells.join(',')
  })
  return `id,x,gaps,few,colour,name,answer,day,points,either,far,label,large,padding\n${rows.join('\n')}\n`
}

describe.skipIf(addon === null)('a table in memory', () => {
  test('is profiled, related and prepared as one in the database is, byte for byte', async () => {
    const path = await bench.file('table.csv', table())
    const other = await bench.file('other/table.csv', table())
    const outcome = async (file: string, name: string): Promise<unknown[]> => {
      const { distinctOf, ...summary } = await inspected(file)
      const relations = await bench.client.request('relations', {
        ...{ path: file, overrides: {}, targets: ['label'], columns: {} }
      })
      const prepared: unknown[] = []
      const settings: readonly Settings[] = [
        { targets: ['label'], features: ['x', 'gaps', 'few', 'colour', 'answer', 'far'], missing: 'mean' },
        { targets: ['label'], features: ['x', 'gaps', 'colour'], missing: 'dropRow', scaling: 'robust' },
        { targets: ['x'], features: ['few', 'large', 'day'], columns: { few: { type: 'categorical' } } }
      ]
      for (const some of settings) {
        const { manifest, manifestPath, summary: said } = await bench.prepare(file, some, 'oneHot', reading(name))
        const matrices = ['features', 'targets'].map((part) => join(dirname(manifestPath), `${part}.f32`))
        const bytes = await Promise.all(matrices.map((matrix) => readFile(matrix, 'base64')))
        prepared.push({ ...manifest, id: null }, { ...said, id: null }, bytes)
      }
      return [summary, distinctOf, rounded(relations), ...prepared]
    }
    const survey = vi.spyOn(StoredColumns.prototype, 'survey')
    const inMemory = await outcome(path, 'a')
    expect(survey).toHaveBeenCalled()
    vi.stubEnv('LAMINA_TABLES', 'reference')
    survey.mockClear()
    const inDatabase = await outcome(other, 'b')
    expect(survey).not.toHaveBeenCalled()
    expect(inMemory).toEqual(inDatabase)
    expect(bench.defects).toEqual([])
  })
})

/** Different for the two tables, so that neither finds the other's prepared dataset. */
const reading = (name: string): { missingWords: string[] } | object => (name === 'a' ? {} : { delimiter: ',' })

/** The database sums in the order its threads come in. */
function rounded({ targets, warnings }: Result<DataWorkerContract, 'relations'>): unknown {
  const values = targets.map(({ relations, ...target }) => ({
    ...target,
    relations: relations.map((one) => ({ ...one, value: one.value === null ? null : Number(one.value.toFixed(9)) }))
  }))
  return { targets: values, warnings }
}

/** A summary, and apart from it the numbers of different values, which may be estimates. */
async function inspected(path: string): Promise<{ distinctOf: unknown[]; columns: unknown[] }> {
  const { columns, ...summary } = await bench.inspect(path)
  return {
    ...summary,
    columns: columns.map(({ distinct: _, ...column }) => column),
    distinctOf: columns.map(({ distinct, distinctExact }) => (distinctExact ? distinct : null))
  }
}
