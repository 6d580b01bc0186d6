import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseWeights } from '../../src/shared/weights/document'
import { findChromium } from '../support/browser'
import { exportWeights, lamina, openCsv, stateText } from './support/actions'
import { useDesigner } from './support/suite'

describe.skipIf(findChromium() === null)('preparation', () => {
  const designer = useDesigner()
  let page: Page
  beforeEach(() => {
    page = designer.page
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
    const path = designer.file('towns.csv', `income,town,buys\n${rows.join('\n')}\n`)
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
    const predicted = join(dirname(path), 'predicted.csv')
    await lamina('predict', weightsPath, path, '-o', predicted)
    expect((await readFile(predicted, 'utf8')).trimEnd().split('\n')).toHaveLength(81)

    await page.keyboard.press('Control+z')
    await expect.poll(async () => (await steps())['Categories']).toMatch(/^one-hot, \d\d inputs: town \d\d$/)
  })
})
