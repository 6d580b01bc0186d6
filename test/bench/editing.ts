import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { formatDesign } from '../../src/shared/design/document'
import type { Design } from '../../src/shared/design/schema'
import { emptyDesign } from '../../src/shared/network/propose'
import { chooseFile } from '../e2e/support/actions'
import { openDesigner } from '../e2e/support/designer'
import { inDesignerWindow } from './designer-window'
import type { EditingFigures } from './window-figures'

/** Blocks between Input and Output. */
const BLOCKS = 198
/** Edits of one kind, one after the other. */
const EDITS = 10
/** Backing an edit up begins within a quarter of a second. */
const SETTLED_MS = 700

/** What edits of a large network cost the window, their backup included. @returns null where there is no browser */
export function measureEditing(): Promise<EditingFigures | null> {
  return inDesignerWindow('Editing', async ({ browser, host, folder }) => {
    const path = join(folder, 'large.lamina')
    writeFileSync(path, formatDesign(largeDesign()))
    const { page } = await openDesigner(browser, host.address)
    await page.getByTestId('example-iris').waitFor()
    await observe(page)
    await chooseFile(page, () => page.getByRole('button', { name: 'Open a design…' }).click(), path)
    await page.getByTestId(`block-dense-${BLOCKS}`).waitFor({ state: 'attached' })
    const opening = await longest(page)
    await page.getByTestId('block-dense-1').click()
    await longest(page)
    const parameter = await repeated(page, async () => {
      const field = page.getByRole('spinbutton', { name: 'Units' })
      await field.press('ArrowUp')
    })
    await page.keyboard.press('Escape')
    await page.locator('.svelte-flow__node').first().focus()
    await longest(page)
    const selectAll = await repeated(page, async (edit) => {
      await page.keyboard.press(edit % 2 === 0 ? 'Control+a' : 'Escape')
    })
    await page.keyboard.press('Control+a')
    await longest(page)
    const nudge = await repeated(page, () => page.keyboard.press('ArrowRight'))
    const undo = await repeated(page, () => page.keyboard.press('Control+z'))
    return { blocks: BLOCKS + 2, opening, selectAll, nudge, parameter, undo }
  })
}

function largeDesign(): Design {
  const { network, ...rest } = emptyDesign()
  const [input, output] = [network.nodes[0], network.nodes.at(-1)]
  if (input === undefined || output === undefined) throw new Error('An empty design has an Input and an Output.')
  const dense = Array.from({ length: BLOCKS }, (_, index) => ({
    id: `dense-${index + 1}`,
    type: 'dense' as const,
    units: 8,
    initializer: 'he' as const,
    position: { x: 220 * (1 + (index % 20)), y: 160 * Math.floor(index / 20) }
  }))
  const ids = [input.id, ...dense.map(({ id }) => id), output.id]
  const nodes = [input, ...dense, { ...output, position: { x: 220 * 21, y: 160 * 9 } }]
  const edges = ids.slice(1).map((target, index) => ({ source: ids[index] ?? '', target }))
  return { ...rest, name: 'Large', network: { ...network, nodes, edges } }
}

async function observe(page: Page): Promise<void> {
  await page.evaluate(() => {
    const scope = globalThis as unknown as { longTasks: number[] }
    scope.longTasks = []
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) scope.longTasks.push(entry.duration)
    }).observe({ type: 'longtask' })
  })
}

async function repeated(page: Page, edit: (number: number) => Promise<void>): Promise<number> {
  const found: number[] = []
  for (let number = 0; number < EDITS; number++) {
    await edit(number)
    found.push(await longest(page))
  }
  return Math.max(...found)
}

/** When everything has calmed down: the longest task since the last time. */
async function longest(page: Page): Promise<number> {
  await page.waitForTimeout(SETTLED_MS)
  return page.evaluate(() => {
    const scope = globalThis as unknown as { longTasks: number[] }
    const most = Math.max(0, ...scope.longTasks)
    scope.longTasks = []
    return most
  })
}
