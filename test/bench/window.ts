/**
 * What a window costs and shows while it watches a fast run, measured in a real browser against the command line on
 * the same machine in the same minute. Run by `npm run bench`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { chooseFile, exampleCsv, lamina } from '../e2e/support/actions'
import { openDesigner, type RunningHost } from '../e2e/support/designer'
import { inDesignerWindow } from './designer-window'
import { ratioOf, spreadOf } from './statistics'
import type { WindowFigures } from './window-figures'

const ROUNDS = 5
/** How long a run takes on this machine: long enough that its start, when code is still being compiled, hardly counts. */
const RUN_SECONDS = 6
const STREAM_SECONDS = 3
/** To find out how fast this machine is. */
const FIRST_EPOCHS = 20_000

/** @returns null, with the reason on stderr, where there is no browser */
export function measureWindow(): Promise<WindowFigures | null> {
  return inDesignerWindow('The window', async ({ browser, host, folder }) => {
    const design = join(folder, 'iris.lamina')
    await lamina('new', exampleCsv('iris'), '--target', 'species', '-o', design)
    setEpochs(design, FIRST_EPOCHS)
    const first = JSON.parse(await lamina('train', design, '--json'))
    const epochs = Math.round((FIRST_EPOCHS * Number(first.stepsPerSecond) * RUN_SECONDS) / Number(first.steps))
    setEpochs(design, epochs)

    const pageReady: number[] = []
    for (let load = 0; load < 5; load++) pageReady.push(await timePage(browser, host))

    const commandLine: number[] = []
    const window: number[] = []
    let streamed: Pick<WindowFigures, 'chartFrames' | 'longTasks'> = { chartFrames: {}, longTasks: [] }
    for (let round = 0; round < ROUNDS; round++) {
      commandLine.push(Number(JSON.parse(await lamina('train', design, '--json')).stepsPerSecond))
      const watched = await trainInWindow(browser, host, epochs)
      window.push(watched.stepsPerSecond)
      streamed = watched
    }
    return {
      pageReady: spreadOf(pageReady),
      commandLine: spreadOf(commandLine),
      window: spreadOf(window),
      ratio: ratioOf(window, commandLine),
      chartFrames: streamed.chartFrames,
      longTasks: streamed.longTasks
    }
  })
}

function setEpochs(design: string, epochs: number): void {
  const document = JSON.parse(readFileSync(design, 'utf8'))
  document.training.epochs = epochs
  writeFileSync(design, JSON.stringify(document))
}

async function timePage(browser: Browser, host: RunningHost): Promise<number> {
  const began = performance.now()
  const { page } = await openDesigner(browser, host.address)
  await page.getByTestId('example-iris').waitFor()
  const milliseconds = performance.now() - began
  await page.context().close()
  return milliseconds
}

async function trainInWindow(
  browser: Browser,
  host: RunningHost,
  epochs: number
): Promise<Pick<WindowFigures, 'chartFrames' | 'longTasks'> & { stepsPerSecond: number }> {
  const { page } = await openDesigner(browser, host.address)
  await page.getByTestId('example-iris').waitFor()
  await chooseFile(page, () => page.getByTestId('open-data').click(), exampleCsv('iris'))
  await page.getByTestId('block-dense-3').waitFor()
  const field = page.getByRole('spinbutton', { name: /^epochs/i }).first()
  await field.fill(String(epochs))
  await field.press('Enter')
  await page.evaluate(() => {
    const scope = globalThis as unknown as { longTasks: number[] }
    scope.longTasks = []
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) scope.longTasks.push(entry.duration)
    }).observe({ type: 'longtask' })
  })
  await page.getByTestId('train').click()
  await page.getByTestId('pause').waitFor()
  const before = await framesOf(page)
  const began = performance.now()
  await page.waitForTimeout(STREAM_SECONDS * 1000)
  const after = await framesOf(page)
  const seconds = (performance.now() - began) / 1000
  const chartFrames = Object.fromEntries(
    Object.entries(after).map(([name, count]) => [name, (count - (before[name] ?? 0)) / seconds])
  )
  await page.waitForFunction(
    () => document.querySelector('[data-testid="state-text"]')?.textContent === 'Finished',
    undefined,
    // Not by animation frames, which would make the page draw all the time.
    { timeout: 120_000, polling: 500 }
  )
  const longTasks = await page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks)
  // Once a run has finished, the status shows all its steps over all its seconds.
  const pace = await page.locator('.status .fact', { hasText: 'steps/s' }).textContent()
  const stepsPerSecond = Number((pace ?? '').replace(/\D/g, ''))
  await page.context().close()
  return { chartFrames, longTasks, stepsPerSecond }
}

async function framesOf(page: Page): Promise<Record<string, number>> {
  const frames: Record<string, number> = {}
  for (const name of ['chart-loss', 'chart-metric', 'chart-norms'])
    frames[name] = Number(await page.getByTestId(name).getAttribute('data-frames'))
  return frames
}
