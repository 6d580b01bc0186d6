import { readdirSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { describe, expect, test } from 'vitest'
import { dataBench } from './harness'
import { parseRfc4180 } from './rfc4180'

const bench = dataBench()

/** https://github.com/maxogden/csv-spectrum: twelve files and what every CSV parser should find in them. */
const corpus = dirname(createRequire(import.meta.url).resolve('csv-spectrum'))
const names = readdirSync(join(corpus, 'csvs')).map((file) => file.replace(/\.csv$/, ''))

/** A file of one row has that row alone. */
const rowSchema = z.record(z.string(), z.string())
const rowsSchema = z.union([z.array(rowSchema), rowSchema.transform((row) => [row])])

/** Where the two files of a pair differ, the CSV file counts. */
const corrections: Readonly<Partial<Record<string, Record<string, string>>>> = {
  location_coordinates: { 'Contact Phone Number': '2095257564' }
}

describe('csv-spectrum', () => {
  test('has twelve files', () => {
    expect(names).toHaveLength(12)
  })

  test.each(names)('%s', async (name) => {
    const path = join(corpus, 'csvs', `${name}.csv`)
    const expected = rowsSchema
      .parse(JSON.parse(await readFile(join(corpus, 'json', `${name}.json`), 'utf8')))
      .map((row) => ({ ...row, ...corrections[name] }))
    const columns = Object.keys(expected[0] ?? {})

    const found = await bench.inspect(path)
    expect(found.columns.map((column) => column.name)).toEqual(columns)
    expect(found.reading).toMatchObject({ rows: expected.length, sound: expected.length, issueCount: 0, issues: [] })
    const { rows } = await bench.rows(path)
    expect(rows.map((cells) => cells.map((cell) => cell ?? ''))).toEqual(expected.map((row) => Object.values(row)))

    const target = join(bench.folder, 'normalized.csv')
    await rm(target, { force: true })
    await bench.client.request('normalize', { path, overrides: {}, target })
    const written = parseRfc4180(await readFile(target, 'utf8'))
    expect(written).toEqual([columns, ...expected.map((row) => Object.values(row))])
    expect(bench.defects).toEqual([])
  })
})
