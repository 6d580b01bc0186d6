import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium } from '../support/browser'
import { block, stateText } from './support/actions'
import { violations } from './support/axe'
import { openExample, still } from './support/canvas'
import { launchBrowser, openDesigner, startHost, type RunningHost } from './support/designer'

describe.skipIf(findChromium() === null)('accessibility', () => {
  let host: RunningHost
  let browser: Browser
  beforeAll(async () => {
    host = await startHost()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await host.close()
  })

  it.each(['light', 'dark'] as const)('breaks no rule of axe in the %s theme', async (scheme) => {
    const { page, complaints } = await openDesigner(browser, host.address, { width: 1440, height: 900 }, scheme)
    // What fades in has less contrast on its way.
    await page.emulateMedia({ reducedMotion: 'reduce' })
    const broken: Record<string, string[]> = {}
    const look = async (at: string, within?: string): Promise<void> => {
      const found = await violations(page, within)
      if (found.length > 0) broken[at] = found
    }

    await page.getByTestId('example-iris').waitFor()
    await look('welcome')
    await openExample(page, 'iris')
    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Finished')
    await look('trained')
    for (const tab of ['layers', 'runs', 'predict', 'log']) {
      await page.getByTestId(`tab-${tab}`).click()
      await page.getByTestId(`tab-${tab}`).and(page.locator('[aria-selected="true"]')).waitFor()
      await look(tab, '[role="tabpanel"]')
    }
    await block(page, 'dense-1').click()
    await page.getByRole('spinbutton', { name: 'Units' }).waitFor()
    await look('a block selected')
    await page.keyboard.press('Shift+A')
    await page.getByTestId('block-search').waitFor()
    await look('adding a block', '[role="dialog"]')
    await page.keyboard.type('dropout')
    await page.keyboard.press('Enter')
    await page.getByRole('spinbutton', { name: 'Rate' }).waitFor()
    await look('a Dropout block', '[data-testid="inspector"], [data-testid="canvas"]')
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Escape')
    await page.getByTestId('schedule').click()
    await page.getByRole('option', { name: 'Cosine' }).click()
    await page.getByTestId('early-stopping').click()
    await page.getByTestId('earlyStopping-patience').fill('1')
    await page.getByTestId('earlyStopping-patience').press('Enter')
    await page.getByTestId('train').click()
    await page.getByTestId('continue').waitFor()
    await look('stopped early')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    await page.getByTestId('train').click()
    await page.getByTestId('train-blockers').waitFor()
    await look('problems', '[data-testid="train-blockers"], [data-testid="canvas"]')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+z')
    await page.getByRole('menuitem', { name: 'File' }).click()
    await page.getByRole('menu').waitFor()
    await look('a menu', '[role="menu"], [role="menubar"]')
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    for (const [name, open] of [
      ['shortcuts', () => page.keyboard.press('?')],
      ['the table', () => page.getByRole('button', { name: 'View rows' }).click()],
      ['reading', () => page.getByRole('button', { name: 'How the file is read' }).click()]
    ] as const) {
      await open()
      await page.getByRole('dialog').waitFor()
      await look(name, '[role="dialog"]')
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    expect(broken).toEqual({})
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('trains the Iris network by keyboard alone, from the first Tab on', async () => {
    const { page, complaints } = await openDesigner(browser, host.address)
    await page.getByTestId('example-iris').waitFor()
    await tabTo(page, 'example-iris')
    await page.keyboard.press('Enter')
    await page.getByTestId('total-parameters').filter({ hasText: /\d/ }).waitFor()
    await still(page)

    // To a block, to its units, and back to the network.
    await tabTo(page, null, '.svelte-flow__node[data-id="dense-1"]')
    await page.keyboard.press('Enter')
    await page.getByTestId('parameter-units').waitFor()
    await tabTo(page, 'parameter-units')
    await page.keyboard.type('8')
    await expect.poll(() => block(page, 'dense-1').textContent()).toMatch(/8×5[\s\S]*40 params/)

    // A new block after it, by name.
    await tabTo(page, null, '.svelte-flow__node[data-id="act-1"]')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Shift+A')
    await page.getByTestId('block-search').waitFor()
    await page.keyboard.type('dense 12')
    await page.keyboard.press('Enter')
    await expect.poll(() => block(page, 'dense-4').textContent()).toMatch(/12×9[\s\S]*108 params/)
    await expect.poll(() => focusedBlock(page)).toBe('dense-4')
    // Along the wires.
    await page.keyboard.press('Alt+ArrowRight')
    await expect.poll(() => focusedBlock(page)).toBe('dense-2')
    await page.keyboard.press('Alt+ArrowLeft')
    await expect.poll(() => focusedBlock(page)).toBe('dense-4')

    await tabTo(page, 'train')
    await page.keyboard.press('Enter')
    await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Finished')
    expect(await page.getByTestId('epoch-text').textContent()).toBe('100 / 100')
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('says how training goes to people who do not see it', async () => {
    const { page } = await openDesigner(browser, host.address)
    await openExample(page, 'iris')
    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Finished')
    const progress = page.getByRole('progressbar', { name: 'Training progress' })
    expect(await progress.getAttribute('aria-valuetext')).toBe('Finished, epoch 100 of 100')
    await expect.poll(async () => (await page.getByRole('status').allTextContents()).join('\n')).toMatch(/finished/i)
    const name = await page.locator('.svelte-flow__node[data-id="dense-1"]').evaluate((node) => {
      const id = node.getAttribute('aria-labelledby') ?? ''
      return node.ownerDocument.getElementById(id)?.textContent
    })
    expect(name).toBe('Dense, 16 units, layer 1, weights 16 by 5')
    await page.context().close()
  })
})

/** Press Tab until the control is reached: what cannot be reached so is no use without a mouse. */
async function tabTo(page: Page, testid: string | null, selector = `[data-testid="${testid}"]`): Promise<void> {
  const on = (): Promise<boolean> =>
    page.evaluate((wanted) => {
      const { document } = globalThis as unknown as {
        document: { activeElement: { matches(by: string): boolean } | null }
      }
      return document.activeElement?.matches(wanted) ?? false
    }, selector)
  for (let presses = 0; presses < 150; presses++) {
    if (await on()) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${selector} is not reached with Tab.`)
}

const focusedBlock = (page: Page): Promise<string | null> =>
  page.locator(':focus').evaluateAll((elements) => elements[0]?.getAttribute('data-id') ?? null)
