import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium } from '../support/browser'
import { openCsv } from './support/actions'
import { violations } from './support/axe'
import { launchBrowser, openDesigner, startHost, type OpenPage, type RunningHost } from './support/designer'

const ROWS = 500_000

describe.skipIf(findChromium() === null)('the table view', () => {
  let host: RunningHost
  let browser: Browser
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lamina-e2e-'))
    const lines = (count: number, line: (row: number) => string): string =>
      Array.from({ length: count }, (_, index) => line(index + 1)).join('')
    const names = ['Oslo', 'Bergen', 'Zürich']
    writeFileSync(
      join(folder, 'cities.csv'),
      `id,price,city\n${lines(3000, (row) => `${row},${row % 50 === 0 ? '' : ((row * 7) % 1000) / 10},${names[row % 3]}\n`)}`
    )
    writeFileSync(join(folder, 'long.csv'), `n,m\n${lines(ROWS, (row) => `${row * 3},${row % 7}\n`)}`)
    const columns = Array.from({ length: 250 }, (_, column) => `c${column + 1}`)
    writeFileSync(
      join(folder, 'wide.csv'),
      `${columns.join(',')}\n${lines(200, (row) => `${columns.map((_, at) => row * 1000 + at + 1).join(',')}\n`)}`
    )
    host = await startHost()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await host.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function openTable(name: string, scheme: 'light' | 'dark' = 'light'): Promise<OpenPage> {
    const opened = await openDesigner(browser, host.address, { width: 1280, height: 800 }, scheme)
    await opened.page.getByTestId('example-iris').waitFor()
    await openCsv(opened.page, join(folder, name))
    await opened.page.getByRole('button', { name: 'View rows' }).click()
    await opened.page.getByTestId('table-grid').waitFor()
    return opened
  }
  const count = (page: Page): Locator => page.getByTestId('table-count')
  const heading = (page: Page, name: string): Locator => page.getByRole('columnheader', { name, exact: true })
  /** The texts of a row of the grid, by its place (from 1), or null while it is not drawn or has not come. */
  const row = async (page: Page, place: number): Promise<string[] | null> => {
    const texts = await page
      .locator(`[data-testid="table-grid"] [role="row"][aria-rowindex="${place + 1}"] [role="gridcell"]`)
      .allTextContents()
    return texts.length === 0 || texts.includes('') ? null : texts.map((text) => text.trim())
  }
  /** What has the focus: the place of its row and its column (both from 1; row 0 is the heading), and its text. */
  const focused = (page: Page): Promise<string> =>
    page.locator(':focus').evaluate((element) => {
      const cell = element as unknown as {
        parentElement: { closest(by: string): { getAttribute(name: string): string } }
        getAttribute(name: string): string
        textContent: string
      }
      const rowIndex = Number(cell.parentElement.closest('[role="row"]').getAttribute('aria-rowindex'))
      return `${rowIndex - 1}:${Number(cell.getAttribute('aria-colindex')) - 1} ${cell.textContent.trim()}`
    })

  it('sorts, filters, searches and jumps, and says how many rows are shown', async () => {
    const { page, complaints } = await openTable('cities.csv')
    await expect.poll(() => count(page).textContent()).toBe('3\u202f000 of 3\u202f000 rows, 3 columns')
    await expect.poll(() => row(page, 1)).toEqual(['1', '0.7', 'Bergen'])

    const price = heading(page, 'price')
    await price.click()
    await expect.poll(() => row(page, 1)).toEqual(['143', '0.1', 'Zürich'])
    expect(await price.getAttribute('aria-sort')).toBe('ascending')
    await price.click()
    await expect.poll(() => row(page, 1)).toEqual(['857', '99.9', 'Zürich'])
    await price.click()
    await expect.poll(() => row(page, 1)).toEqual(['1', '0.7', 'Bergen'])
    expect(await price.getAttribute('aria-sort')).toBe('none')

    // By the column in use: price.
    await page.getByTestId('table-filter').click()
    await page.keyboard.type('10')
    await page.keyboard.press('Tab')
    await page.keyboard.type('20')
    await page.keyboard.press('Enter')
    await expect.poll(() => count(page).textContent()).toBe('294 of 3\u202f000 rows, 3 columns')
    await page.getByTestId('table-search').fill('zÜr')
    await expect.poll(() => count(page).textContent()).toBe('98 of 3\u202f000 rows, 3 columns')
    expect(await row(page, 1)).toEqual(['17', '11.9', 'Zürich'])

    await page.getByRole('textbox', { name: 'Row number' }).fill('1586')
    await page.keyboard.press('Enter')
    await expect.poll(() => focused(page)).toBe('53:2 10.2')
    expect(await page.locator('[aria-rowindex="54"] [role="rowheader"]').textContent()).toMatch(/^\s*1\u202f586\s*$/)
    await page.getByRole('textbox', { name: 'Row number' }).fill('1587')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByTestId('table-problem').textContent()).toMatch(/Row 1\u202f587 is not among/)
    await page.getByRole('textbox', { name: 'Row number' }).fill('3001')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByTestId('table-problem').textContent()).toMatch(/from 1 to 3\u202f000/)

    await page.getByRole('button', { name: 'Remove the filter: price from 10 to 20' }).click()
    await expect.poll(() => count(page).textContent()).toBe('1\u202f000 of 3\u202f000 rows, 3 columns')
    await page.getByTestId('table-search').fill('no such city')
    await page.getByText('No row fits.').waitFor()
    // Escape takes back what is looked for, and leaves the table open.
    await page.getByTestId('table-search').press('Escape')
    await expect.poll(() => count(page).textContent()).toBe('3\u202f000 of 3\u202f000 rows, 3 columns')
    await page.getByTestId('table-search').fill('no such city')
    await page.getByText('No row fits.').waitFor()
    await page.getByRole('button', { name: 'Show all as in the file' }).click()
    await expect.poll(() => count(page).textContent()).toBe('3\u202f000 of 3\u202f000 rows, 3 columns')
    expect(await page.getByTestId('table-search').inputValue()).toBe('')
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('is a grid for the keyboard, with one cell in the order of Tab', async () => {
    const { page, complaints } = await openTable('cities.csv')
    await page.getByRole('gridcell', { name: '0.7' }).click()
    const press = async (...keys: string[]): Promise<string> => {
      for (const key of keys) await page.keyboard.press(key)
      return focused(page)
    }
    expect(await focused(page)).toBe('1:2 0.7')
    expect(await press('Enter')).toBe('1:2 0.7')
    expect(await page.getByTestId('whole-cell').innerText()).toBe('0.7')
    await press('Enter')
    expect(await page.getByTestId('whole-cell').count()).toBe(0)
    expect(await press('ArrowDown', 'ArrowRight')).toBe('2:3 Zürich')
    expect(await press('End', 'Home')).toBe('2:1 2')
    await press('Control+End')
    await expect.poll(() => focused(page)).toBe('3000:3 Oslo')
    await press('ArrowDown', 'ArrowRight')
    await expect.poll(() => focused(page)).toBe('3000:3 Oslo')
    await press('ArrowUp', 'ArrowLeft')
    await expect.poll(() => focused(page)).toBe('2999:2 99.3')
    await press('Control+Home')
    await expect.poll(() => focused(page)).toBe('1:1 1')
    const there = Number((await press('PageDown')).split(':')[0])
    expect(there).toBeGreaterThan(10)
    await expect.poll(() => focused(page)).toBe(`${there}:1 ${there}`)
    expect(await press('PageUp')).toBe('1:1 1')
    expect(await page.locator('[data-testid="table-grid"] [tabindex="0"]').count()).toBe(1)

    // From the heading: sort, then filter by the column.
    expect(await press('ArrowUp', 'ArrowRight')).toBe('0:2 price')
    const width = async (): Promise<number> => (await heading(page, 'price').boundingBox())?.width ?? 0
    const before = await width()
    expect(await press('Shift+ArrowRight')).toBe('0:2 price')
    await expect.poll(width).toBe(before + 20)
    await page.keyboard.press('Enter')
    await expect.poll(() => row(page, 1)).toEqual(['143', '0.1', 'Zürich'])
    expect(await focused(page)).toBe('0:2 price')
    await page.keyboard.press('Alt+ArrowDown')
    await page.getByTestId('filter-form').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('filter-form').waitFor({ state: 'detached' })
    expect(await focused(page)).toBe('0:2 price')

    // The focus stays on its cell when that is scrolled out of sight.
    await press('Control+Home')
    await page.getByTestId('table-grid').evaluate((grid) => {
      ;(grid as unknown as { scrollTop: number }).scrollTop = 40_000
    })
    await expect.poll(() => row(page, 1680)).toEqual(['2653', '57.1', 'Bergen'])
    await press('ArrowDown')
    await expect.poll(() => focused(page)).toMatch(/^2:1/)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('reaches every row of a table that is higher than an element can be', async () => {
    const { page, complaints } = await openTable('long.csv')
    const grid = page.getByTestId('table-grid')
    const last = [String(ROWS * 3), String(ROWS % 7)]
    const height = await grid.evaluate((element) => (element as unknown as { scrollHeight: number }).scrollHeight)
    expect(height).toBeLessThan(ROWS * 24)

    await grid.evaluate((element) => {
      const scroller = element as unknown as { scrollTop: number; scrollHeight: number }
      scroller.scrollTop = scroller.scrollHeight
    })
    await expect.poll(() => row(page, ROWS)).toEqual(last)
    await page.getByRole('textbox', { name: 'Row number' }).fill('321 987')
    await page.keyboard.press('Enter')
    await expect.poll(() => focused(page)).toBe(`321987:1 ${321987 * 3}`)
    // Row by row, also where a pixel of the scroll bar is more than a row.
    for (let step = 1; step <= 40; step++) await page.keyboard.press('ArrowDown')
    await expect.poll(() => focused(page)).toBe(`322027:1 ${322027 * 3}`)
    const seen = page.locator('[aria-rowindex="322028"]')
    const before = await seen.boundingBox()
    await page.mouse.move(640, 400)
    await page.mouse.wheel(0, 48)
    await expect.poll(async () => (await seen.boundingBox())?.y).toBe((before?.y ?? 0) - 48)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('draws only the columns in sight of a wide table', async () => {
    const { page, complaints } = await openTable('wide.csv')
    await page.getByRole('gridcell', { name: '1001', exact: true }).click()
    expect(await page.getByRole('columnheader').count()).toBeLessThan(40)
    await page.keyboard.press('End')
    await expect.poll(() => focused(page)).toBe('1:250 1250')
    await page.keyboard.press('Control+ArrowDown')
    await expect.poll(() => focused(page)).toBe('200:250 200250')
    expect(await page.getByRole('columnheader').count()).toBeLessThan(40)
    expect(await page.getByTestId('table-grid').getAttribute('aria-colcount')).toBe('251')
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it.each(['light', 'dark'] as const)('breaks no rule of axe in the %s theme', async (scheme) => {
    const { page } = await openTable('cities.csv', scheme)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await heading(page, 'price').click()
    await expect.poll(() => row(page, 1)).toEqual(['143', '0.1', 'Zürich'])
    await page.getByTestId('table-filter').click()
    await page.getByTestId('filter-kind').click()
    await page.getByRole('option', { name: 'is missing', exact: true }).click()
    await page.getByRole('button', { name: 'Apply' }).click()
    await expect.poll(() => row(page, 1)).toEqual(['50', 'missing', 'Zürich'])
    await page.getByTestId('table-filter').click()
    await page.getByTestId('filter-form').waitFor()
    expect(await violations(page, '[role="dialog"]')).toEqual([])
    await page.context().close()
  })
})
