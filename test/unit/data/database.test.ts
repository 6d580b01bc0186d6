import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Database } from '../../../src/data/database'
import { Scratch } from '../../../src/data/scratch'

/** Takes hours. */
const ENDLESS = 'SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b'

const root = mkdtempSync(join(tmpdir(), 'lamina-test-'))
const scratch = new Scratch(root)
let database: Database
beforeAll(() => void (database = new Database(scratch)))
afterAll(async () => {
  await database.dispose()
  rmSync(root, { recursive: true })
})

/** Turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

describe('a statement that is not wanted any more', () => {
  test.each([0, 1, 10, 100, 1000])('ends when that is said %i turns after it was asked for', async (delay) => {
    const stop = new AbortController()
    database.stopOn(stop.signal)
    const running = expect(database.run(ENDLESS)).rejects.toMatchObject({ code: 'cancelled' })
    await turns(delay)
    stop.abort()
    await running
    database.stopOn(new AbortController().signal)
    expect(await database.rows('SELECT 1')).toEqual([[1]])
  })

  test('ends alone when it alone is abandoned', async () => {
    database.stopOn(new AbortController().signal)
    const abandoned = new AbortController()
    const running = expect(database.runWithProgress(ENDLESS, () => undefined, abandoned.signal)).rejects.toMatchObject({
      code: 'cancelled'
    })
    const next = database.rows('SELECT 2')
    await turns(10)
    abandoned.abort()
    await running
    expect(await next).toEqual([[2]])
  })
})

describe('a database', () => {
  test.each([0, 10, 100])('opens though work stops %i turns after that began', async (delay) => {
    const young = new Database(scratch)
    const stop = new AbortController()
    young.stopOn(stop.signal)
    const first = expect(young.run(ENDLESS)).rejects.toMatchObject({ code: 'cancelled' })
    await turns(delay)
    stop.abort()
    await first
    young.stopOn(new AbortController().signal)
    expect(await young.rows('SELECT 3')).toEqual([[3]])
    await young.dispose()
  })

  test('is opened at the next request when it could not be at the first', async () => {
    const create = vi.spyOn(DuckDBInstance, 'create').mockRejectedValueOnce(new Error('no memory'))
    const young = new Database(scratch)
    await expect(young.run('SELECT 1')).rejects.toThrow('no memory')
    expect(await young.rows('SELECT 4')).toEqual([[4]])
    expect(create).toHaveBeenCalledTimes(2)
    await young.dispose()
    create.mockRestore()
  })
})
