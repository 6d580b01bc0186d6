import { readFile } from 'node:fs/promises'
import type { Browser, WebSocketRoute } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium } from '../support/browser'
import {
  block,
  centreOf,
  chooseFile,
  downloadFrom,
  drag,
  exampleCsv,
  exportWeights,
  lamina,
  openCsv,
  stateText
} from './support/actions'
import { launchBrowser, openDesigner, startHost, type RunningHost } from './support/designer'

describe.skipIf(findChromium() === null)('a new user', () => {
  let host: RunningHost
  let browser: Browser
  beforeAll(async () => {
    host = await startHost()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await host.close()
  })

  it('waits for the service before offering to open anything, and says so', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    const page = await context.newPage()
    let held = true
    const waiting: WebSocketRoute[] = []
    await page.routeWebSocket(/./u, (socket) => {
      if (held) waiting.push(socket)
      else socket.connectToServer()
    })
    await page.goto(host.address)
    const open = page.getByRole('button', { name: 'Drop a CSV here, or choose one' })
    await expect.poll(() => open.textContent()).toContain('Connecting to Lamina’s service')
    expect(await open.isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: 'Open a design' }).isDisabled()).toBe(true)
    held = false
    await expect.poll(() => waiting.length).toBe(1)
    for (const socket of waiting) await socket.close()
    await expect.poll(() => open.isEnabled()).toBe(true)
    await page.getByTestId('example-iris').click()
    await expect.poll(() => page.getByTestId('dataset-name').textContent()).toBe('iris.csv')
    await context.close()
  })

  it('opens iris.csv, trains the proposed network, exports it, and the command line predicts the same', async () => {
    const { page, complaints } = await openDesigner(browser, host.address)
    await expect.poll(() => page.getByTestId('engine').textContent()).toContain('native')
    await openCsv(page, exampleCsv('iris'))

    await expect.poll(() => block(page, 'dense-1').textContent()).toMatch(/16×5[\s\S]*80 params/)
    await expect.poll(() => block(page, 'dense-3').textContent()).toMatch(/3×17[\s\S]*51 params/)
    expect(await page.getByTestId('dataset-name').textContent()).toBe('iris.csv')
    expect(await stateText(page).textContent()).toBe('Not trained')

    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Finished')
    expect(await page.getByTestId('epoch-text').textContent()).toBe('100 / 100')
    expect(await page.getByTestId('step-text').textContent()).toBe('800')
    for (const chart of ['chart-loss', 'chart-metric', 'chart-norms']) {
      await expect
        .poll(async () => Number(await page.getByTestId(chart).getAttribute('data-frames')))
        .toBeGreaterThan(0)
    }

    const weights = await exportWeights(page)
    expect(weights.download.suggestedFilename()).toBe('iris.weights.json')
    const document = JSON.parse(await readFile(weights.path, 'utf8'))
    expect(document).toMatchObject({ format: 'lamina-weights', version: 1, loss: 'crossEntropy' })
    expect(document.layers.map((layer: { id: string }) => layer.id)).toEqual([
      'dense-1',
      'act-1',
      'dense-2',
      'act-2',
      'dense-3',
      'act-3'
    ])

    // The same file comes back in, proves itself on its own test vectors, and predicts the whole table.
    await page.getByTestId('weights-menu').click()
    await chooseFile(page, () => page.getByTestId('import').click(), weights.path)
    await expect.poll(() => page.getByTestId('weights-card').textContent()).toContain('match the file’s test vectors')
    const card = page.getByTestId('weights-card')
    await card.getByRole('button', { name: /predict/i }).click()
    const predicted = await downloadFrom(page, () => page.getByRole('menuitem', { name: /the open table/ }).click())
    const fromApp = table(await readFile(predicted.path, 'utf8'))
    const fromCommandLine = table(await lamina('predict', weights.path, exampleCsv('iris')))
    expect(fromApp).toHaveLength(150)
    expect(fromCommandLine).toHaveLength(150)
    for (const [index, row] of fromApp.entries()) {
      const other = fromCommandLine[index] ?? {}
      expect(row['predicted_species']).toBe(other['predicted_species'])
      for (const name of ['setosa', 'versicolor', 'virginica'].map((species) => `probability_${species}`)) {
        expect(Math.abs(Number(row[name]) - Number(other[name]))).toBeLessThanOrEqual(1e-6)
      }
    }
    const right = fromApp.filter((row) => row['predicted_species'] === row['species']).length
    expect(right).toBeGreaterThanOrEqual(141)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('builds 4-16-16-3 by dragging blocks onto the wire', async () => {
    const { page, complaints } = await openDesigner(browser, host.address)
    await page.getByRole('button', { name: 'Start with an empty canvas' }).click()
    const connect = async (from: string, to: string): Promise<void> => {
      const source = await centreOf(block(page, from).locator('.svelte-flow__handle.source'))
      const target = await centreOf(block(page, to).locator('.svelte-flow__handle.target'))
      await drag(page, source, target)
    }
    await connect('input', 'output')
    await expect.poll(() => page.locator('.svelte-flow__edge').count()).toBe(1)

    // Every block is dropped on the wire that enters the Output, so the chain grows from left to right.
    const chain = ['palette-dense', 'palette-relu', 'palette-dense', 'palette-relu', 'palette-dense', 'palette-softmax']
    for (const [index, testid] of chain.entries()) {
      await page.keyboard.press('1')
      await expect.poll(() => page.locator('.svelte-flow__edge').count()).toBe(index + 1)
      const end = await centreOf(block(page, 'output').locator('.svelte-flow__handle.target'))
      const wires = await page
        .locator('.svelte-flow__node .source')
        .evaluateAll((handles) => handles.map((handle) => handle.getBoundingClientRect().right))
      const start = Math.max(...wires.filter((x) => x < end.x))
      await drag(page, await centreOf(page.getByTestId(testid)), { x: (start + end.x) / 2, y: end.y })
    }
    await expect.poll(() => page.locator('.svelte-flow__edge').count()).toBe(7)

    // The table says how many outputs the last Dense needs.
    await openCsv(page, exampleCsv('iris'))
    const dense = page.locator('.block.of-dense')
    await expect
      .poll(() => dense.allTextContents())
      .toEqual([
        expect.stringMatching(/16×5[\s\S]*80 params/),
        expect.stringMatching(/16×17[\s\S]*272 params/),
        expect.stringMatching(/3×17[\s\S]*51 params/)
      ])

    // A size that does not fit is said in words where Train is pressed, and mended from the block it is marked at.
    await dense.last().click()
    await page.getByRole('button', { name: 'From target' }).click()
    await page.getByRole('spinbutton', { name: 'Units' }).fill('5')
    await page.keyboard.press('Enter')
    await page.getByTestId('train').click()
    await expect
      .poll(() => page.getByTestId('train-blockers').textContent())
      .toContain('The target needs 3 outputs, but 5 arrive.')
    await page.getByTestId('train-blockers').getByRole('button', { name: 'Show' }).click()
    await page.getByRole('button', { name: 'Take units from the target' }).click()
    await expect.poll(() => dense.last().textContent()).toMatch(/3×17[\s\S]*51 params/)
    await page.keyboard.press('Control+Enter')
    await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Finished')
    expect(complaints).toEqual([])
    await page.context().close()
  })
})

/** The rows of a plain CSV (no quotes in it) by column. */
function table(text: string): Record<string, string>[] {
  const [header = '', ...rows] = text.trim().split(/\r?\n/)
  const columns = header.split(',')
  return rows.map((row) => Object.fromEntries(row.split(',').map((cell, index) => [columns[index] ?? '', cell])))
}
