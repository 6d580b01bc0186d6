import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** As scripts/electron-runtime.mjs finds it. */
function electronProgram(): string | null {
  const pathFile = 'node_modules/electron/path.txt'
  if (!existsSync(pathFile)) return null
  const program = join('node_modules/electron/dist', readFileSync(pathFile, 'utf8').trim())
  return existsSync(program) ? program : null
}

const xvfb = ['/usr/bin/Xvfb', '/usr/local/bin/Xvfb', '/opt/X11/bin/Xvfb'].find((path) => existsSync(path))
const hasDisplay =
  process.platform !== 'linux' ||
  [process.env['DISPLAY'], process.env['WAYLAND_DISPLAY']].some((display) => (display ?? '') !== '')

function whySkipped(): string | null {
  if (electronProgram() === null)
    return 'the Electron runtime is not installed (node node_modules/electron/install.js fetches it)'
  if (!hasDisplay && xvfb === undefined) return 'there is no display, and no Xvfb to make one'
  return null
}
const skipped = whySkipped()
if (skipped !== null) console.warn(`The tests of the Electron window are skipped: ${skipped}.`)

/** A display of its own; the server chooses a free number and tells it. */
async function startXvfb(program: string): Promise<{ server: ChildProcess; display: string }> {
  const server = spawn(program, ['-displayfd', '3', '-screen', '0', '1440x900x24'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe']
  })
  const told = server.stdio[3]
  if (!(told instanceof Readable)) throw new Error('Xvfb has no way to tell its display.')
  let number = ''
  for await (const chunk of told) {
    number += String(chunk)
    if (number.includes('\n')) break
  }
  return { server, display: `:${number.trim()}` }
}

describe.skipIf(skipped !== null)('the Electron window', () => {
  let folder: string
  let display: { server: ChildProcess; display: string } | null = null
  let application: ElectronApplication
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lamina-electron-'))
    if (!hasDisplay && xvfb !== undefined) display = await startXvfb(xvfb)
    const environment: Record<string, string> = {
      LAMINA_DATA_FOLDER: join(folder, 'data'),
      LAMINA_CACHE_FOLDER: join(folder, 'cache'),
      ...(display === null ? {} : { DISPLAY: display.display })
    }
    for (const [name, value] of Object.entries(process.env)) if (value !== undefined) environment[name] ??= value
    const asRoot = process.getuid?.() === 0
    application = await _electron.launch({
      executablePath: electronProgram() ?? '',
      args: ['.', `--user-data-dir=${join(folder, 'user')}`, ...(asRoot ? ['--no-sandbox'] : [])],
      env: environment
    })
    page = await application.firstWindow()
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterAll(async () => {
    await application.close()
    display?.server.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  it('shows the bundled page, without Node and with one bridge', async () => {
    expect(page.url()).toBe('lamina://app/index.html')
    await page.getByTestId('welcome').waitFor()
    const found = await page.evaluate(() => ({
      node: ['require', 'process', 'module', 'Buffer'].filter((name) => name in globalThis),
      bridge: Object.keys(Reflect.get(globalThis, 'laminaBridge') as object)
    }))
    expect(found).toEqual({ node: [], bridge: ['requestPort', 'grantDropped'] })
  })

  it('keeps the page where it is', async () => {
    const opened = await page.evaluate(() => {
      const window = globalThis as unknown as { open: (url: string) => unknown; location: { href: string } }
      const child = window.open('https://example.org/')
      window.location.href = 'https://example.org/'
      return child
    })
    expect(opened).toBeNull()
    expect(page.url()).toBe('lamina://app/index.html')
    expect(application.windows()).toHaveLength(1)
  })

  it('trains the Iris example in a process of its own', async () => {
    await page.getByTestId('example-iris').click()
    // The table is read and the network checked: nothing is in the way of training.
    await page.getByTestId('total-parameters').filter({ hasText: /\d/ }).waitFor()
    await page.getByTestId('train').click()
    await page.locator('[data-testid="state-text"][data-state="finished"]').waitFor()
    const { training } = JSON.parse(readFileSync('resources/examples/iris.lamina', 'utf8')) as {
      training: { epochs: number }
    }
    expect(await page.getByTestId('epoch-text').textContent()).toContain(String(training.epochs))
    const workers = await application.evaluate(({ app }) => app.getAppMetrics().map(({ name }) => name ?? ''))
    expect(
      workers
        .filter((name) => name.startsWith('Lamina '))
        .map((name) => name.replace(/ \d+$/, ''))
        .sort()
    ).toEqual(['Lamina data worker', 'Lamina training worker'])
  })

  it('sends the menu’s commands to the page', async () => {
    await application.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('about')?.click())
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
  })

  it('closes with its workers, having complained of nothing but the refused navigation', async () => {
    expect(complaints.filter((text) => !text.includes('example.org'))).toEqual([])
    // Nobody is there to answer a question about unsaved changes.
    await application.evaluate(({ dialog }) => {
      dialog.showMessageBoxSync = () => 0
    })
    const ended = new Promise<number | null>((resolve) => application.process().once('exit', resolve))
    await application.close()
    expect(await ended).toBe(0)
  })
})
