import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../../support/browser'

const webHost = fileURLToPath(new URL('../../../out/main/web.js', import.meta.url))

export interface RunningHost {
  readonly address: string
  readonly process: ChildProcess
  /** Process ids of the host's workers. */
  workers(): Promise<{ pid: number; kind: 'data' | 'training' }[]>
  close(): Promise<void>
}

/** Start the browser host as `npm run web` does, with folders of its own. */
export async function startHost(
  files: readonly string[] = [],
  environment: Record<string, string> = {}
): Promise<RunningHost> {
  const home = mkdtempSync(join(tmpdir(), 'lamina-e2e-'))
  const child = spawn(process.execPath, [webHost, '--no-open', ...files], {
    env: {
      ...process.env,
      HOME: home,
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_CACHE_HOME: join(home, 'cache'),
      XDG_DATA_HOME: join(home, 'data'),
      ...environment
    },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const address = await new Promise<string>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => {
      const found = /http:\/\/\S+/.exec(line)
      if (found !== null) resolve(found[0])
    })
    child.once('exit', (code) => reject(new Error(`The browser host ended with ${code}: ${errors}`)))
  })
  return {
    address,
    process: child,
    workers: () => workersOf(child.pid ?? 0),
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        await ended
      }
      rmSync(home, { recursive: true, force: true })
    }
  }
}

async function workersOf(parent: number): Promise<{ pid: number; kind: 'data' | 'training' }[]> {
  const ps = spawn('ps', ['-eo', 'pid=,ppid=,args='], { stdio: ['ignore', 'pipe', 'inherit'] })
  const found: { pid: number; kind: 'data' | 'training' }[] = []
  for await (const line of createInterface({ input: ps.stdout })) {
    const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)
    if (match === null || Number(match[2]) !== parent) continue
    const kind = /(data|training)-worker/.exec(match[3] ?? '')?.[1]
    if (kind === 'data' || kind === 'training') found.push({ pid: Number(match[1]), kind })
  }
  return found
}

export interface OpenPage {
  readonly page: Page
  /** Everything the page complained about: console errors, uncaught errors, refused requests. */
  readonly complaints: string[]
}

/** A fresh browser profile looking at the designer. */
export async function openDesigner(
  browser: Browser,
  address: string,
  size: { width: number; height: number } = { width: 1280, height: 800 },
  colorScheme: 'light' | 'dark' = 'light'
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: size, colorScheme, acceptDownloads: true })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`))
  await page.goto(address)
  return { page, complaints }
}

export { launchBrowser }
