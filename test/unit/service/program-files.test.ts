import { mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BoundedMap } from '../../../src/service/bounded-map'
import { pruneCache } from '../../../src/service/datasets/prune-cache'
import { Examples } from '../../../src/service/documents/examples'
import { programFolder, programVersion, userFolders } from '../../../src/service/program-files'
import { workerEntries } from '../../../src/service/workers/entries'
import { blockNames } from '../../../src/shared/catalogue/blocks'
import { checkNetwork } from '../../../src/shared/network/check'
import { jsonSchemas } from '../../../src/shared/json-schemas'
import { resources } from '../../support/test-service'
import { temporaryFolder } from '../../support/temporary-folder'

const folder = temporaryFolder()

describe('the program’s own files', () => {
  it('are found from wherever it runs', () => {
    expect(programFolder()).toBe(join(resources, '..'))
    expect(programVersion()).toMatch(/^\d+\.\d+\.\d+/)
    expect(() => programFolder(folder)).toThrow('no resources folder')
  })

  it('include the workers, beside it or above a folder of chunks', () => {
    const main = join(folder, 'main')
    mkdirSync(join(main, 'chunks'), { recursive: true })
    expect(() => workerEntries(main)).toThrow('data-worker.js is missing')
    for (const name of ['data-worker.js', 'training-worker.js']) writeFileSync(join(main, name), '')
    const expected = { data: join(main, 'data-worker.js'), training: join(main, 'training-worker.js') }
    expect(workerEntries(main)).toEqual(expected)
    expect(workerEntries(join(main, 'chunks'))).toEqual(expected)
  })

  it.each([
    ['linux', { HOME: '/h' }, '/h/.local/share/lamina', '/h/.cache/lamina'],
    ['linux', { HOME: '/h', XDG_DATA_HOME: '/d', XDG_CACHE_HOME: '/c' }, '/d/lamina', '/c/lamina'],
    ['darwin', { HOME: '/h' }, '/h/Library/Application Support/Lamina', '/h/Library/Caches/Lamina'],
    ['linux', { HOME: '/h', LAMINA_DATA_FOLDER: '/x', LAMINA_CACHE_FOLDER: '/y' }, '/x', '/y']
  ] as const)('of a person on %s with %j', (platform, environment, data, cache) => {
    expect(userFolders(environment, platform)).toEqual({ data, cache })
  })
})

describe('examples', () => {
  it('are what the list says, and ready to train', async () => {
    const examples = new Examples(resources)
    for (const { id, title, rows, columns } of await examples.list()) {
      const { design, tablePath } = await examples.read(id)
      const lines = readFileSync(tablePath, 'utf8').trimEnd().split('\n')
      const names = (lines[0] ?? '').split(',')
      expect({ id, title: design.name, rows: lines.length - 1, columns: names.length }).toEqual({
        id,
        title,
        rows,
        columns
      })
      const [target = ''] = design.dataset?.targets ?? []
      expect(names).toContain(target)
      const outputs = new Set(lines.slice(1).map((line) => line.split(',')[names.indexOf(target)])).size
      const check = checkNetwork(design.network, { features: names.length - 1, outputs, task: 'classification' })
      expect(check.problems).toEqual([])
      expect(check.plan?.outputs).toBe(outputs)
    }
  })
})

describe('JSON Schemas', () => {
  it('in resources are those of the code (npm run schemas writes them)', () => {
    const written = readdirSync(join(resources, 'schemas'))
    const current = jsonSchemas()
    expect(written.sort()).toEqual(Object.keys(current).sort())
    for (const [name, text] of Object.entries(current))
      expect(readFileSync(join(resources, 'schemas', name), 'utf8')).toBe(text)
  })

  it('let defaults be left out and know every block', () => {
    const design = JSON.parse(jsonSchemas()['design.schema.json'] ?? '') as {
      $schema: string
      properties: {
        network: {
          properties: { nodes: { items: { oneOf: { properties: { type: { const: string } }; required: string[] }[] } } }
        }
      }
    }
    expect(design.$schema).toBe('https://json-schema.org/draft/2020-12/schema')
    const nodes = design.properties.network.properties.nodes.items.oneOf
    expect(nodes.map((node) => node.properties.type.const)).toEqual(blockNames)
    expect(nodes[1]?.required).toEqual(['id', 'type', 'position'])
  })
})

describe('the cache', () => {
  it('loses what was long not used, then the oldest until the rest fits, never what is in use', async () => {
    const cache = join(folder, 'cache')
    const now = Date.now()
    const hour = 3_600_000
    const entries: [string, number, number][] = [
      ['fresh', 0.5 * hour, 900],
      ['recent', 2 * hour, 400],
      ['older', 3 * hour, 400],
      ['small', 4 * hour, 50],
      ['ancient', 24 * 40 * hour, 1]
    ]
    for (const [name, age, bytes] of entries) {
      mkdirSync(join(cache, name), { recursive: true })
      writeFileSync(join(cache, name, 'features.f32'), Buffer.alloc(bytes))
      utimesSync(join(cache, name), new Date(now - age), new Date(now - age))
    }
    const warnings: string[] = []
    await pruneCache(cache, (message) => warnings.push(message), { bytes: 1400, now })
    expect(readdirSync(cache).sort()).toEqual(['fresh', 'recent', 'small'])
    expect(warnings).toEqual([])
    await pruneCache(join(folder, 'nothing'), (message) => warnings.push(message), { bytes: 1, now })
    expect(warnings).toEqual([expect.stringContaining('was not tidied')])
  })
})

describe('a bounded map', () => {
  it('forgets what was used longest ago', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    expect(map.get('a')).toBe(1)
    map.set('c', 3)
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2])
    expect(map.delete('a')).toBe(true)
    expect(map.size).toBe(1)
  })
})
