import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { licencesSchema, type Licences } from '../../../src/shared/program-documents'

let permitted: readonly string[]
let licenceOf: (folder: string) => unknown
let list: Licences
beforeAll(async () => {
  const script = '../../../scripts/licences.mjs'
  ;({ permitted, licenceOf } = (await import(script)) as { permitted: string[]; licenceOf: typeof licenceOf })
  list = licencesSchema.parse(JSON.parse(readFileSync('out/renderer/licences.json', 'utf8')))
})

/** Packages whose code is in a bundle, by its source map. */
function bundledIn(folder: string): string[] {
  const maps = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.map'))
  const sources = maps.flatMap(
    (name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { sources: string[] }).sources
  )
  return sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? [])
}

describe('the list of licences that is shipped', () => {
  it('names every package that is in a bundle or loaded beside it, and the typefaces', () => {
    const names = new Set(list.map(({ name }) => name))
    const expected = [...bundledIn('out/renderer'), ...bundledIn('out/main'), ...bundledIn('out/preload')]
    expect(expected.length).toBeGreaterThan(100)
    expect(expected.filter((name) => !names.has(name))).toEqual([])
    expect([...names]).toEqual(
      expect.arrayContaining(['@duckdb/node-api', '@fontsource-variable/inter', 'detect-libc', 'svelte'])
    )
  })

  it('holds none that asks for more than to be named', () => {
    expect(list.filter(({ licence }) => !permitted.includes(licence))).toEqual([])
    expect(permitted.filter((licence) => /GPL|SSPL|BUSL|NC/.test(licence))).toEqual([])
    for (const { name, text } of list) expect([name, text.length > 300]).toEqual([name, true])
  })

  it('cannot be made with a package that has no licence', () => {
    expect(() => licenceOf('test/fixtures/no-licence')).toThrow('does not say under which licence it comes')
  })
})
