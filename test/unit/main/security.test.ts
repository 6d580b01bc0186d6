import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pageAddress } from '../../../src/main/page-address'
import { pageScheme } from '../../../src/main/page-protocol'
import { windowOptions } from '../../../src/main/window'
import { contentSecurityPolicy } from '../../../src/shared/page'

/**
 * Electron's security checklist (docs/tutorial/security.md), item by item. What has a test of its own elsewhere is named;
 * the rest is here.
 */
const sources = readdirSync('src/main').map((name) => readFileSync(join('src/main', name), 'utf8'))
const preferences = windowOptions({
  state: { position: null, width: 800, height: 600, maximized: false, dark: null },
  systemDark: false,
  preload: '/preload.cjs',
  icon: null,
  development: false
}).webPreferences

describe('Electron’s security checklist', () => {
  it('1, 18: only content of the bundle is loaded, by a scheme of its own instead of file:', () => {
    expect(pageAddress(undefined, true).url).toBe('lamina://app/index.html')
    for (const source of sources) expect(source).not.toMatch(/loadFile|file:\/\//)
    // The network itself is closed: confinement.test.ts, "the network".
  })

  it('2, 3, 4: the page has no Node, a context of its own, and the sandbox', () => {
    expect(preferences).toMatchObject({
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      contextIsolation: true,
      sandbox: true
    })
    for (const source of sources) expect(source).not.toContain("appendSwitch('no-sandbox'")
  })

  it('6, 8, 9, 10: nothing of the web’s security is turned off, nothing experimental is turned on', () => {
    expect(preferences).toMatchObject({
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false
    })
    expect(preferences).not.toHaveProperty('enableBlinkFeatures')
    expect(pageScheme.privileges).not.toHaveProperty('bypassCSP')
  })

  it('7: the policy allows scripts of the bundle only', () => {
    expect(contentSecurityPolicy()).toMatch(/^default-src 'none'; script-src 'self';/)
  })

  it('11, 12: there is no webview to have options, and none is attached', () => {
    expect(preferences).toMatchObject({ webviewTag: false })
    // will-attach-webview: confinement.test.ts, "navigation".
  })

  it('16: the newest Electron of its line is asked for by its exact version', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { devDependencies: Record<string, string> }
    expect(manifest.devDependencies['electron']).toMatch(/^\d+\.\d+\.\d+$/)
  })

  it.each([
    ['5: permissions', 'confinement.test.ts', "describe('permissions'"],
    ['13: navigation', 'confinement.test.ts', "describe('navigation'"],
    ['14: new windows', 'confinement.test.ts', "describe('a new window'"],
    ['15: openExternal', 'confinement.test.ts', 'opens in the person’s browser'],
    ['17: senders', 'ipc.test.ts', 'is refused on every channel from %s'],
    ['19: fuses', 'packaging.test.ts', 'has the fuses of a program that is nothing but itself'],
    ['20: exposed APIs', 'preload.test.ts', 'gives the page two functions and nothing of Electron']
  ])('%s have their own tests in %s', (_item, file, words) => {
    expect(readFileSync(join('test/unit/main', file), 'utf8')).toContain(words)
  })

  it('Electron is loaded by the entry file alone', () => {
    const loading = readdirSync('src/main').filter((name) =>
      /^import (?!type)[^;]*?from 'electron'/m.test(readFileSync(join('src/main', name), 'utf8'))
    )
    expect(loading).toEqual(['index.ts'])
  })
})
