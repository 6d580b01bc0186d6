import { mkdir, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { PreparedCache } from '../../../src/data/prepare/cache'
import type { PreparedSummary } from '../../../src/shared/dataset'
import type { PreparedManifest } from '../../../src/shared/prepared'
import { DataBench, dataBench, examples, failure, type Settings } from './harness'

const bench = dataBench()
afterAll(async () => {
  expect(bench.defects).toEqual([])
})

const iris = join(examples, 'iris.csv')

describe('a prepared dataset', () => {
  beforeEach(() => rm(bench.cacheFolder, { recursive: true, force: true }))

  test('is found again, by this worker and by the next', async () => {
    const first = await bench.prepare(iris, { targets: ['species'] })
    expect(first.cached).toBe(false)
    expect(first.manifestPath).toBe(join(bench.cacheFolder, first.manifest.id, 'manifest.json'))
    const second = await bench.prepare(iris, { targets: ['species'] })
    expect(second).toEqual({ ...first, cached: true })
    const other = new DataBench()
    try {
      const params = {
        path: iris,
        overrides: {},
        categoricalEncoding: 'oneHot',
        cacheFolder: bench.cacheFolder
      } as const
      const settings = {
        targets: ['species'],
        features: 'auto',
        columns: {},
        scaling: 'standard',
        missing: 'error',
        maxCategories: 100
      } as const
      const split = { validation: 0.2, test: 0, seed: 0, stratify: true }
      const found = await other.client.request('prepare', {
        ...params,
        settings: { ...settings, targets: ['species'], split }
      })
      expect(found).toEqual({ ...first, cached: true })
    } finally {
      await other.stop()
    }
  })

  test('is another one for other settings, and for another file', async () => {
    const variants: Settings[] = [
      {},
      { scaling: 'minMax' },
      { scaling: 'robust' },
      { missing: 'mean' },
      { maxCategories: 2 },
      { split: { seed: 5 } },
      { split: { validation: 0.3 } },
      { split: { test: 0.1 } },
      { split: { stratify: false } },
      { features: ['petal_width', 'petal_length'] },
      { features: ['petal_length', 'petal_width'] },
      { columns: { petal_width: { type: 'categorical' } } }
    ]
    const ids = new Set<string>()
    for (const variant of variants)
      ids.add((await bench.prepare(iris, { targets: ['species'], ...variant })).manifest.id)
    ids.add((await bench.prepare(iris, { targets: ['species'] }, 'binary')).manifest.id)
    ids.add((await bench.prepare(iris, { targets: ['species'] }, 'oneHot', { quote: '' })).manifest.id)
    ids.add(
      (
        await bench.prepare(await bench.file('iris.csv', `${await readFile(iris, 'utf8')}5,3,1,1,setosa\n`), {
          targets: ['species']
        })
      ).manifest.id
    )
    for (const fold of [
      { index: 0, count: 5 },
      { index: 1, count: 5 },
      { index: 0, count: 6 }
    ]) {
      ids.add((await bench.prepare(iris, { targets: ['species'] }, 'oneHot', {}, fold)).manifest.id)
    }
    expect(ids.size).toBe(variants.length + 6)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{64}$/)
  })

  test('does not depend on where the file lies, or on its time', async () => {
    const first = await bench.prepare(iris, { targets: ['species'] })
    const copy = await bench.file('elsewhere/iris.csv', await readFile(iris))
    await utimes(copy, 0, 0)
    expect(await bench.prepare(copy, { targets: ['species'] })).toMatchObject({
      cached: true,
      manifest: { id: first.manifest.id }
    })
  })

  test('is made anew when the file was changed behind it', async () => {
    const path = await bench.file('changing.csv', 'x,y\n1,1\n3,2.5\n2,4\n')
    const first = await bench.prepare(path, { targets: ['y'], split: { validation: 0 } })
    await bench.file('changing.csv', 'x,y\n1,1\n3,2.5\n2,5\n')
    const second = await bench.prepare(path, { targets: ['y'], split: { validation: 0 } })
    expect(second.cached).toBe(false)
    expect(second.manifest.dataset.sha256).not.toBe(first.manifest.dataset.sha256)
  })

  const damages: [string, (folder: string) => Promise<void>][] = [
    ['features cut short', (folder) => truncate(join(folder, 'features.f32'), 100)],
    ['targets gone', (folder) => rm(join(folder, 'targets.f32'))],
    ['a manifest that is no JSON', (folder) => writeFile(join(folder, 'manifest.json'), '{')],
    [
      'a manifest of another version',
      async (folder) => {
        const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Record<string, unknown>
        await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, version: 2 }))
      }
    ],
    ['no summary', (folder) => rm(join(folder, 'summary.json'))],
    [
      'nothing in it',
      async (folder) => {
        await rm(folder, { recursive: true })
        await mkdir(folder)
      }
    ],
    [
      'a file in its place',
      async (folder) => {
        await rm(folder, { recursive: true })
        await writeFile(folder, '')
      }
    ]
  ]
  test.each(damages)('is made anew when it is damaged: %s', async (_name, damage) => {
    const first = await bench.prepare(iris, { targets: ['species'] })
    const before = await readFile(join(dirname(first.manifestPath), 'features.f32'))
    await damage(dirname(first.manifestPath))
    const second = await bench.prepare(iris, { targets: ['species'] })
    expect(second).toEqual({ ...first, cached: false })
    expect((await readFile(join(dirname(second.manifestPath), 'features.f32'))).equals(before)).toBe(true)
    expect(await readdir(bench.cacheFolder)).toEqual([first.manifest.id])
  })

  test('leaves nothing behind when it cannot be made', async () => {
    await failure(bench.prepareText('x,y\n1,1\n', { targets: ['z'] }))
    await failure(
      bench.prepareText('x,y\n1e39,1\n2,2.5\n', { targets: ['y'], scaling: 'none', split: { validation: 0 } })
    )
    expect(await readdir(bench.cacheFolder)).toEqual([])
  })

  test('says so when the disk refuses', async () => {
    await writeFile(bench.cacheFolder, '')
    const error = await failure(bench.prepare(iris, { targets: ['species'] }))
    await rm(bench.cacheFolder)
    expect(error.code).toBe('writeFailed')
    expect(error.message).toMatch(
      /^The prepared data could not be written to ".*cache": .* Check that this folder may be written to\.$/
    )
  })
})

describe('the cache', () => {
  const folder = (): string => join(bench.folder, 'small-cache')
  const id = (index: number): string => index.toString(16).padStart(64, '0')
  const build =
    (index: number, rows: number) =>
    async (into: string): Promise<{ manifest: PreparedManifest; summary: PreparedSummary }> => {
      await writeFile(join(into, 'features.f32'), new Uint8Array(rows * 4))
      await writeFile(join(into, 'targets.f32'), new Uint8Array(rows * 4))
      const counts = { train: rows, validation: 0, test: 0 }
      return {
        manifest: {
          format: 'lamina-prepared',
          version: 1,
          id: id(index),
          dataset: { name: 'x.csv', sha256: '', rows },
          rows: counts,
          inputs: 1,
          outputs: 1,
          task: 'regression',
          preprocessing: {
            features: [{ column: 'x', kind: 'numeric', scaling: 'none', mean: 0, scale: 1, missing: null }],
            targets: [{ column: 'y', kind: 'numeric', mean: 0, scale: 1 }]
          },
          files: { features: 'features.f32', targets: 'targets.f32' },
          samples: []
        },
        summary: {
          id: id(index),
          tableSha256: '',
          tableRows: rows,
          rows: counts,
          droppedRows: 0,
          inputs: 1,
          outputs: 1,
          task: 'regression',
          inputNames: ['x'],
          outputNames: ['y'],
          features: [],
          classCounts: [],
          warnings: []
        }
      }
    }
  /** As if a dataset had last been used so many seconds after 1970. */
  const usedAt = (index: number, seconds: number): Promise<void> =>
    utimes(join(folder(), id(index), 'manifest.json'), seconds, seconds)
  beforeEach(() => rm(folder(), { recursive: true, force: true }))

  test('keeps so many datasets, the least recently used go', async () => {
    const cache = new PreparedCache(folder(), { datasets: 3, bytes: 1e9 })
    for (const index of [1, 2, 3]) {
      await cache.store(id(index), build(index, 10))
      await usedAt(index, index)
    }
    // Using it makes it the newest.
    expect((await cache.find(id(1)))?.manifest.id).toBe(id(1))
    await cache.store(id(4), build(4, 10))
    expect((await readdir(folder())).sort()).toEqual([id(1), id(3), id(4)])
  })

  test('keeps so many bytes, but always the one just made', async () => {
    const cache = new PreparedCache(folder(), { datasets: 100, bytes: 20_000 })
    await cache.store(id(1), build(1, 1000))
    await usedAt(1, 1)
    await cache.store(id(2), build(2, 1000))
    await usedAt(2, 2)
    expect((await readdir(folder())).sort()).toEqual([id(1), id(2)])
    await cache.store(id(3), build(3, 1000))
    expect((await readdir(folder())).sort()).toEqual([id(2), id(3)])
    await cache.store(id(4), build(4, 10_000))
    expect(await readdir(folder())).toEqual([id(4)])
  })

  test('takes the dataset another process finished first', async () => {
    const cache = new PreparedCache(folder())
    const stored = await cache.store(id(1), async (into) => {
      await new PreparedCache(folder()).store(id(1), build(1, 5))
      return build(1, 5)(into)
    })
    expect((await stat(stored.manifestPath)).isFile()).toBe(true)
    expect(await readdir(folder())).toEqual([id(1)])
  })

  test('tidies up after builds that were killed, but not after living ones', async () => {
    const old = new Date(Date.now() - 3 * 3_600_000)
    const dead = join(folder(), '.building-999999999-abc')
    const living = join(folder(), `.building-${process.pid}-abc`)
    for (const left of [dead, living]) {
      await mkdir(left, { recursive: true })
      await utimes(left, old, old)
    }
    await new PreparedCache(folder()).store(id(1), build(1, 5))
    expect((await readdir(folder())).sort()).toEqual([`.building-${process.pid}-abc`, id(1)])
  })
})
