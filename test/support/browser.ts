import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

const candidates = [
  process.env['LAMINA_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'
]

/** An installed Chromium or its relatives; Playwright's own download is the last resort. Null when there is none. */
export function findChromium(): string | null {
  for (const path of candidates) if (path !== undefined && existsSync(path)) return path
  const own = chromium.executablePath()
  return existsSync(own) ? own : null
}

/** Make sure there is a browser, downloading one where that is possible. @returns why there is none, or null */
export function ensureChromium(): string | null {
  if (findChromium() !== null) return null
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js')
  const result = spawnSync(process.execPath, [cli, 'install', 'chromium'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 300_000
  })
  if (findChromium() !== null) return null
  return `no Chromium was found and none could be downloaded (exit ${result.status ?? 'by timeout'}); install one or set LAMINA_CHROMIUM`
}

/** A headless browser as the tests use it; the flags keep it from calling home. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('There is no Chromium on this machine.')
  const asRoot = process.getuid?.() === 0
  return chromium.launch({
    executablePath,
    args: [
      ...(asRoot ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync'
    ]
  })
}
