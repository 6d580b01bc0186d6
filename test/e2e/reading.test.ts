import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { findChromium } from '../support/browser'
import { openCsv, stateText } from './support/actions'
import { useDesigner } from './support/suite'

const classes = ['Löwe', 'Bär', 'Dachs'] as const
/** Rows of a table with two decimal numbers that tell three classes apart. */
const animals = (decimal: string, delimiter: string): string[] =>
  Array.from({ length: 60 }, (_, index) => {
    const kind = index % 3
    const number = (value: number): string => value.toFixed(2).replace('.', decimal)
    return [number(10 * kind + (index % 7) / 7), number(3 - kind + (index % 5) / 9), classes[kind]].join(delimiter)
  })

describe.skipIf(findChromium() === null)('reading tables as people have them', () => {
  const designer = useDesigner()
  let page: Page
  beforeEach(() => {
    page = designer.page
  })

  async function open(name: string, content: string | Uint8Array): Promise<void> {
    await openCsv(page, designer.file(name, content))
    await expect.poll(() => page.getByTestId('dataset-name').textContent()).toBe(name)
    await page.getByTestId('rows-train').waitFor()
  }
  async function train(): Promise<void> {
    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Finished')
  }
  const openDialog = async (): Promise<void> => {
    await page.getByRole('button', { name: 'How the file is read' }).click()
    await page.getByTestId('reading-dialog').waitFor()
  }
  const counts = (): Promise<string> => page.getByTestId('reading-counts').innerText()
  async function choose(key: string, option: string): Promise<void> {
    await page.getByTestId(`reading-${key}`).click()
    await page.getByRole('option', { name: option, exact: true }).click()
  }

  it('trains on semicolons with decimal commas, in Latin-1', async () => {
    const text = ['Länge;Höhe;Tier', ...animals(',', ';')].join('\r\n')
    await open('tiere.csv', Buffer.from(text, 'latin1'))
    await train()
    await openDialog()
    const dialog = page.getByTestId('reading-dialog')
    await expect.poll(counts).toContain('60 rows × 3 columns: 60 as they stand, 0 repaired, 0 left out.')
    expect(await dialog.getByRole('columnheader').allTextContents()).toEqual([
      'LängeNumber',
      'HöheNumber',
      'TierCategory'
    ])
    expect(await page.getByTestId('reading-delimiter').textContent()).toContain('semicolon')
    expect(await page.getByTestId('reading-decimalMark').textContent()).toContain('comma')
    expect(await page.getByTestId('reading-lineEnd').textContent()).toContain('both \\r\\n')
    expect(await page.getByTestId('reading-encoding').textContent()).toContain('windows-1252')
    // A word of one's own for a missing value is one at once.
    const gaps = dialog.getByRole('cell', { name: 'missing', exact: true })
    expect(await gaps.count()).toBe(0)
    await page.getByTestId('reading-missing-words').fill('none, Dachs')
    await page.getByTestId('reading-missing-words').press('Tab')
    // Every third of the first forty rows.
    await expect.poll(() => gaps.count()).toBe(13)
    await choose('lineEnd', 'return \\r')
    await dialog.getByTitle('You chose this').waitFor()
    // Both together end a row whatever is chosen.
    await expect.poll(counts).toContain('60 rows × 3 columns')
  })

  it('repairs three broken rows and lists them, or leaves them out when asked to', async () => {
    const rows = animals('.', ',')
    rows[4] = '"unclosed,1.00,Bär'
    rows[10] = '1.25'
    rows[20] = '20.00,1.00,Dachs,surplus'
    await open('broken.csv', ['length,height,animal', ...rows].join('\n'))
    const note = page.getByText('3 rows that do not fit were repaired (lines 6, 12, 22).')
    await note.waitFor()
    await openDialog()
    await expect.poll(counts).toContain('60 rows × 3 columns: 57 as they stand, 3 repaired, 0 left out.')
    await page.getByTestId('show-issues').click()
    const issues = page.getByTestId('reading-issues').getByRole('row')
    // What is left of the quoted cell is no number, and the only text among them.
    expect(await issues.count()).toBe(5)
    expect(await issues.nth(2).getByRole('cell').allTextContents()).toEqual([
      '6',
      String(Buffer.byteLength(['length,height,animal', ...rows.slice(0, 4), ''].join('\n'))),
      '5',
      'length',
      'unclosed',
      'a number',
      'set missing'
    ])
    expect(await issues.nth(3).getByRole('cell').allTextContents()).toEqual([
      '12',
      String(Buffer.byteLength(['length,height,animal', ...rows.slice(0, 10), ''].join('\n'))),
      '11',
      'height',
      '1 cell: 1.25',
      '3 cells',
      'repaired'
    ])
    expect((await issues.nth(4).getByRole('cell').allTextContents()).slice(-3)).toEqual([
      '4 cells, "surplus" beyond the last column: 20.00,1.00,Dachs,surplus',
      '3 cells',
      'kept; cells beyond set aside'
    ])
    await choose('malformed', 'Leave out and list')
    await expect.poll(counts).toContain('57 rows × 3 columns: 57 as they stand, 0 repaired, 3 left out.')
    await page.getByRole('button', { name: 'Use this reading' }).click()
    await page.getByText('3 rows that do not fit were left out (lines 6, 12, 22).').waitFor()
    await page.getByRole('button', { name: /^Undo/ }).click()
    await note.waitFor()
  })

  it('previews another choice at once, says what it cannot do, and changes nothing until it is used', async () => {
    await open('notes.csv', ['a report', '', 'x,y,animal', ...animals('.', ',')].join('\n'))
    await page.getByText('The table begins on line 3: what is above was skipped.').waitFor()
    const undo = page.getByRole('button', { name: /^Undo/ })
    const undoes = await undo.getAttribute('aria-label')
    await openDialog()
    await choose('delimiter', 'bar |')
    await expect.poll(counts).toContain('× 1 columns')
    await choose('malformed', 'Do not read the file')
    await choose('delimiter', 'comma ,')
    await page.getByLabel('Lines above').fill('0')
    await page.getByLabel('Lines above').press('Tab')
    await expect
      .poll(() => page.getByTestId('reading-dialog').getByRole('alert').textContent())
      .toContain('has a malformed row')
    expect(await page.getByRole('button', { name: 'Use this reading' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('The table begins on line 3: what is above was skipped.').waitFor()
    expect(await undo.getAttribute('aria-label')).toBe(undoes)
  })

  it('opens 200 columns', async () => {
    const names = Array.from({ length: 200 }, (_, column) => `c${column}`)
    const rows = Array.from({ length: 80 }, (_, row) => names.map((_name, column) => (row * column) % 11).join(','))
    await open('wide.csv', [names.join(','), ...rows].join('\n'))
    await expect.poll(() => page.getByTestId('prepared-inputs').textContent()).toMatch(/^1\d\d$/)
  })
})
