import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest'
import { findChromium } from '../support/browser'
import { block, exampleCsv } from './support/actions'
import { openExample, still } from './support/canvas'
import { launchBrowser, openDesigner, startHost, type RunningHost } from './support/designer'

const notices = (page: Page): Promise<string[]> => page.getByTestId('notice').locator('p').allTextContents()
const unitsOf = (page: Page): Promise<string | null> => block(page, 'dense-1').textContent()

async function setUnits(page: Page, units: number): Promise<void> {
  await block(page, 'dense-1').click()
  const field = page.getByRole('spinbutton', { name: 'Units' })
  await field.fill(String(units))
  await field.press('Enter')
  await field.blur()
  await expect.poll(() => unitsOf(page)).toContain(`, ${units} units`)
}

async function kill(host: RunningHost): Promise<void> {
  const ended = once(host.process, 'exit')
  host.process.kill('SIGKILL')
  await ended
}

describe.skipIf(findChromium() === null)('work that was not saved', () => {
  let folder: string
  let browser: Browser
  const hosts: RunningHost[] = []
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lamina-recovery-'))
  })
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.close()
    rmSync(folder, { recursive: true, force: true })
  })
  async function start(files: string[] = []): Promise<RunningHost> {
    const host = await startHost(files, { LAMINA_DATA_FOLDER: join(folder, 'data') })
    hosts.push(host)
    return host
  }
  /** What is in the journals on disk. */
  function journalled(): string {
    const journals = join(folder, 'data', 'journals')
    return readdirSync(journals, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.journal'))
      .map((name) => readFileSync(join(journals, name), 'utf8'))
      .join('')
  }

  it('comes back after the service was killed, each window’s with its history', async () => {
    const killed = await start()
    const windows: Page[] = []
    for (const [example, units] of [
      ['iris', 21],
      ['wine', 22]
    ] as const) {
      const { page } = await openDesigner(browser, killed.address)
      await openExample(page, example)
      await setUnits(page, units)
      await setUnits(page, units + 10)
      await page.keyboard.press('Escape')
      windows.push(page)
    }
    await expect.poll(journalled).toContain('"value":31')
    await expect.poll(journalled).toContain('"value":32')
    await kill(killed)
    for (const page of windows) await page.context().close()

    const { address } = await start()
    const { page, complaints } = await openDesigner(browser, address)
    const dialog = page.getByTestId('lost-work')
    await page.getByTestId('lost-work-banner').getByRole('button', { name: 'Show…' }).click()
    expect(await dialog.textContent()).toContain('Lamina ended unexpectedly: your work is here')
    expect(await dialog.getByTestId('lost-work-entry').locator('strong').allTextContents()).toEqual([
      'Wine cultivars',
      'Iris flowers'
    ])
    await dialog.getByRole('button', { name: 'Restore Iris flowers' }).click()
    await expect.poll(() => unitsOf(page)).toContain(', 31 units')
    await expect.poll(() => page.getByTestId('dataset-name').textContent()).toBe('iris.csv')
    expect(await page.getByRole('img', { name: 'has unsaved changes' }).count()).toBe(1)
    await page.keyboard.press('Control+z')
    await expect.poll(() => unitsOf(page)).toContain(', 21 units')
    await page.keyboard.press('Control+z')
    await expect.poll(() => unitsOf(page)).toContain(', 16 units')
    await page.keyboard.press('Control+y')
    await expect.poll(() => unitsOf(page)).toContain(', 21 units')

    // The other one waits for the next window, which may as well give it up.
    const other = await openDesigner(browser, address)
    const banner = other.page.getByTestId('lost-work-banner')
    await banner.waitFor()
    expect(await banner.textContent()).toMatch(
      /Lamina ended unexpectedly; your work is here: Wine cultivars, as it was/
    )
    await banner.getByRole('button', { name: 'Discard…' }).click()
    const left = other.page.getByTestId('lost-work-entry')
    expect(await left.count()).toBe(1)
    await left.getByRole('button', { name: 'Discard Wine cultivars' }).click()
    await left.getByRole('button', { name: 'Discard Wine cultivars for good' }).click()
    await expect.poll(() => other.page.getByTestId('lost-work').count()).toBe(0)
    expect(await banner.count()).toBe(0)
    await page.context().close()
    await other.page.context().close()
    expect([...complaints, ...other.complaints]).toEqual([])
  })

  it('goes on in its file when the page outlives its service and is opened at the next one’s address', async () => {
    const path = join(folder, 'flowers.lamina')
    copyFileSync(exampleCsv('iris').replace(/csv$/, 'lamina'), path)
    copyFileSync(exampleCsv('iris'), join(folder, 'iris.csv'))
    const killed = await start([path])
    const { page, complaints } = await openDesigner(browser, killed.address)
    page.on('dialog', (dialog) => void dialog.accept())
    await expect.poll(() => page.getByTestId('rows-train').textContent()).toBe('120')
    await still(page)
    await setUnits(page, 21)
    await expect.poll(journalled).toContain('"value":21')
    await kill(killed)

    const next = await start()
    expect(new URL(next.address).port).not.toBe(new URL(killed.address).port)
    await page.goto(next.address)
    await page.getByTestId('lost-work-banner').getByRole('button', { name: 'Restore' }).click()
    await expect.poll(() => unitsOf(page)).toContain(', 21 units')
    await expect.poll(() => page.getByTestId('title').textContent()).toContain('flowers.lamina')
    await expect.poll(() => page.getByTestId('rows-train').textContent()).toBe('120')
    expect(readFileSync(path, 'utf8')).toContain('"units": 16')
    await page.keyboard.press('Control+s')
    await expect.poll(() => notices(page)).toContain('Saved flowers.lamina.')
    expect(readFileSync(path, 'utf8')).toContain('"units": 21')
    expect(readdirSync(folder).sort()).toEqual(['data', 'flowers.lamina', 'iris.csv'])
    await page.context().close()
    // It complained of the service that was gone, until it left that one's address.
    const { host: gone } = new URL(killed.address)
    expect(complaints.filter((complaint) => !complaint.includes(gone))).toEqual([])
  })

  it('is not written over what another program wrote meanwhile', async () => {
    const path = join(folder, 'flowers.lamina')
    const original = readFileSync(exampleCsv('iris').replace(/csv$/, 'lamina'), 'utf8')
    writeFileSync(path, original)
    copyFileSync(exampleCsv('iris'), join(folder, 'iris.csv'))
    const { address } = await start([path])
    const { page, complaints } = await openDesigner(browser, address)
    await expect.poll(() => page.getByTestId('rows-train').textContent()).toBe('120')
    await still(page)
    await setUnits(page, 21)
    const theirs = original.replace('"units": 16', '"units": 99')
    expect(theirs).not.toBe(original)
    writeFileSync(path, theirs)

    const dialog = page.getByTestId('conflict-dialog')
    await page.keyboard.press('Control+s')
    await dialog.waitFor()
    expect(await dialog.textContent()).toContain('flowers.lamina was changed by another program')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(() => dialog.count()).toBe(0)
    await page.keyboard.press('Control+s')
    await dialog.getByRole('button', { name: 'Load that version' }).click()
    await expect.poll(() => unitsOf(page)).toContain(', 99 units')
    expect(await page.getByRole('img', { name: 'has unsaved changes' }).count()).toBe(0)
    // One’s own changes are in the history still.
    await page.keyboard.press('Control+z')
    await expect.poll(() => unitsOf(page)).toContain(', 21 units')
    await page.keyboard.press('Control+s')
    await expect.poll(() => notices(page)).toContain('Saved flowers.lamina.')
    expect(readFileSync(path, 'utf8')).toContain('"units": 21')

    const second = await openDesigner(browser, address)
    await second.page
      .getByRole('button', { name: /flowers\.lamina/ })
      .first()
      .click()
    await expect
      .poll(async () => (await notices(second.page)).join())
      .toContain('flowers.lamina is open in another window')
    rmSync(path)
    await page.keyboard.press('Escape')
    await setUnits(page, 22)
    await page.keyboard.press('Control+s')
    await expect.poll(() => dialog.textContent()).toContain('flowers.lamina is not there any more')
    await dialog.getByRole('button', { name: 'Save there again' }).click()
    await expect.poll(() => readFileSync(path, 'utf8')).toContain('"units": 22')
    await expect.poll(async () => (await notices(second.page)).join()).toContain('Another window saved flowers.lamina.')
    await second.page.context().close()
    await page.context().close()
    expect([...complaints, ...second.complaints]).toEqual([])
  })
})
