import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { getConfig, validateConfiguration } from 'app-builder-lib/out/util/config/config'
import type { Configuration } from 'electron-builder'
import { DebugLogger } from 'builder-util'
import { minimatch } from 'minimatch'
import { beforeAll, describe, expect, it } from 'vitest'

let config: Configuration
beforeAll(async () => {
  config = await getConfig(process.cwd(), null, null)
})

/** Whether electron-builder would take a file: the last pattern that fits decides. */
function isPacked(path: string): boolean {
  const patterns = [config.files ?? []].flat().flatMap((set) => (typeof set === 'string' ? set : (set.filter ?? [])))
  return patterns.reduce((packed, pattern) => {
    const excludes = pattern.startsWith('!')
    return minimatch(path, excludes ? pattern.slice(1) : pattern, { dot: true }) ? !excludes : packed
  }, false)
}
const isUnpacked = (path: string): boolean =>
  [config.asarUnpack ?? []].flat().some((pattern) => minimatch(path, pattern, { dot: true }))

describe('the package', () => {
  it('has a valid configuration', async () => {
    expect(config.appId).toBe('app.lamina.designer')
    await expect(validateConfiguration(config, new DebugLogger(false))).resolves.toBeUndefined()
  })

  it.each([
    'package.json',
    'out/main/index.js',
    'out/main/training-worker.js',
    'out/main/data-worker.js',
    'out/main/chunks/service-abc.js',
    'out/preload/index.cjs',
    'out/renderer/index.html',
    'out/renderer/assets/index-abc.js',
    'build/Release/lamina_engine.node',
    'build/Release/lamina_tables.node',
    'resources/icons/512x512.png'
  ])('holds %s', (path) => {
    expect(isPacked(path)).toBe(true)
  })

  it.each([
    'out/main/web.js',
    'out/main/lamina.js',
    'out/main/index.js.map',
    'out/renderer/assets/index-abc.js.map',
    'build/Release/obj.target/x.o',
    'src/main/index.ts',
    'test/unit/main/packaging.test.ts',
    'scripts/start.mjs',
    'node_modules/zod/index.js',
    'node_modules/ws/lib/websocket.js',
    'resources/examples/iris.csv'
  ])('does not hold %s', (path) => {
    expect(isPacked(path)).toBe(false)
  })

  it('keeps every native file outside the archive, and nothing else', () => {
    const native = [
      'build/Release/lamina_engine.node',
      'build/Release/lamina_tables.node',
      'node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so'
    ]
    expect(native.map(isUnpacked)).toEqual([true, true, true])
    expect(['out/main/index.js', 'out/renderer/index.html'].map(isUnpacked)).toEqual([false, false])
    expect(config).toMatchObject({ asar: true, npmRebuild: false })
  })

  it('carries the examples where native code can read them', () => {
    expect(config.extraResources).toEqual([{ from: 'resources', filter: ['examples/**/*', 'schemas/**/*'] }])
  })

  it('has the fuses of a program that is nothing but itself', () => {
    expect(config.electronFuses).toEqual({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false
    })
  })

  it('opens designs', () => {
    expect(config.fileAssociations).toMatchObject([{ ext: 'lamina', role: 'Editor' }])
  })
})

describe('the icons', () => {
  const folder = 'resources/icons'
  const sizeOf = (name: string): string => {
    const header = readFileSync(join(folder, name)).subarray(0, 24)
    return `${header.readUInt32BE(16)}x${header.readUInt32BE(20)}`
  }

  it('are what their names say', () => {
    const sized = readdirSync(folder).filter((name) => /^\d+x\d+\.png$/.test(name))
    expect(sized.sort()).toEqual([
      '128x128.png',
      '16x16.png',
      '24x24.png',
      '256x256.png',
      '32x32.png',
      '48x48.png',
      '512x512.png',
      '64x64.png'
    ])
    for (const name of sized) expect(`${sizeOf(name)}.png`).toBe(name)
    expect(sizeOf('icon.png')).toBe('1024x1024')
  })
})
