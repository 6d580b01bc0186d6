import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseWeights } from '../../src/shared/weights/document'
import { findChromium } from '../support/browser'
import { exportWeights, lamina, openCsv, stateText } from './support/actions'
import { launchBrowser, openDesigner, startHost, type RunningHost } from './support/designer'

describe.skipIf(findChromium() === null)('preparation', () => {
  let folder: string
  let host: RunningHost
  let browser: Browser
  let page: Page
  let complaints: string[]
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lamina-preparation-'))
    host = await startHost()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await host.close()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    ;({ page, complaints } = await openDesigner(browser, host.address))
    await page.getByTestId('example-iris').waitFor()
  })
  afterEach(async () => {
    await page.context().close()
    expect(complaints).toEqual([])
  })

  /** What each step says, by its name. */
  const steps = (): Promise<Record<string, string>> =>
    page
      .getByTestId('preparation-steps')
      .locator('li')
      .evaluateAll((items) =>
        Object.fromEntries(
          items.map((item) => [item.children[0]?.textContent ?? '', item.children[1]?.textContent ?? ''])
        )
      )
  async function choose(testid: string, option: RegExp): Promise<void> {
    await page.getByTestId(testid).click()
    await page.getByRole('option', { name: option }).click()
  }

  it('shows what each step did, as it is set, and trains, exports and predicts with it', async () => {
    // 26 towns: t0 to t5 ten times each, the others once; two gaps; one income far from all others.
    const towns = [
      ...Array.from({ length: 60 }, (_, row) => `t${row % 6}`),
      ...Array.from({ length: 20 }, (_, i) => `u${i}`)
    ]
    const rows = towns.map((town, row) => {
      const income = row === 7 ? '' : row === 30 ? '1000000' : String(20 + ((row * 7) % 50))
      return `${income},${row === 9 ? '' : town},${row % 2 === 0 ? 'yes' : 'no'}`
    })
    const path = join(folder, 'towns.csv')
    writeFileSync(path, `income,town,buys\n${rows.join('\n')}\n`)
    await openCsv(page, path)
    await expect.poll(steps).toMatchObject({
      Read: '80 rows',
      Split: '64 training, 16 validation',
      Numbers: '1 column, standard scaling'
    })
    await choose('scaling', /^Robust/)
    await choose('missing', /^Most frequent/)
    await expect
      .poll(steps)
      .toMatchObject({ Numbers: '1 column, robust scaling', 'Filled in': '2 cells: income 1, town 1' })
    const most = page.getByTestId('max-categories')
    await most.fill('6')
    await most.press('Enter')
    await expect.poll(() => page.getByTestId('prepared-inputs').textContent()).toBe('7')
    expect((await steps())['Categories']).toMatch(/^one-hot, 6 inputs: town 6 of \d+$/)
    await expect.poll(() => page.getByText('more than the 6 a column may have (maxCategories)').count()).toBe(1)

    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Finished')
    const { path: weightsPath } = await exportWeights(page)
    const { preprocessing } = parseWeights(await readFile(weightsPath, 'utf8'), 'towns.weights.json')
    expect(preprocessing.features).toMatchObject([
      { column: 'income', scaling: 'robust' },
      { column: 'town', categories: ['t0', 't1', 't2', 't3', 't4', 't5'] }
    ])
    const predicted = join(folder, 'predicted.csv')
    await lamina('predict', weightsPath, path, '-o', predicted)
    expect((await readFile(predicted, 'utf8')).trimEnd().split('\n')).toHaveLength(81)

    await page.keyboard.press('Control+z')
    await expect.poll(async () => (await steps())['Categories']).toMatch(/^one-hot, \d\d inputs: town \d\d$/)
  })
})
