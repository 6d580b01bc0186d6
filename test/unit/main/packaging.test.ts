import { createPackageWithOptions } from '@electron/asar'
import { readFileSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
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

describe('the package', () => {
  it('has a valid configuration', async () => {
    expect(config.appId).toBe('app.lamina.designer')
    await expect(validateConfiguration(config, new DebugLogger(false))).resolves.toBeUndefined()
  })

  it('carries the examples where native code can read them', () => {
    expect(config.extraResources).toEqual([
      { from: 'resources', filter: ['examples/**/*', 'schemas/**/*'] },
      { filter: ['LICENSE'] }
    ])
  })

  it('has the fuses of a program that is nothing but itself', () => {
    expect(config.electronFuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false
    })
  })

  it('says why each fuse is as it is', () => {
    const reasons = readFileSync('docs/security.md', 'utf8')
    for (const [fuse, on] of Object.entries(config.electronFuses ?? {})) {
      expect(reasons).toMatch(new RegExp(`^\\| \`${fuse}\` +\\| ${on === true ? 'on' : 'off'} +\\| \\S`, 'm'))
    }
  })

  it('opens designs on all three systems, which Linux knows by their media type', () => {
    expect(config.fileAssociations).toEqual([
      {
        ext: 'lamina',
        name: 'Lamina Design',
        description: 'Lamina Design',
        mimeType: 'application/x-lamina-design',
        role: 'Editor',
        rank: 'Owner'
      }
    ])
    for (const system of ['linux', 'mac', 'win'] as const) expect(config[system]).not.toHaveProperty('fileAssociations')
  })

  it('is made as people install programs on each system, on macOS for both processors and signed at least by nobody', () => {
    expect(config.linux?.target).toEqual(['AppImage', 'deb'])
    expect(config.mac).toMatchObject({ target: [{ target: 'dmg', arch: 'universal' }], identity: '-' })
    expect(config.win?.target).toEqual(['nsis'])
    const duckdb = 'Contents/Resources/app.asar.unpacked/node_modules/@duckdb/node-bindings-darwin-x64/duckdb.node'
    expect(minimatch(duckdb, config.mac?.x64ArchFiles ?? '', { matchBase: true })).toBe(true)
    expect(
      minimatch(
        'Contents/Resources/app.asar.unpacked/build/Release/lamina_engine.node',
        config.mac?.x64ArchFiles ?? '',
        { matchBase: true }
      )
    ).toBe(false)
  })

  it('is refused when native code lies inside the archive', async () => {
    const script = '../../../scripts/packaging.mjs'
    const { packedNatives } = (await import(script)) as { packedNatives: (archive: string) => string[] }
    const folder = await mkdtemp(join(tmpdir(), 'lamina-archive-'))
    try {
      const source = join(folder, 'source')
      await mkdir(join(source, 'lib'), { recursive: true })
      for (const name of ['a.node', 'lib/libx.so.1.2', 'lib/b.node', 'index.js'])
        await writeFile(join(source, name), name)
      const archive = join(folder, 'app.asar')
      await createPackageWithOptions(source, archive, { unpack: '**/a.node' })
      expect(packedNatives(archive).sort()).toEqual(['/lib/b.node', '/lib/libx.so.1.2'])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

it('knows a program for both of Apple’s processors by its first word', async () => {
  const script = '../../../scripts/packaging.mjs'
  const { isForBothProcessors } = (await import(script)) as { isForBothProcessors: (path: string) => boolean }
  const folder = await mkdtemp(join(tmpdir(), 'lamina-universal-'))
  try {
    const words = { universal: 'cafebabe00000002', single: 'cffaedfe0c000001', empty: '' }
    for (const [name, hex] of Object.entries(words)) await writeFile(join(folder, name), Buffer.from(hex, 'hex'))
    expect(Object.keys(words).map((name) => isForBothProcessors(join(folder, name)))).toEqual([true, false, false])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
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
