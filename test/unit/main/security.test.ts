import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pageAddress } from '../../../src/main/page-address'
import { pageScheme } from '../../../src/main/page-protocol'
import { windowOptions } from '../../../src/main/window'
import { contentSecurityPolicy } from '../../../src/shared/page'

/** Electron's security checklist (its docs/tutorial/security.md): docs/security.md answers it; what no other file tests is here. */
const sources = readdirSync('src/main').map((name) => readFileSync(join('src/main', name), 'utf8'))
const preferences = windowOptions({
  state: { position: null, width: 800, height: 600, maximized: false, dark: null },
  systemDark: false,
  preload: '/preload.cjs',
  icon: null,
  development: false
}).webPreferences

/** The headings of the checklist, by their numbers. */
const checklist = [
  'Only load secure content',
  'Do not enable Node.js integration',
  'Enable context isolation',
  'Enable process sandboxing',
  'Handle session permission requests',
  'Do not disable webSecurity',
  'Define a Content Security Policy',
  'Do not enable allowRunningInsecureContent',
  'Do not enable experimental features',
  'Do not use enableBlinkFeatures',
  'Do not use allowpopups',
  'Verify WebView options',
  'Disable or limit navigation',
  'Disable or limit creation of new windows',
  'Do not use shell.openExternal',
  'Use a current version of Electron',
  'Validate the sender of all IPC messages',
  'Avoid usage of the file:// protocol',
  'Check which fuses you can change',
  'Do not expose Electron APIs'
]
const rows = readFileSync('docs/security.md', 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, number, item = '', where = '', test = ''] = /^\| (\d+)\. (.*?) +\| (.*?) +\| (.*?) +\|$/.exec(line) ?? []
    return number === undefined ? [] : [{ number: Number(number), item, where, test }]
  })

describe('Electron’s security checklist', () => {
  it('is answered item by item in docs/security.md', () => {
    expect(rows.map(({ number }) => number)).toEqual(checklist.map((_, index) => index + 1))
    expect(rows.map(({ item }, index) => item.startsWith(checklist[index] ?? '?'))).toEqual(checklist.map(() => true))
  })

  it.each(rows)('$number: what is named in docs/security.md is there', ({ where, test }) => {
    const files = [...where.matchAll(/`((?:src|package|electron)[\w/.-]*\.(?:ts|json|yml))`/g)].map(
      (match) => match[1] ?? ''
    )
    expect(files.length).toBeGreaterThan(0)
    for (const path of files) expect([path, existsSync(path)]).toEqual([path, true])
    const [, file = '', title = ''] = /^`(test\/[\w/.-]+)` "(.+)"$/.exec(test) ?? []
    expect(readFileSync(file, 'utf8')).toContain(`'${title}'`)
  })

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

  it('Electron is loaded by the entry file alone', () => {
    const loading = readdirSync('src/main').filter((name) =>
      /^import (?!type)[^;]*?from 'electron'/m.test(readFileSync(join('src/main', name), 'utf8'))
    )
    expect(loading).toEqual(['index.ts'])
  })
})
