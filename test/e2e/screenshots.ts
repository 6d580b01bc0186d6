/**
 * `npm run screenshots`: the designer as people see it, in both themes and two sizes, into a folder (test-results by
 * default); `npm run screenshots -- docs` renews the README's picture.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser, openDesigner, startHost } from './support/designer'

const target = process.argv[2] ?? 'test-results/screenshots'
const forReadme = target === 'docs'
const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 }
]

mkdirSync(target, { recursive: true })
const browser = await launchBrowser()
try {
  if (forReadme) await pictures(browser, { width: 1440, height: 900 }, 'light', ['trained'])
  else
    for (const size of sizes)
      for (const scheme of ['light', 'dark'] as const) await pictures(browser, size, scheme, null)
} finally {
  await browser.close()
}

async function pictures(
  on: Browser,
  size: { width: number; height: number },
  scheme: 'light' | 'dark',
  only: string[] | null
): Promise<void> {
  const host = await startHost()
  try {
    const { page } = await openDesigner(on, host.address, size, scheme)
    const take = async (name: string): Promise<void> => {
      if (only !== null && !only.includes(name)) return
      const file = forReadme ? 'screenshot.png' : `${name}-${size.width}x${size.height}-${scheme}.png`
      await page.screenshot({ path: join(target, file), animations: 'disabled' })
      console.log(join(target, file))
    }
    await page.getByTestId('example-iris').waitFor()
    await take('welcome')
    await page.getByTestId('example-digits').click()
    await page.getByTestId('dataset-name').waitFor()
    await page.getByTestId('train').click()
    await finished(page)
    await page.keyboard.press('1')
    await take('trained')
    for (const tab of ['layers', 'runs', 'predict', 'log']) {
      await page.getByTestId(`tab-${tab}`).click()
      await page.getByRole('tabpanel').first().waitFor()
      await take(tab)
    }
    await page.getByTestId('tab-charts').click()
    await page.getByTestId('block-dense-2').click()
    await take('block')
    await page.keyboard.press('Escape')
    await page.getByTestId('schedule').click()
    await page.getByRole('option', { name: 'Cosine' }).click()
    await page.getByTestId('early-stopping').click()
    await page.getByTestId('schedule-text').scrollIntoViewIfNeeded()
    await take('schedule')
    await page.context().close()
  } finally {
    await host.close()
  }
}

async function finished(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelector('[data-testid="state-text"]')?.textContent === 'Finished',
    undefined,
    { timeout: 60_000 }
  )
  // The last frame is drawn on the next animation frame.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
}
