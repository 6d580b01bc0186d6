import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium } from '../support/browser'
import { temporaryFolder } from '../support/temporary-folder'
import { openCsv } from './support/actions'
import { violations } from './support/axe'
import { launchBrowser, openDesigner, startHost, type RunningHost } from './support/designer'

/** 120 rows: one class in 15, a code that gives it away, a copy, a constant, gaps, an outlier, a repeated row. */
function churn(): string {
  const rows = Array.from({ length: 120 }, (_, i) => {
    const leaves = i % 15 === 4
    const score = ((i * 37) % 101) / 8
    return [
      i === 60 ? 1e6 : 20 + ((i * 7) % 31) + (leaves ? 20 : 0),
      i % 2 === 0 ? '' : (i * 3) % 50,
      score,
      score,
      ['basic', 'plus', 'pro'][(i * i) % 3] ?? '',
      'EU',
      leaves ? 'X' : 'AB'[i % 2],
      leaves ? 'yes' : 'no'
    ].join(',')
  })
  return `days,age,score,score2,plan,region,code,churned\n${[...rows, rows[7]].join('\n')}\n`
}

describe.skipIf(findChromium() === null)('what the data panel says about a table', () => {
  const folder = temporaryFolder()
  let host: RunningHost
  let browser: Browser
  beforeAll(async () => {
    writeFileSync(join(folder, 'churn.csv'), churn())
    host = await startHost()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await host.close()
  })

  async function openChurn(): Promise<{ page: Page; complaints: string[] }> {
    const opened = await openDesigner(browser, host.address)
    await expect.poll(() => opened.page.getByTestId('engine').textContent()).toContain('engine')
    await openCsv(opened.page, join(folder, 'churn.csv'))
    await opened.page.getByTestId('relation-code').waitFor()
    return opened
  }
  const words = (locator: Locator): Promise<string | null> => locator.getAttribute('aria-label')

  it('warns, the worst first, and says what to do when asked', async () => {
    const { page, complaints } = await openChurn()
    const group = page.getByRole('group', { name: 'Warnings about the data' })
    const titles = group.locator('summary')
    expect(await titles.allTextContents()).toEqual([
      expect.stringContaining('“code” gives “churned” away'),
      expect.stringContaining('Imbalanced classes, 113 to 8'),
      expect.stringContaining('Many missing values in “age”')
    ])
    const leak = page.getByTestId('warning-leakage')
    expect(await leak.getByText('Leave it out then.').isVisible()).toBe(false)
    await leak.locator('summary').focus()
    await page.keyboard.press('Enter')
    await leak.getByText('Each value of "code" goes with one class of the target "churned" only.').waitFor()
    expect(await leak.getByText('Leave it out then.').isVisible()).toBe(true)

    await group.getByRole('button', { name: 'Show 5 more' }).click()
    expect((await titles.allTextContents()).slice(3)).toEqual([
      expect.stringContaining('Values far out in “days”'),
      expect.stringContaining('1 repeated row'),
      expect.stringContaining('Very different scales'),
      expect.stringContaining('A copy of “score”'),
      expect.stringContaining('1 constant column left out')
    ])
    await page.getByTestId('details-days').click()
    expect(await violations(page, '[data-testid="table-warnings"], [data-testid="column-days"]')).toEqual([])
    await group.getByRole('button', { name: 'Show fewer' }).click()
    await expect.poll(() => titles.count()).toBe(3)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('shows how every column relates to the target, and the balance of its classes; another target changes both', async () => {
    const { page, complaints } = await openChurn()
    expect(await words(page.getByTestId('class-balance').getByRole('img'))).toBe(
      'Classes of churned: no 93.4 %, yes 6.6 %'
    )
    expect(await words(page.getByTestId('relation-code'))).toMatch(/^Relation to churned: Cramér’s V (1\.000|0\.99\d)$/)
    expect(await words(page.getByTestId('relation-region'))).toBe('No relation to churned can be computed')
    expect(await page.getByTestId('relation-churned').count()).toBe(0)

    // The warning leads to weights that let both classes count the same: 97 training rows, of which 91 say no.
    await page.getByTestId('warning-imbalance').locator('summary').click()
    await page.getByTestId('balance-classes').click()
    await page.getByTestId('warning-imbalance').getByText('The loss is weighted by class').waitFor()
    const weights = page.getByTestId('class-weight-list')
    const shown = (await weights.getByRole('listitem').allTextContents()).map((text) => text.trim())
    expect(shown).toEqual(['no 0.533', 'yes 8.08'])
    await page.getByTestId('class-weights').click()
    await page.getByRole('option', { name: 'By hand' }).click()
    await page.getByTestId('class-weight-yes').fill('3')
    await page.getByTestId('class-weight-yes').press('Enter')
    expect(await violations(page, '[data-testid="inspector"], [data-testid="table-warnings"]')).toEqual([])
    await page.getByTestId('training-epochs').fill('2')
    await page.getByTestId('training-epochs').press('Enter')
    await page.getByTestId('train').click()
    await page.getByTestId('tab-log').click()
    await page.getByText('Losses are weighted by class: no 0.533, yes 3. Accuracies are not.').waitFor()

    await page.getByTestId('target-select').click()
    await page.getByRole('option', { name: 'score2' }).click()
    await page.getByTestId('inspector').getByText('Class weights need a target of classes, but "score2"').waitFor()
    await expect.poll(() => words(page.getByTestId('relation-score'))).toBe('Relation to score2: correlation r 1.000')
    expect(await page.getByTestId('class-balance').count()).toBe(0)
    await page.getByTestId('warning-leakage').getByText('“score” gives “score2” away').waitFor()

    // Each of several targets is named, with its task, and can be given up.
    await page.getByTestId('also-predict').click()
    await page.getByRole('menuitem', { name: /^score a number$/ }).click()
    const targets = page.getByTestId('targets').getByRole('listitem')
    await expect
      .poll(async () => (await targets.allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim()))
      .toEqual(['score2 Regression: numbers with fractions', 'score Regression: numbers with fractions'])
    await expect.poll(() => page.getByTestId('prepared-outputs').textContent()).toBe('2')
    await page.getByRole('button', { name: 'Do not predict score2: use it as a feature' }).click()
    await expect.poll(() => page.getByTestId('target-select').textContent()).toMatch(/^\s*score\s*$/)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('opens the details of one column at a time', async () => {
    const { page, complaints } = await openChurn()
    const column = (name: string): Locator => page.getByTestId(`column-${name}`)
    const toggle = (name: string): Locator => page.getByTestId(`details-${name}`)
    await toggle('score').click()
    expect(await toggle('score').getAttribute('aria-expanded')).toBe('true')
    // NumPy over the column: 121 values of k/8, k from 0 to 100.
    const figures = await column('score').locator('dl > div').allTextContents()
    expect(figures.map((text) => text.replace(/\s+/g, ' ').trim())).toEqual([
      'Min 0',
      'Max 12.5',
      'Mean 6.178',
      'Median 6.250',
      'Std. dev. 3.630',
      'Distinct 101',
      'Missing 0'
    ])
    const below = (name: string): Promise<number> =>
      column(name).evaluate((element) => element.getBoundingClientRect().bottom)
    const nextTop = await column('score2').evaluate((element) => element.getBoundingClientRect().top)
    expect(await below('score')).toBeLessThanOrEqual(nextTop + 1)

    await toggle('plan').click()
    expect(await toggle('score').getAttribute('aria-expanded')).toBe('false')
    expect(await column('plan').getByRole('listitem').allTextContents()).toEqual([
      expect.stringMatching(/plus\s+81/),
      expect.stringMatching(/basic\s+40/)
    ])
    await toggle('plan').press('Enter')
    expect(await toggle('plan').getAttribute('aria-expanded')).toBe('false')
    expect(complaints).toEqual([])
    await page.context().close()
  })
})
