import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseWeights } from '../../src/shared/weights/document'
import { findChromium } from '../support/browser'
import { exportWeights, lamina, openCsv, stateText } from './support/actions'
import { violations } from './support/axe'
import { useDesigner } from './support/suite'

const sizes = ['L', 'S', 'M', 'XL']
/** 120 rows of yes and no, sizes, dates either way round, numbers with two texts among them, and 196 more columns. */
function wideTable(): string {
  const many = Array.from({ length: 196 }, (_, index) => `x${index}`)
  const rows = Array.from({ length: 120 }, (_, row) => [
    row % 3 === 0 ? 'yes' : 'No',
    sizes[row % 4],
    `0${1 + (row % 9)}/0${1 + (row % 7)}/2024`,
    row === 40 ? 'broken' : row === 80 ? 'n. a.' : `${row}.5`,
    ...many.map((_, index) => (row * ((index % 10) + 1)) % 11),
    row % 2 === 0 ? 'a' : 'b'
  ])
  return `${[['member', 'size', 'when', 'gauge', ...many, 'label'], ...rows].map((cells) => cells.join(',')).join('\n')}\n`
}

describe.skipIf(findChromium() === null)('types of columns', () => {
  const designer = useDesigner()
  let page: Page
  beforeEach(() => {
    page = designer.page
  })
  const typeOf = (column: string): Promise<string | null> =>
    page.getByTestId(`type-${column}`).getAttribute('aria-label')
  const inputs = (): Promise<string | null> => page.getByTestId('prepared-inputs').textContent()
  const problem = () => page.getByTestId('dataset-problem')
  async function choose(testid: string, option: string): Promise<void> {
    await page.getByTestId(testid).click()
    await page.getByRole('option', { name: option }).click()
  }
  const details = (column: string): Promise<void> => page.getByTestId(`details-${column}`).click()
  const select = (column: string) => page.getByRole('checkbox', { name: `Select ${column}`, exact: true })

  it('are told with their reasons, chosen one by one and many at once, trained with and written down', async () => {
    const path = designer.file('wide.csv', wideTable())
    await openCsv(page, path)
    await page.getByTestId('target-evidence').getByText('Classification: 2 different texts').waitFor()
    expect(await typeOf('member')).toBe('How member is read: Yes / no')
    expect(await typeOf('when')).toBe('How when is read: Date')
    // What is set missing is said, and refused until a policy for it is chosen.
    await page.getByText('Column "gauge" is numbers but for 2 cells, which are set missing (rows 41, 81).').waitFor()
    await choose('missing', 'Median')
    // Yes or no, four sizes, the gauge and 196 numbers; the date waits.
    await expect.poll(inputs).toBe('202')

    // An order of one's own: one input instead of four.
    await choose('type-size', 'Ordered')
    await details('size')
    const order = () => page.getByRole('list', { name: 'Order of size' }).locator('.category').allTextContents()
    expect(await order()).toEqual(['S', 'M', 'L', 'XL'])
    await page.getByRole('button', { name: 'Reverse' }).click()
    await page.getByRole('button', { name: 'Move XL up to 1' }).press('Enter')
    await expect.poll(order).toEqual(['L', 'XL', 'M', 'S'])
    await expect.poll(inputs).toBe('199')

    // A date whose day and month could be exchanged is not guessed at.
    await details('when')
    await page.getByRole('button', { name: 'Expand to all that is usual' }).click()
    await expect.poll(() => problem().textContent()).toContain('every date could begin with the day or with the month')
    await choose('date-order-when', 'day, month, year')
    await page.getByRole('checkbox', { name: 'Weekday' }).uncheck()
    await expect.poll(inputs).toBe('203')
    expect(await violations(page, '[data-testid="column-when"]')).toEqual([])
    await details('when')

    // Ten columns by the keyboard, in one step that is undone as one.
    await page.getByRole('searchbox', { name: 'Filter columns' }).fill('x10')
    await select('x10').focus()
    await page.keyboard.press('Space')
    await select('x107').focus()
    await page.keyboard.press('Shift+Space')
    await page.getByTestId('bulk-edit').getByText('9 selected').waitFor()
    expect(await violations(page, '[data-testid="bulk-edit"]')).toEqual([])
    await choose('bulk-type', 'Category')
    await expect.poll(() => typeOf('x105')).toBe('How x105 is read: Category')
    await expect.poll(inputs).toBe(String(203 + 9 * 10))
    await choose('bulk-type', 'Date')
    await page.getByText('9 of 9 columns cannot be read as date and stay as they are.').waitFor()
    await page.keyboard.press('Control+z')
    await expect.poll(inputs).toBe('203')
    expect(await typeOf('x105')).toBe('How x105 is read: Number')
    await choose('bulk-use', 'Left out')
    await expect.poll(inputs).toBe('194')
    await page.getByRole('searchbox', { name: 'Filter columns' }).fill('x')
    await page.getByRole('checkbox', { name: 'Select all shown' }).check()
    await choose('bulk-use', 'Left out')
    await expect.poll(inputs).toBe('7')

    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Finished')
    const { path: weightsPath } = await exportWeights(page)
    const { preprocessing } = parseWeights(await readFile(weightsPath, 'utf8'), 'wide.weights.json')
    expect(preprocessing.features).toMatchObject([
      { column: 'member', kind: 'boolean' },
      { column: 'size', kind: 'ordinal', order: ['L', 'XL', 'M', 'S'] },
      { column: 'when', kind: 'date', order: 'dmy', parts: [{ part: 'time' }, { part: 'year' }, { part: 'month' }] },
      { column: 'gauge', kind: 'numeric' }
    ])
    const predicted = join(dirname(path), 'predicted.csv')
    await lamina('predict', weightsPath, path, '-o', predicted)
    expect((await readFile(predicted, 'utf8')).trimEnd().split('\n')).toHaveLength(121)
    await page.getByTestId('tab-predict').click()
    await page.getByLabel('when').fill('31/02/2024')
    await page
      .getByText('Column "when" must be a date (day, month, year, like 31/12/2024), found "31/02/2024".')
      .waitFor()
  })
})
