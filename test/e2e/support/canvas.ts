import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { block, centreOf } from './actions'

export interface Place {
  x: number
  y: number
}

/** What is drawn on the canvas: blocks by id with their places on it, and wires as "source>target", sorted. */
export interface Drawing {
  blocks: Record<string, Place>
  wires: string[]
}

export async function drawing(page: Page): Promise<Drawing> {
  const [blocks, wires] = await Promise.all([
    page.locator('.svelte-flow__node').evaluateAll((nodes) =>
      nodes.map((node): [string, Place] => {
        const style = node.getAttribute('style') ?? ''
        const [, x, y] = /translate\((-?[\d.]+)px, (-?[\d.]+)px\)/.exec(style) ?? []
        return [node.getAttribute('data-id') ?? '', { x: Number(x), y: Number(y) }]
      })
    ),
    page.locator('.svelte-flow__edge').evaluateAll((edges) => edges.map((edge) => edge.getAttribute('data-id') ?? ''))
  ])
  return { blocks: Object.fromEntries(blocks), wires: wires.sort() }
}

/** The ids of the selected blocks, sorted. */
export async function selection(page: Page): Promise<string[]> {
  const ids = await page
    .locator('.svelte-flow__node.selected')
    .evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-id') ?? ''))
  return ids.sort()
}

/** Open an example and wait until its table is prepared and the network checked against it. */
export async function openExample(page: Page, id: string): Promise<void> {
  await page.getByTestId(`example-${id}`).click()
  await page.getByTestId('total-parameters').filter({ hasText: /\d/ }).waitFor()
  await still(page)
}

/** Wait until the view has come to rest: nothing on the canvas moves any more. */
export async function still(page: Page): Promise<void> {
  let before = ''
  await expect
    .poll(async () => {
      const now = (await page.locator('.svelte-flow__viewport').getAttribute('style')) ?? ''
      const rested = now === before
      before = now
      return rested
    })
    .toBe(true)
}

export const port = (page: Page, id: string, side: 'source' | 'target'): Locator =>
  block(page, id).locator(`.svelte-flow__handle.${side}`)

/** Where on the screen a wire has its middle. */
export async function middleOf(page: Page, wire: string): Promise<Place> {
  return page.locator(`.svelte-flow__edge[data-id="${wire}"] path.svelte-flow__edge-path`).evaluate((element) => {
    const path = element as unknown as {
      getTotalLength(): number
      getPointAtLength(length: number): Place & { matrixTransform(matrix: unknown): Place }
      getScreenCTM(): unknown
    }
    const { x, y } = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM())
    return { x, y }
  })
}

/** A point of the screen where the canvas is empty: below the blocks of an example, between minimap and controls. */
export async function emptyPoint(page: Page, right = 0.5): Promise<Place> {
  const box = await page.getByTestId('canvas').boundingBox()
  if (box === null) throw new Error('There is no canvas on the page.')
  return { x: Math.round(box.x + box.width * right), y: Math.round(box.y + box.height * 0.78) }
}

/** Draw a wire from one block's right side to another one's left side. */
export async function connect(page: Page, from: string, to: string): Promise<void> {
  const end = await centreOf(port(page, to, 'target'))
  await hold(page, await centreOf(port(page, from, 'source')), end)
  await page.mouse.up()
}

/** Press, move in a few steps as a hand does, and keep holding. */
export async function hold(page: Page, from: Place, to: Place): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(from.x + 8, from.y + 8)
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 })
  await page.mouse.move(to.x, to.y, { steps: 4 })
}
