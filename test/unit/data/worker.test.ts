import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Port } from '../../../src/shared/port'
import { datasetSettingsSchema } from '../../../src/shared/design/schema'
import { tableStages, type TableProgress } from '../../../src/shared/table/progress'
import { createClient } from '../../../src/shared/rpc'
import { dataWorkerContract } from '../../../src/shared/workers/data'
import { DataBench, dataBench, examples, failure } from './harness'

const iris = join(examples, 'iris.csv')

describe('the data worker', () => {
  const bench = dataBench()

  test('answers what is asked at once one after the other', async () => {
    const wine = join(examples, 'wine.csv')
    const [first, second, third, fourth] = await Promise.all([
      bench.inspect(iris),
      bench.inspect(wine),
      bench.prepare(iris, { targets: ['species'] }),
      bench.rows(wine, 0, 1)
    ])
    expect([first.rows, second.rows, third.manifest.dataset.name, fourth.rows[0]?.[13]]).toEqual([
      150,
      178,
      'iris.csv',
      'class_0'
    ])
  })

  test('tells how far it is, stage by stage', async () => {
    const seen: TableProgress[] = []
    const stop = bench.client.on('progress', (event) => seen.push(event))
    const path = await bench.file('progress.csv', `a,b\n${'1.5,x\n2.5,y\n'.repeat(100_000)}`)
    await bench.prepare(path, { targets: ['b'] })
    stop()
    expect([...new Set(seen.map((event) => event.stage))]).toEqual(['reading', 'profiling', 'preparing'])
    for (const { fraction } of seen) {
      expect(fraction).toBeGreaterThanOrEqual(0)
      expect(fraction).toBeLessThanOrEqual(1)
    }
    expect(seen.find(({ stage }) => stage === 'profiling')?.rows).toBe(200_000)
  })

  test('stops when a request is given up, wherever it is, and keeps nothing of it', async () => {
    const gaps =
      'a,b,c\n' + Array.from({ length: 400_000 }, (_, row) => `${row * 1.5},x${row % 1000},${row % 7}`).join('\n')
    const path = await bench.file('given-up.csv', gaps)
    const scratch = join(bench.folder, 'scratch')
    const request = { path, overrides: {}, settings: datasetSettingsSchema.parse({ targets: ['c'] }) }
    for (const stage of tableStages) {
      const controller = new AbortController()
      const stop = bench.client.on('progress', (event) => {
        if (event.stage === stage) controller.abort()
      })
      const options = { signal: controller.signal }
      const params = { ...request, categoricalEncoding: 'oneHot' as const, cacheFolder: join(bench.folder, 'given-up') }
      expect((await failure(bench.client.request('prepare', params, options))).code).toBe('cancelled')
      stop()
      // Answered only when the one before it has stopped.
      expect((await bench.inspect(iris)).rows).toBe(150)
    }
    expect(await readdir(join(bench.folder, 'given-up'))).toEqual([])
    const [folder = ''] = await readdir(scratch)
    expect(await readdir(join(scratch, folder))).toEqual([])
    expect((await bench.prepare(path, { targets: ['c'] })).manifest.dataset.rows).toBe(400_000)
    expect(bench.defects).toEqual([])
  })

  test('does not begin what was given up while it waited', async () => {
    const controller = new AbortController()
    const first = bench.inspect(iris)
    const waiting = failure(
      bench.client.request('inspect', { path: '/nowhere.csv', overrides: {} }, { signal: controller.signal })
    )
    controller.abort()
    expect((await waiting).code).toBe('cancelled')
    expect((await first).rows).toBe(150)
  })

  test('goes on after an error in the middle of the rows', async () => {
    const rows = Array.from({ length: 50_000 }, (_, index) =>
      index === 30_000 ? '1e39,1' : `${index % 7},${index % 3}.5`
    )
    const path = await bench.file('middle.csv', `x,y\n${rows.join('\n')}\n`)
    const error = await failure(bench.prepare(path, { targets: ['y'], scaling: 'none' }))
    expect(error.details).toMatchObject({ row: 30_001, column: 'x' })
    expect((await bench.prepare(path, { targets: ['y'] })).manifest.dataset.rows).toBe(50_000)
    expect(bench.defects).toEqual([])
  })

  test('keeps re-encoded files only as long as their table', async () => {
    const scratch = join(bench.folder, 'scratch')
    const copies = async (): Promise<string[]> => {
      const [folder] = await readdir(scratch)
      return folder === undefined ? [] : (await readdir(join(scratch, folder))).filter((name) => name.endsWith('.csv'))
    }
    await bench.inspectText(Buffer.from('a,b\r\n1,\xe9\n2,x\r\n', 'latin1'))
    expect(await copies()).toHaveLength(1)
    await bench.inspect(iris)
    expect(await copies()).toEqual([])
    await failure(bench.inspectText(Buffer.from('a,b\n1,\xe9\n2\n', 'latin1'), { malformed: 'stop' }))
    expect(await copies()).toEqual([])
  })

  test('tidies up when the port closes', async () => {
    const other = new DataBench()
    await other.inspect(iris)
    const scratch = join(other.folder, 'scratch')
    expect(await readdir(scratch)).toHaveLength(1)
    const pending = failure(other.inspect(join(examples, 'digits.csv')))
    await other.stop()
    expect((await pending).code).toBe('disconnected')
    expect(existsSync(scratch)).toBe(false)
  })
})

describe('the data worker as a process', () => {
  const entry = resolve(import.meta.dirname, '../../../out/main/data-worker.js')
  const portOf = (child: ChildProcess): Port => ({
    post: (message) => void child.send(message as object),
    onMessage: (listener) => void child.on('message', listener),
    onClose: (listener) => void child.on('exit', listener),
    close: () => child.disconnect()
  })
  const start = (...execArgv: string[]): { child: ChildProcess; stderr: () => string } => {
    const child = fork(entry, { execArgv, serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let text = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    return { child, stderr: () => text }
  }

  test('answers, and ends when it is hung up on', async () => {
    const { child, stderr } = start()
    const client = createClient(dataWorkerContract, portOf(child), (error) => expect.fail(error.message))
    expect((await client.request('inspect', { path: iris, overrides: {} })).rows).toBe(150)
    client.close()
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    expect([code, signal, stderr()]).toEqual([0, null, ''])
  })

  test('ends at once when it is hung up on in the middle of its work', async () => {
    const { child } = start()
    const client = createClient(dataWorkerContract, portOf(child), (error) => expect.fail(error.message))
    const pending = failure(client.request('inspect', { path: join(examples, 'digits.csv'), overrides: {} }))
    client.close()
    expect((await pending).code).toBe('disconnected')
  })

  test('does not live on after a rejection nobody handled', async () => {
    // Listens from when the worker does: a message that came earlier would be lost to it.
    const preload = `process.on('newListener', function listen(name) {
      if (name !== 'message') return
      process.off('newListener', listen)
      process.on('message', (message) => { if (message === 'stumble') Promise.reject(new Error('lost its footing')) })
    })`
    const { child, stderr } = start('--import', `data:text/javascript,${encodeURIComponent(preload)}`)
    const client = createClient(dataWorkerContract, portOf(child), (error) => expect.fail(error.message))
    await client.request('inspect', { path: iris, overrides: {} })
    child.send('stumble')
    const [code] = (await once(child, 'exit')) as [number | null]
    expect(code).toBe(1)
    expect(stderr()).toContain('data worker: Error: lost its footing')
  })
})
