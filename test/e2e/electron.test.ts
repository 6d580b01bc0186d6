import { spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contentSecurityPolicy } from '../../src/shared/page'

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
if (skipped !== null) {
  // The workflow has the runtime; there a skipped suite would look like a passed one.
  if (process.env['LAMINA_REQUIRE_ELECTRON'] === '1')
    throw new Error(`The Electron window cannot be tested: ${skipped}.`)
  console.warn(`The tests of the Electron window are skipped: ${skipped}.`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

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

/**
 * The window on the runtime as it comes. A packaged program has fuses that keep Playwright's inspector out; it is looked at
 * from outside in packaged.test.ts.
 */
describe.skipIf(skipped !== null)('the Electron window', () => {
  let folder: string
  let display: { server: ChildProcess; display: string } | null = null
  let application: ElectronApplication
  let page: Page
  const complaints: string[] = []
  let environment: Record<string, string>
  const argumentsFor = (...files: string[]): string[] => [
    '.',
    `--user-data-dir=${join(folder, 'user')}`,
    // Chromium does not make its sandbox under root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ...files
  ]
  /** A copy of an example that a person might open. */
  const ownCopy = (name: string): string => {
    const path = join(folder, name)
    copyFileSync(join('resources', 'examples', name), path)
    return path
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lamina-electron-'))
    if (!hasDisplay && xvfb !== undefined) display = await startXvfb(xvfb)
    environment = {
      LAMINA_DATA_FOLDER: join(folder, 'data'),
      LAMINA_CACHE_FOLDER: join(folder, 'cache'),
      ...(display === null ? {} : { DISPLAY: display.display })
    }
    for (const [name, value] of Object.entries(process.env)) if (value !== undefined) environment[name] ??= value
    application = await _electron.launch({
      executablePath: electronProgram() ?? '',
      args: argumentsFor(),
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

  it('runs the page under its policy, in a sandbox, as a secure origin', async () => {
    const found = await page.evaluate(async () => {
      const response = await fetch('/index.html')
      const inline = document.createElement('script')
      inline.textContent = 'globalThis.inlineRan = true'
      document.head.append(inline)
      return {
        policy: response.headers.get('content-security-policy'),
        secure: globalThis.isSecureContext,
        inline: Reflect.get(globalThis, 'inlineRan') === true,
        outside: await fetch('lamina://app/../../package.json').then(
          ({ status }) => status,
          () => 'refused'
        ),
        file: await fetch('file:///etc/hosts').then(
          () => 'read',
          () => 'refused'
        ),
        network: await fetch('https://example.org/').then(
          () => 'reached',
          () => 'refused'
        )
      }
    })
    expect(found).toEqual({
      policy: contentSecurityPolicy(),
      secure: true,
      inline: false,
      outside: 404,
      file: 'refused',
      network: 'refused'
    })
    expect(complaints.splice(0).length).toBeGreaterThan(0)
    const preferences = await application.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows()
      return (window?.webContents as unknown as { getLastWebPreferences(): object }).getLastWebPreferences()
    })
    expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false })
  })

  it('keeps the page where it is, alone', async () => {
    const opened = await page.evaluate(() => {
      const child = window.open('https://example.org/')
      window.location.href = 'https://example.org/'
      return child
    })
    expect(opened).toBeNull()
    expect(page.url()).toBe('lamina://app/index.html')
    expect(application.windows()).toHaveLength(1)
    complaints.splice(0)
  })

  it('asks the system for nothing on the page’s behalf', async () => {
    const answers = await page.evaluate(async () => ({
      notifications: await Notification.requestPermission(),
      geolocation: (await navigator.permissions.query({ name: 'geolocation' })).state,
      camera: await navigator.mediaDevices.getUserMedia({ video: true }).then(
        () => 'given',
        (error: unknown) => (error as DOMException).name
      )
    }))
    expect(answers).toEqual({ notifications: 'denied', geolocation: 'denied', camera: 'NotAllowedError' })
    complaints.splice(0)
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

  const title = (): Promise<string> => page.title()

  it('opens a design that the system asks it to open', async () => {
    const path = ownCopy('wine.lamina')
    ownCopy('wine.csv')
    await application.evaluate(
      ({ app }, file) => app.emit('open-file', { preventDefault: () => undefined }, file),
      path
    )
    await expect.poll(title).toMatch(/wine/i)
  })

  it('is the only one: a second start hands its files over and ends', async () => {
    const path = ownCopy('digits.lamina')
    ownCopy('digits.csv')
    const second = spawn(electronProgram() ?? '', argumentsFor(path), { env: environment, stdio: 'ignore' })
    const code = await new Promise<number | null>((resolve) => second.once('exit', resolve))
    expect(code).toBe(0)
    await expect.poll(title).toMatch(/digits/i)
    expect(application.windows()).toHaveLength(1)
  })

  it('closes with its workers, having complained of nothing but what was refused', async () => {
    expect(complaints).toEqual([])
    // Nobody is there to answer a question about unsaved changes.
    await application.evaluate(({ dialog }) => {
      dialog.showMessageBoxSync = () => 0
    })
    const workers = await application.evaluate(({ app }) =>
      app.getAppMetrics().flatMap(({ name, pid }) => (name?.startsWith('Lamina ') === true ? [pid] : []))
    )
    expect(workers.length).toBeGreaterThan(0)
    const ended = new Promise<number | null>((resolve) => application.process().once('exit', resolve))
    await application.close()
    expect(await ended).toBe(0)
    await expect.poll(() => workers.filter(isAlive)).toEqual([])
  })
})
