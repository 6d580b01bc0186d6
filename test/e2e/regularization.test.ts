import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findChromium } from '../support/browser'
import { block, exportWeights, stateText } from './support/actions'
import { drawing, openExample, selection } from './support/canvas'
import { launchBrowser, openDesigner, startHost, type RunningHost } from './support/designer'

const FOREVER = 5_000_000

describe.skipIf(findChromium() === null)('schedules, early stopping and dropout', () => {
  let host: RunningHost
  let browser: Browser
  let page: Page
  let complaints: string[]
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())
  // A run belongs to its host, so every test gets one of its own.
  beforeEach(async () => {
    host = await startHost()
    ;({ page, complaints } = await openDesigner(browser, host.address, { width: 1920, height: 1080 }))
  })
  afterEach(async () => {
    await page.context().close()
    await host.close()
    expect(complaints).toEqual([])
  })

  const text = async (testid: string): Promise<string> => ((await page.getByTestId(testid).textContent()) ?? '').trim()
  const set = async (testid: string, value: number | string): Promise<void> => {
    await page.getByTestId(testid).fill(String(value))
    await page.getByTestId(testid).press('Enter')
  }
  /** In a field, Ctrl+Z takes back what was typed there. */
  async function leaveField(): Promise<void> {
    await page.locator(':focus').blur()
  }
  async function chooseSchedule(label: string): Promise<void> {
    await page.getByTestId('schedule').click()
    await page.getByRole('option', { name: new RegExp(`^${label}`, 'u') }).click()
  }
  const epochNow = async (): Promise<number> => Number((await text('epoch-text')).split('/')[0]?.replace(/[^0-9]/g, ''))
  const trains = (): Promise<void> => expect.poll(() => stateText(page).textContent()).toBe('Training')

  it('chooses a schedule, previews it, and shows the rate it makes while training', async () => {
    await openExample(page, 'iris')
    await set('training-epochs', FOREVER)
    await chooseSchedule('Exponential')
    // Slow enough to be seen however fast the engine is.
    await set('schedule-factor', 0.9999)
    expect(await text('schedule-text')).toMatch(/^Times 0\.9999 over every epoch, down to/)
    await page.getByTestId('train').click()
    const rate = async (): Promise<number> => Number(await text('scheduled-rate'))
    await expect.poll(rate).toBeLessThan(0.00999)
    const before = await rate()
    await expect.poll(rate).toBeLessThan(before)
    // What was set stays what it was.
    expect(await page.getByTestId('learning-rate').inputValue()).toBe('0.01')
    await page.getByTestId('stop').click()
    await expect.poll(() => stateText(page).textContent()).toBe('Stopped')
  })

  it('takes a schedule and its parameters back and forth, one step each', async () => {
    await openExample(page, 'iris')
    expect(await text('schedule')).toBe('Constant')
    expect(await page.getByTestId('schedule-text').count()).toBe(0)
    await chooseSchedule('Cosine')
    await set('schedule-warmupEpochs', 5)
    await page.getByTestId('early-stopping').click()
    const shown = async (): Promise<(string | null)[]> => [
      await text('schedule'),
      await page.getByTestId('schedule-warmupEpochs').inputValue(),
      await page.getByTestId('early-stopping').getAttribute('aria-checked')
    ]
    const states = [
      ['Cosine', '5', 'true'],
      ['Cosine', '5', 'false'],
      ['Cosine', '0', 'false'],
      ['Constant', '0', 'false']
    ]
    await leaveField()
    for (const [at, state] of states.entries()) {
      if (at > 0) await page.keyboard.press('Control+z')
      await expect.poll(shown).toEqual(state)
    }
    for (const state of states.slice(0, -1).reverse()) {
      await page.keyboard.press('Control+y')
      await expect.poll(shown).toEqual(state)
    }
    // A constant rate without warm-up is what the example came with: nothing is left to undo or to save.
    await page.getByTestId('early-stopping').click()
    await chooseSchedule('Constant')
    await set('schedule-warmupEpochs', 0)
    expect(await page.title()).toBe('Iris flowers – Lamina')
  })

  it('stops early, says so, hands out the best weights, and goes on when asked', async () => {
    await openExample(page, 'iris')
    await page.getByTestId('early-stopping').click()
    await set('earlyStopping-patience', 3)
    await set('training-epochs', FOREVER)
    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 30_000 }).toBe('Stopped early')
    const [, end, best] =
      /^at epoch (\d+): best was epoch (\d+), whose weights are used$/.exec(await text('early-text')) ?? []
    expect(Number(end)).toBe(Number(best) + 3)
    expect(await text('announcer')).toBe(
      `Stopped early at epoch ${end}: best was epoch ${best}, whose weights are used.`
    )
    const { path } = await exportWeights(page)
    const exported = JSON.parse(readFileSync(path, 'utf8')) as { training: { epochs: number } }
    expect(exported.training.epochs).toBe(Number(best))

    await page.getByTestId('continue').click()
    await page.getByTestId('tab-log').click()
    await expect
      .poll(() => page.getByRole('tabpanel').textContent(), { timeout: 30_000 })
      .toMatch(/Went on\.[\s\S]*Stopped early at epoch/)
    const again = Number(/^at epoch (\d+)/.exec(await text('early-text'))?.[1])
    expect(again).toBeGreaterThanOrEqual(Number(end) + 3)
  })

  it('names the best epoch while it trains, and ends by itself without early stopping', async () => {
    await openExample(page, 'iris')
    await page.getByTestId('early-stopping').click()
    await set('earlyStopping-patience', 1_000_000)
    await set('training-epochs', 60)
    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 30_000 }).toBe('Finished')
    expect(Number(await text('best-epoch'))).toBeGreaterThan(1)
    expect(await page.getByTestId('continue').count()).toBe(0)
  })

  it('adds Dropout from the palette, trains with it, and takes it back', async () => {
    await openExample(page, 'iris')
    const before = (await drawing(page)).wires
    await block(page, 'act-1').click()
    await page.getByTestId('palette-dropout').click()
    const wires = [...before.filter((wire) => wire !== 'act-1>dense-2'), 'act-1>dropout-1', 'dropout-1>dense-2'].sort()
    await expect.poll(async () => (await drawing(page)).wires).toEqual(wires)
    expect(await block(page, 'dropout-1').textContent()).toMatch(/Dropout ·20 %\s*A16×b/)
    await set('parameter-rate', '35 %')
    await expect.poll(() => block(page, 'dropout-1').textContent()).toContain('35 %')
    await leaveField()
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Control+z')
    await expect.poll(async () => (await drawing(page)).wires).toEqual(before)
    await page.keyboard.press('Control+y')
    await page.keyboard.press('Control+y')
    await expect.poll(() => block(page, 'dropout-1').textContent()).toContain('35 %')
    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 30_000 }).toBe('Finished')
    // Three layers have weights; Dropout has no line and no meter of its own.
    await page.getByTestId('tab-layers').click()
    expect(await page.getByRole('tabpanel').locator('tbody tr').count()).toBe(3)
    expect(await page.getByRole('tabpanel').textContent()).not.toContain('dropout')
  })

  it('marks Dropout right before the Output and moves it where it works', async () => {
    await openExample(page, 'iris')
    await block(page, 'act-3').click()
    await page.getByTestId('palette-dropout').click()
    await expect.poll(() => block(page, 'output').textContent()).toContain('would leave out predictions')
    // The canvas may still be moving to where the new block is, away from under the pointer.
    const select = async (): Promise<string[]> => {
      await block(page, 'output').click()
      return selection(page)
    }
    await expect.poll(select).toEqual(['output'])
    await page.getByRole('button', { name: 'Move Dropout before Dense' }).click()
    await expect
      .poll(async () => (await drawing(page)).wires)
      .toEqual(expect.arrayContaining(['act-2>dropout-1', 'dropout-1>dense-3', 'act-3>output']))
    expect(await block(page, 'output').textContent()).not.toContain('would leave out')
  })

  it('undoes a learning rate in the run that is under way', async () => {
    await openExample(page, 'iris')
    await set('training-epochs', FOREVER)
    await page.getByTestId('train').click()
    await trains()
    await set('optimizer-learningRate', 0.002)
    const rate = (): Promise<string> => page.getByTestId('learning-rate').inputValue()
    await expect.poll(rate).toBe('0.002')
    await leaveField()
    await page.keyboard.press('Control+z')
    await expect.poll(rate).toBe('0.01')
    await page.keyboard.press('Control+y')
    await expect.poll(rate).toBe('0.002')
    const epoch = await epochNow()
    await expect.poll(epochNow).toBeGreaterThan(epoch)
    await page.getByTestId('stop').click()
    await expect.poll(() => stateText(page).textContent()).toBe('Stopped')
  })
})
