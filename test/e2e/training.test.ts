import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findChromium } from '../support/browser'
import { exportWeights, stateText } from './support/actions'
import { launchBrowser, openDesigner, startHost, type RunningHost } from './support/designer'

const number = async (page: Page, testid: string): Promise<number> =>
  Number(((await page.getByTestId(testid).textContent()) ?? '').split('/')[0]?.replace(/[^0-9]/g, ''))

describe.skipIf(findChromium() === null)('training', () => {
  let host: RunningHost
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())
  // A run belongs to its host, so every test gets one of its own.
  beforeEach(async () => {
    host = await startHost()
  })
  afterEach(() => host.close())

  async function openExample(id: string): Promise<{ page: Page; complaints: string[] }> {
    const opened = await openDesigner(browser, host.address)
    await opened.page.getByTestId(`example-${id}`).click()
    await expect.poll(() => opened.page.getByTestId('dataset-name').count()).toBe(1)
    return opened
  }
  async function setEpochs(page: Page, epochs: number): Promise<void> {
    const field = page.getByRole('spinbutton', { name: /^epochs/i }).first()
    await field.fill(String(epochs))
    await field.press('Enter')
  }

  it('pauses, steps, resumes, stops, and goes on', async () => {
    const { page, complaints } = await openExample('digits')
    await setEpochs(page, 5_000_000)
    await page.getByTestId('train').click()
    await expect.poll(() => number(page, 'step-text')).toBeGreaterThan(100)
    await page.getByTestId('pause').click()
    await expect.poll(() => stateText(page).textContent()).toBe('Paused')
    const paused = await number(page, 'step-text')
    await page.getByTestId('step').click()
    await expect.poll(() => number(page, 'step-text')).toBe(paused + 1)
    await page.getByTestId('resume').click()
    await expect.poll(() => number(page, 'step-text')).toBeGreaterThan(paused + 100)
    await page.getByTestId('stop').click()
    await expect.poll(() => stateText(page).textContent()).toBe('Stopped')
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('changes the learning rate while it runs and marks it', async () => {
    const { page } = await openExample('digits')
    await setEpochs(page, 5_000_000)
    await page.getByTestId('train').click()
    await expect.poll(() => number(page, 'step-text')).toBeGreaterThan(100)
    const field = page.getByRole('spinbutton', { name: /^learning rate/i }).first()
    await field.fill('0.0005')
    await field.press('Enter')
    await page.getByTestId('tab-log').click()
    await expect.poll(() => page.getByRole('tabpanel').textContent()).toContain('Learning rate set to 5e-4.')
    await page.getByTestId('stop').click()
    await expect.poll(() => stateText(page).textContent()).toBe('Stopped')
    await page.context().close()
  })

  it('extends a finished run by more epochs', async () => {
    const { page } = await openExample('iris')
    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Finished')
    await setEpochs(page, 150)
    await page.getByTestId('resume').click()
    await expect.poll(() => page.getByTestId('epoch-text').textContent()).toBe('150 / 150')
    await expect.poll(() => stateText(page).textContent()).toBe('Finished')
    await page.context().close()
  })

  it('survives the death of the training process: goes on by itself, asks after the third, and trains again', async () => {
    const { page } = await openExample('digits')
    await setEpochs(page, 5_000_000)
    await page.getByTestId('train').click()
    await expect.poll(() => number(page, 'step-text')).toBeGreaterThan(100)
    const killed = new Set<number>()
    const killTraining = async (): Promise<void> => {
      let pid: number | undefined
      await expect
        .poll(async () => {
          pid = (await host.workers()).find((worker) => worker.kind === 'training' && !killed.has(worker.pid))?.pid
          return pid
        })
        .toBeGreaterThan(0)
      await expect.poll(() => stateText(page).textContent()).toBe('Training')
      killed.add(pid ?? 0)
      process.kill(pid ?? 0, 'SIGKILL')
    }
    await killTraining()
    await page
      .getByText(/The training process was killed .*; training went on from/)
      .first()
      .waitFor()
    await expect.poll(() => stateText(page).textContent()).toBe('Training')
    const { page: other } = await openDesigner(browser, host.address)
    await expect.poll(() => stateText(other).textContent()).toBe('Training')
    await killTraining()
    await killTraining()
    await expect.poll(() => stateText(other).textContent()).toBe('Failed')
    await expect.poll(() => stateText(page).textContent()).toBe('Failed')
    await expect.poll(() => page.locator('.status').textContent()).toMatch(/killed .* 3 times within five minutes/)
    await page.getByTestId('resume-run').click()
    await expect.poll(() => stateText(page).textContent()).toBe('Training')
    await expect.poll(() => stateText(other).textContent()).toBe('Training')
    await other.context().close()
    await page.getByTestId('stop').click()
    await page.getByTestId('tab-runs').click()
    await page.getByTestId('runs').getByText('Stopped').waitFor()
    await page.getByTestId('tab-charts').click()
    await setEpochs(page, 3)
    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Finished')
    const { download } = await exportWeights(page)
    expect(download.suggestedFilename()).toMatch(/\.weights\.json$/)
    await page.context().close()
  })

  it('is still there when the page is loaded again', async () => {
    const { page } = await openExample('digits')
    await setEpochs(page, 5_000_000)
    await page.getByTestId('train').click()
    await expect.poll(() => number(page, 'step-text')).toBeGreaterThan(100)
    page.on('dialog', (dialog) => void dialog.accept())
    await page.reload()
    await expect.poll(() => stateText(page).textContent()).toBe('Training')
    const before = await number(page, 'step-text')
    await expect.poll(() => number(page, 'step-text')).toBeGreaterThan(before)
    await page.getByTestId('stop').click()
    await expect.poll(() => stateText(page).textContent()).toBe('Stopped')
    await page.context().close()
  })
})
