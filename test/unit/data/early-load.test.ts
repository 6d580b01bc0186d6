import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { EarlyLoad } from '../../../src/data/reading/early-load'
import { dataBench } from './harness'

/** Larger than what is read without a guess. */
const ROWS = 320_000
const row = (index: number): string => `${index % 977}.${index % 10},${index % 3 === 0 ? 'yes' : 'no'},${index}`
const rows = (count: number): string[] => Array.from({ length: count }, (_, index) => row(index))

const bench = dataBench()

// What the native scan keeps in memory the database need not begin with.
beforeAll(() => void vi.stubEnv('LAMINA_TABLES', 'reference'))
afterAll(() => void vi.unstubAllEnvs())

/** Read a table, and tell whether what was read while the file was still being scanned could be kept. */
async function inspected(lines: readonly string[], lineEnd = '\n'): Promise<{ kept: boolean[]; columns: unknown[] }> {
  const finish = vi.spyOn(EarlyLoad.prototype, 'finish')
  const begin = vi.spyOn(EarlyLoad.prototype, 'begin')
  try {
    const path = await bench.file('large.csv', lines.join(lineEnd) + lineEnd)
    const { rows: count, columns } = await bench.inspect(path)
    expect(begin).toHaveBeenCalledTimes(1)
    expect(count).toBe(lines.length - 1)
    expect(bench.defects).toEqual([])
    const kept = await Promise.all(finish.mock.results.map(({ value }) => value as Promise<boolean>))
    return { kept, columns: columns.map(({ name, type, missing }) => [name, type, missing]) }
  } finally {
    begin.mockRestore()
    finish.mockRestore()
  }
}

const header = 'x,y,z'
const plain = [header, ...rows(ROWS)]
const types = (missing = 0): unknown[] => [
  ['x', 'numeric', missing],
  ['y', 'boolean', 0],
  ['z', 'numeric', 0]
]

describe('a large file is loaded while it is scanned, and that is kept', () => {
  test('when all of it is like its beginning', async () => {
    expect(await inspected(plain)).toEqual({ kept: [true], columns: types() })
  })

  test('with carriage returns', async () => {
    expect(await inspected(plain, '\r\n')).toEqual({ kept: [true], columns: types() })
  })

  test.each(['', 'NA', 'nan', 'NULL', '-'])('when a value is missing at the end, written "%s"', async (word) => {
    expect(await inspected([...plain, `${word},yes,1`])).toEqual({ kept: [true], columns: types(1) })
  })

  test('with decimal commas', async () => {
    const lines = plain.map((line) => line.replaceAll(',', ';').replace('.', ','))
    expect(await inspected(lines)).toEqual({ kept: [true], columns: types() })
  })
})

describe('it is read again for certain, and right,', () => {
  test.each([
    ['a missing value is written in an unusual way', 'nAn,yes,1', ['x', 'numeric', 1]],
    ['a missing value has spaces around it', ' NA ,yes,1', ['x', 'numeric', 1]],
    ['a code stands among the numbers', '007,yes,1', ['x', 'categorical', 0]],
    ['a number is too large for any', '1e200,yes,1', ['x', 'categorical', 0]]
  ])('when %s', async (_, last, expected) => {
    const { columns } = await inspected([...plain, last])
    expect(columns[0]).toEqual(expected)
  })

  test.each([
    ['a row has a cell too many', '1,yes,1,4'],
    ['a quoted cell spans lines', '1,"yes\nno",1'],
    ['a quote is padded', '1, "yes",1']
  ])('when %s', async (_, last) => {
    const { kept } = await inspected([...plain, last])
    expect(kept).not.toContain(true)
  })

  test('when another line end follows', async () => {
    const path = await bench.file('mixed.csv', `${plain.join('\n')}\n1,yes,1\r\n`)
    expect((await bench.inspect(path)).rows).toBe(ROWS + 1)
  })
})
