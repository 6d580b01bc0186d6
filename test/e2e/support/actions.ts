import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Download, Locator, Page } from 'playwright-core'

const commandLine = fileURLToPath(new URL('../../../out/main/lamina.js', import.meta.url))
export const exampleCsv = (name: string): string =>
  fileURLToPath(new URL(`../../../resources/examples/${name}.csv`, import.meta.url))

/** Run the command line. @returns what it wrote to stdout */
export async function lamina(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [commandLine, ...args], { maxBuffer: 1 << 26 })
  return stdout
}

export const block = (page: Page, id: string): Locator => page.getByTestId(`block-${id}`)
export const stateText = (page: Page): Locator => page.getByTestId('state-text')

/** Choose a file wherever the page asks for one. */
export async function chooseFile(page: Page, ask: () => Promise<unknown>, path: string): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), ask()])
  await chooser.setFiles(path)
}

export async function openCsv(page: Page, path: string): Promise<void> {
  await chooseFile(page, () => page.getByTestId('open-data').click(), path)
}

/** Do something that ends in a download, and read what came. */
export async function downloadFrom(
  page: Page,
  act: () => Promise<unknown>
): Promise<{ download: Download; path: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), act()])
  return { download, path: await download.path() }
}

/** Export the weights of the present run. */
export async function exportWeights(page: Page): Promise<{ download: Download; path: string }> {
  await page.getByTestId('weights-menu').click()
  return downloadFrom(page, () => page.getByTestId('export').click())
}

/** Press, move in a few steps as a hand does, and release. */
export async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(from.x + 8, from.y + 8)
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 })
  await page.mouse.move(to.x, to.y, { steps: 4 })
  await page.mouse.up()
}

export async function centreOf(locator: Locator): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox()
  if (box === null) throw new Error(`${String(locator)} is not on the page.`)
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}
