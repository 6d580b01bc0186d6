import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findChromium } from '../support/browser'
import { block, centreOf, chooseFile, downloadFrom, drag, exampleCsv, openCsv, stateText } from './support/actions'
import { drawing, openExample, still } from './support/canvas'
import { launchBrowser, openDesigner, startHost, type RunningHost } from './support/designer'

const irisDesign = readFileSync(exampleCsv('iris').replace(/csv$/, 'lamina'), 'utf8')

describe.skipIf(findChromium() === null)('documents', () => {
  let folder: string
  let host: RunningHost
  let browser: Browser
  let page: Page
  let complaints: string[]
  beforeAll(async () => {
    host = await startHost()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await host.close()
  })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lamina-documents-'))
  })
  afterEach(async () => {
    await page.context().close()
    rmSync(folder, { recursive: true, force: true })
    expect(complaints).toEqual([])
  })
  async function open(address = host.address): Promise<void> {
    ;({ page, complaints } = await openDesigner(browser, address))
  }
  async function openDesign(path: string): Promise<void> {
    // They are shown once the service has answered.
    await page.getByTestId('example-iris').waitFor()
    await chooseFile(page, () => page.getByRole('button', { name: 'Open a design…' }).click(), path)
  }
  /** With files on the command line; the window is closed before the host that serves it. */
  async function withOwnHost(files: string[], work: () => Promise<void>): Promise<void> {
    const own = await startHost(files)
    try {
      await open(own.address)
      await work()
      await page.context().close()
    } finally {
      await own.close()
    }
  }
  const notice = (): Promise<string[]> => page.getByTestId('notice').locator('p').allTextContents()
  /** As the title bar tells the person, and the page's root its host. */
  const isModified = async (): Promise<boolean> =>
    (await page.locator('html[data-modified]').getByRole('img', { name: 'has unsaved changes' }).count()) > 0
  /** Move a block: a change that nothing but the canvas shows. */
  async function moveActivation(): Promise<void> {
    const from = await centreOf(block(page, 'act-2'))
    await drag(page, from, { x: from.x + 30, y: from.y + 90 })
    await expect.poll(async () => (await drawing(page)).blocks['act-2']?.y).toBeGreaterThan(0)
  }

  it('saves as a download that is the whole design, and opens it again as it was', async () => {
    await open()
    await openExample(page, 'iris')
    await moveActivation()
    await block(page, 'dense-1').click()
    const units = page.getByRole('spinbutton', { name: 'Units' })
    await units.fill('24')
    await units.press('Enter')
    await expect.poll(isModified).toBe(true)
    const drawn = await drawing(page)

    const saved = await downloadFrom(page, () => page.keyboard.press('Control+s'))
    expect(saved.download.suggestedFilename()).toBe('Iris flowers.lamina')
    await expect.poll(isModified).toBe(false)
    const text = readFileSync(saved.path, 'utf8')
    const design = JSON.parse(text)
    const original = JSON.parse(irisDesign)
    for (const node of original.network.nodes) {
      if (node.id === 'dense-1') node.units = 24
      node.position = drawn.blocks[node.id]
    }
    expect(design).toEqual(original)

    const path = join(folder, 'Iris flowers.lamina')
    copyFileSync(saved.path, path)
    await page.context().close()
    await open()
    await openDesign(path)
    await expect.poll(() => page.getByTestId('title').textContent()).toContain('Iris flowers.lamina')
    await expect.poll(() => drawing(page)).toEqual(drawn)
    await expect.poll(() => block(page, 'dense-1').textContent()).toMatch(/24×5[\s\S]*120 params/)
    expect(await isModified()).toBe(false)

    // Nothing was changed, so it is saved as it was, to the letter.
    const again = await downloadFrom(page, () => page.keyboard.press('Control+s'))
    expect(readFileSync(again.path, 'utf8')).toBe(text)
  })

  it('opens a design whose table is elsewhere, says so, and trains once it is found', async () => {
    await open()
    const path = join(folder, 'flowers.lamina')
    writeFileSync(path, irisDesign.replace('"iris.csv"', '"measured/flowers.csv"'))
    await openDesign(path)
    await expect
      .poll(notice)
      .toEqual(['The table flowers.csv is not where this design expects it. Choose where it is now.'])
    expect(await page.getByTestId('dataset-name').count()).toBe(0)
    expect(Object.keys((await drawing(page)).blocks)).toHaveLength(8)

    const table = join(folder, 'flowers.csv')
    copyFileSync(exampleCsv('iris'), table)
    await chooseFile(page, () => page.getByRole('button', { name: 'Find the table…' }).first().click(), table)
    await expect.poll(() => page.getByTestId('dataset-name').textContent()).toBe('flowers.csv')
    await expect.poll(() => page.getByTestId('rows-train').textContent()).toBe('120')
    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Finished')
  })

  it('asks before unsaved changes are lost', async () => {
    await open()
    await openExample(page, 'iris')
    await moveActivation()
    const changed = await drawing(page)
    const dialog = page.getByTestId('unsaved-dialog')

    await page.keyboard.press('Alt+n')
    await dialog.waitFor()
    expect(await dialog.textContent()).toContain('Save the changes to Iris flowers?')
    expect(await dialog.textContent()).toContain('If you start a new design without saving, they are lost.')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(() => dialog.count()).toBe(0)
    expect(await drawing(page)).toEqual(changed)

    await page.keyboard.press('Alt+n')
    await downloadFrom(page, () => dialog.getByRole('button', { name: 'Save', exact: true }).click())
    await expect.poll(async () => Object.keys((await drawing(page)).blocks)).toEqual(['input', 'output'])

    await page.getByRole('button', { name: 'Start with an empty canvas' }).click()
    await page.getByTestId('palette-dense').click()
    await block(page, 'dense-1').waitFor()
    await page.keyboard.press('Alt+n')
    await dialog.getByRole('button', { name: 'Don’t save' }).click()
    await expect.poll(async () => Object.keys((await drawing(page)).blocks)).toEqual(['input', 'output'])
  })

  it('keeps unsaved changes when the page is loaded again', async () => {
    await open()
    await openExample(page, 'iris')
    await moveActivation()
    const changed = await drawing(page)
    const questions: string[] = []
    page.on('dialog', (dialog) => {
      questions.push(dialog.type())
      void dialog.accept()
    })
    await page.reload()
    await expect.poll(() => drawing(page)).toEqual(changed)
    await expect.poll(() => page.getByTestId('dataset-name').textContent()).toBe('iris.csv')
    expect(await isModified()).toBe(true)
    expect(questions).toEqual(['beforeunload'])
  })

  it('opens the design given on the command line with its table, and saves to that very file', async () => {
    const path = join(folder, 'flowers.lamina')
    writeFileSync(path, irisDesign)
    copyFileSync(exampleCsv('iris'), join(folder, 'iris.csv'))
    const before = statSync(path).ino
    await withOwnHost([path], async () => {
      await expect.poll(() => page.getByTestId('title').textContent()).toContain('flowers.lamina')
      await expect.poll(() => page.getByTestId('rows-train').textContent()).toBe('120')
      await still(page)
      await moveActivation()
      const drawn = await drawing(page)
      await page.keyboard.press('Control+s')
      await expect.poll(notice).toEqual(['Saved flowers.lamina.'])
      await expect.poll(isModified).toBe(false)

      const design = JSON.parse(readFileSync(path, 'utf8'))
      expect(Object.fromEntries(design.network.nodes.map(({ id, position }: Placed) => [id, position]))).toEqual(
        drawn.blocks
      )
      expect(design.dataset.path).toBe('iris.csv')
      // Written beside and put in its place, with nothing left over.
      expect(statSync(path).ino).not.toBe(before)
      expect(readdirSync(folder).sort()).toEqual(['flowers.lamina', 'iris.csv'])
    })
  })

  it('opens a table given on the command line, with a network for it', async () => {
    const path = join(folder, 'flowers.csv')
    copyFileSync(exampleCsv('iris'), path)
    await withOwnHost([path], async () => {
      await expect.poll(() => page.getByTestId('dataset-name').textContent()).toBe('flowers.csv')
      await expect.poll(() => block(page, 'dense-3').textContent()).toMatch(/3×17[\s\S]*51 params/)
    })
  })

  it('uses another table for the same network, and undo brings the first one back', async () => {
    await open()
    await openExample(page, 'iris')
    const table = join(folder, 'three.csv')
    const rows = Array.from({ length: 30 }, (_, index) => `${index % 7},${index % 5},${index % 3},${'abc'[index % 3]}`)
    writeFileSync(table, `p,q,r,species\n${rows.join('\n')}\n`)
    await openCsv(page, table)
    await expect.poll(() => page.getByTestId('dataset-name').textContent()).toBe('three.csv')
    await expect.poll(() => block(page, 'dense-1').textContent()).toMatch(/16×4[\s\S]*64 params/)
    await page.keyboard.press('Control+z')
    await expect.poll(() => page.getByTestId('dataset-name').textContent()).toBe('iris.csv')
    await expect.poll(() => block(page, 'dense-1').textContent()).toMatch(/16×5[\s\S]*80 params/)
  })
})

interface Placed {
  id: string
  position: { x: number; y: number }
}
