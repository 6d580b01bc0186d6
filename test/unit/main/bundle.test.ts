import { readFileSync, readdirSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

/** What is built into out/, as it will be packed. */
const read = (path: string): string => readFileSync(join('out', path), 'utf8')
const scriptsIn = (folder: string): string[] =>
  readdirSync(join('out', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, name))

/** What a script imports, in the order it stands there. */
const importsOf = (path: string): string[] =>
  ts.preProcessFile(read(path), true, true).importedFiles.map(({ fileName }) => fileName)
const isOwn = (name: string): boolean => name.startsWith('.')

/** Every script that a start of one of these loads, chunks included. */
function reachable(...entries: string[]): string[] {
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const name of importsOf(path).filter(isOwn)) visit(join(path, '..', name))
  }
  entries.forEach(visit)
  return [...seen]
}

/** Packages that are loaded and are not Node's own. */
function packagesOf(...entries: string[]): string[] {
  const names = reachable(...entries).flatMap(importsOf)
  return [...new Set(names.filter((name) => !isOwn(name) && !isBuiltin(name)))].sort()
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> }

describe('the bundle of the main process', () => {
  it('loads nothing but Electron, and its workers nothing but DuckDB, which is packed', () => {
    expect(packagesOf('main/index.js')).toEqual(['electron'])
    expect(packagesOf('main/training-worker.js')).toEqual([])
    expect(packagesOf('main/data-worker.js')).toEqual(['@duckdb/node-api', '@duckdb/node-bindings'])
    expect(Object.keys(manifest.dependencies)).toEqual(expect.arrayContaining(packagesOf('main/data-worker.js')))
  })

  it('has what is started as a process of its own under a name that does not change', () => {
    expect(readdirSync('out/main').filter((name) => name.endsWith('.js'))).toEqual(
      expect.arrayContaining(['data-worker.js', 'index.js', 'training-worker.js'])
    )
  })
})

describe('the preload script', () => {
  it('is one CommonJS file that loads nothing but Electron, as the sandbox demands', () => {
    expect(readdirSync('out/preload').filter((name) => !name.endsWith('.map'))).toEqual(['index.cjs'])
    const script = read('preload/index.cjs')
    expect([...script.matchAll(/require\(["'`]([^"'`]+)["'`]\)/g)].map((match) => match[1])).toEqual(['electron'])
    expect(script).not.toMatch(/^\s*(import|export)\s/m)
  })
})

describe('the page', () => {
  const page = read('renderer/index.html')

  it('has no script, style or handler of its own, and loads from beside itself only', () => {
    expect(
      [...page.matchAll(/<script\b([^>]*)>([^<]*)/g)].map(([, attributes, text]) => [
        /\bsrc="\.?\/assets\/[\w-]+\.js"/.test(attributes ?? ''),
        text
      ])
    ).toEqual([[true, '']])
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|<base|<iframe|http-equiv/i)
    const addresses = [...page.matchAll(/\b(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')
    expect(addresses.filter((address) => !/^\.?\/assets\/[\w.-]+$/.test(address))).toEqual([])
  })

  it('needs nothing from the network, no eval and no Node', () => {
    const scripts = scriptsIn('renderer').map(read)
    expect(scripts).toHaveLength(1)
    for (const script of scripts) {
      expect(script).not.toMatch(/\bnew Function\(|[^.\w]eval\(/)
      expect(script).not.toMatch(/\brequire\(["'`](node:|fs|electron)/)
      expect(script).not.toMatch(/(?:fetch|import)\(["'`]https?:/)
    }
    const styles = readdirSync('out/renderer/assets').filter((name) => name.endsWith('.css'))
    for (const name of styles)
      expect(read(join('renderer/assets', name))).not.toMatch(/@import|url\(["']?(https?:)?\/\//)
  })
})
