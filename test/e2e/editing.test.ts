import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findChromium } from '../support/browser'
import { block, centreOf, drag } from './support/actions'
import { connect, drawing, emptyPoint, hold, middleOf, openExample, port, selection, still } from './support/canvas'
import { launchBrowser, openDesigner, startHost, type RunningHost } from './support/designer'

const chain = [
  'act-1>dense-2',
  'act-2>dense-3',
  'act-3>output',
  'dense-1>act-1',
  'dense-2>act-2',
  'dense-3>act-3',
  'input>dense-1'
]
const iris = ['input', 'dense-1', 'act-1', 'dense-2', 'act-2', 'dense-3', 'act-3', 'output']
const irisBlocks = Object.fromEntries(iris.map((id, index) => [id, { x: index * 220, y: 0 }]))
const without = (...gone: string[]): string[] => chain.filter((wire) => !gone.includes(wire))
const withWires = (...added: string[]): string[] => [...chain, ...added].sort()

describe.skipIf(findChromium() === null)('editing the Iris network', () => {
  let host: RunningHost
  let browser: Browser
  let page: Page
  let complaints: string[]
  beforeAll(async () => {
    host = await startHost()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await host.close()
  })
  beforeEach(async () => {
    ;({ page, complaints } = await openDesigner(browser, host.address, { width: 1920, height: 1080 }))
    await openExample(page, 'iris')
    expect(await drawing(page)).toEqual({ blocks: irisBlocks, wires: chain })
  })
  afterEach(async () => {
    await page.context().close()
    expect(complaints).toEqual([])
  })
  const wires = async (): Promise<string[]> => (await drawing(page)).wires
  const blocks = async (): Promise<string[]> => Object.keys((await drawing(page)).blocks)
  const expectUntouched = (): Promise<void> =>
    expect.poll(() => drawing(page)).toEqual({ blocks: irisBlocks, wires: chain })

  describe('adding', () => {
    it('takes a block from the palette to where it is dropped, on the grid', async () => {
      await drag(page, await centreOf(page.getByTestId('palette-dense')), await emptyPoint(page))
      await expect.poll(blocks).toEqual([...iris, 'dense-4'])
      const { blocks: placed, wires: drawn } = await drawing(page)
      expect(drawn).toEqual(chain)
      expect([(placed['dense-4']?.x ?? NaN) % 20, (placed['dense-4']?.y ?? NaN) % 20]).toEqual([0, 0])
      expect(await selection(page)).toEqual(['dense-4'])
      await page.keyboard.press('Control+z')
      await expectUntouched()
    })

    it('finds a block by typing, after a double click and after Tab', async () => {
      const at = await emptyPoint(page)
      await page.mouse.dblclick(at.x, at.y)
      await page.getByTestId('block-search').fill('dense 64')
      expect(await page.getByRole('option').allTextContents()).toEqual([expect.stringContaining('Dense · 64')])
      await page.keyboard.press('Enter')
      await expect.poll(() => block(page, 'dense-4').textContent()).toContain('64')
      expect(await wires()).toEqual(chain)

      // Tab goes on from the block that was just added.
      await page.keyboard.press('Tab')
      await page.getByTestId('block-search').waitFor()
      await page.keyboard.type('tanh')
      await page.keyboard.press('Enter')
      await expect.poll(wires).toEqual(withWires('dense-4>act-4'))
      expect(await block(page, 'act-4').textContent()).toContain('Tanh')
      await expect.poll(() => page.getByTestId('block-search').count()).toBe(0)
    })

    it('offers blocks for a wire dropped on the empty canvas, and connects the chosen one', async () => {
      await drag(page, await centreOf(port(page, 'dense-1', 'source')), await emptyPoint(page))
      await page.getByRole('dialog', { name: 'Add a block to this wire' }).waitFor()
      const offered = (await page.getByRole('option').locator('.name').allTextContents()).map((name) => name.trim())
      expect(offered).toEqual(expect.arrayContaining(['Dense', 'Activation', 'ReLU', 'Softmax']))
      expect(offered.filter((name) => ['Input', 'Output'].includes(name))).toEqual([])
      await page.keyboard.type('sigm')
      await page.keyboard.press('Enter')
      await expect.poll(wires).toEqual(withWires('dense-1>act-4'))
      expect(await block(page, 'act-4').textContent()).toContain('Sigmoid')
    })

    it('splices a block into the wire it is dropped on, and makes room', async () => {
      await drag(page, await centreOf(page.getByTestId('palette-tanh')), await middleOf(page, 'act-1>dense-2'))
      const spliced = [...without('act-1>dense-2'), 'act-1>act-4', 'act-4>dense-2'].sort()
      await expect.poll(wires).toEqual(spliced)
      const { blocks: placed } = await drawing(page)
      expect(placed['act-4']).toEqual({ x: 660, y: 0 })
      expect(placed['dense-2']).toEqual({ x: 880, y: 0 })
      expect(placed['output']).toEqual({ x: 1760, y: 0 })
      await page.keyboard.press('Control+z')
      await expectUntouched()
      await page.keyboard.press('Control+y')
      await expect.poll(wires).toEqual(spliced)
    })

    it('splices a loose block that is dragged onto a wire', async () => {
      await drag(page, await centreOf(page.getByTestId('palette-tanh')), await emptyPoint(page))
      await expect.poll(blocks).toEqual([...iris, 'act-4'])
      const before = await drawing(page)
      const title = await centreOf(block(page, 'act-4').locator('header'))
      await drag(page, title, await middleOf(page, 'dense-2>act-2'))
      await expect.poll(wires).toEqual([...without('dense-2>act-2'), 'dense-2>act-4', 'act-4>act-2'].sort())
      await page.keyboard.press('Control+z')
      await expect.poll(() => drawing(page)).toEqual(before)
    })
  })

  describe('wires', () => {
    it('replaces the wire that arrived at an input before', async () => {
      await connect(page, 'dense-1', 'dense-2')
      await expect.poll(wires).toEqual([...without('act-1>dense-2'), 'dense-1>dense-2'].sort())
      await page.keyboard.press('Control+z')
      await expectUntouched()
    })

    it('says why a target refuses while the wire is held over it, and leaves everything as it was', async () => {
      await hold(page, await centreOf(port(page, 'act-2', 'source')), await centreOf(port(page, 'dense-1', 'target')))
      const reason = 'This wire would close a cycle; data flows one way.'
      await expect.poll(() => block(page, 'dense-1').getByRole('status').textContent()).toBe(reason)
      await page.mouse.up()
      await expect.poll(() => block(page, 'dense-1').getByRole('status').count()).toBe(0)
      await expect.poll(() => page.getByTestId('notice').allTextContents()).toEqual([expect.stringContaining(reason)])
      await expectUntouched()
      expect(await page.getByRole('button', { name: /^Undo/ }).isDisabled()).toBe(true)
    })
  })

  describe('deleting', () => {
    it('deletes with Delete and with Backspace, leaving a gap', async () => {
      for (const key of ['Delete', 'Backspace']) {
        await block(page, 'act-1').click()
        await page.keyboard.press(key)
        await expect.poll(wires).toEqual(without('dense-1>act-1', 'act-1>dense-2'))
        expect(await blocks()).toEqual(iris.filter((id) => id !== 'act-1'))
        await page.keyboard.press('Control+z')
        await expectUntouched()
      }
    })

    it('joins what was before and after with Ctrl+Delete', async () => {
      await block(page, 'act-1').click()
      await page.keyboard.press('Control+Delete')
      await expect.poll(wires).toEqual([...without('dense-1>act-1', 'act-1>dense-2'), 'dense-1>dense-2'].sort())
      await page.keyboard.press('Control+z')
      await expectUntouched()
    })

    it('deletes a selected wire alone', async () => {
      const { x, y } = await middleOf(page, 'act-1>dense-2')
      await page.mouse.click(x, y)
      await page.keyboard.press('Delete')
      await expect.poll(wires).toEqual(without('act-1>dense-2'))
      expect(await blocks()).toEqual(iris)
    })

    it('keeps Input and Output, and says so', async () => {
      await block(page, 'output').click()
      await page.keyboard.press('Delete')
      await expect
        .poll(() => page.getByTestId('notice').allTextContents())
        .toEqual([expect.stringContaining('Input and Output stand in every network')])
      await expectUntouched()
    })
  })

  describe('undo', () => {
    it('takes a drag back as one step, and does it again', async () => {
      const from = await centreOf(block(page, 'act-2').locator('header'))
      await drag(page, from, { x: from.x + 60, y: from.y + 150 })
      await expect.poll(async () => (await drawing(page)).blocks['act-2']?.y).toBeGreaterThan(100)
      const moved = await drawing(page)
      expect(moved.wires).toEqual(chain)
      await page.keyboard.press('Control+z')
      await expectUntouched()
      await expect.poll(() => page.getByRole('button', { name: /^Undo/ }).isDisabled()).toBe(true)
      await page.keyboard.press('Control+Shift+Z')
      await expect.poll(() => drawing(page)).toEqual(moved)
      await page.keyboard.press('Control+z')
      await page.keyboard.press('Control+y')
      await expect.poll(() => drawing(page)).toEqual(moved)
    })

    it('goes back through many steps and forward again', async () => {
      await block(page, 'act-2').click()
      await page.keyboard.press('Control+Delete')
      await block(page, 'dense-2').click()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Control+d')
      await expect.poll(blocks).toContain('dense-4')
      const last = await drawing(page)
      for (let step = 0; step < 3; step++) await page.keyboard.press('Control+z')
      await expectUntouched()
      for (let step = 0; step < 3; step++) await page.keyboard.press('Control+y')
      await expect.poll(() => drawing(page)).toEqual(last)
    })
  })

  describe('units', () => {
    const shapes = async (id: string): Promise<string> =>
      ((await block(page, id).locator('.facts').first().textContent()) ?? '').replace(/\s+/g, ' ').trim()

    it('follow what is typed, in this Dense block and the next, as one step', async () => {
      await block(page, 'dense-1').click()
      const field = page.getByRole('spinbutton', { name: 'Units' })
      await expect.poll(() => shapes('dense-1')).toMatch(/W ?16×5 ?80 params/)
      await expect.poll(() => shapes('dense-2')).toMatch(/W ?16×17 ?272 params/)
      await field.click()
      await page.keyboard.press('Control+a')
      await page.keyboard.type('24')
      // Before the field is left.
      await expect.poll(() => shapes('dense-1')).toMatch(/W ?24×5 ?120 params/)
      await expect.poll(() => shapes('dense-2')).toMatch(/W ?16×25 ?400 params/)
      await page.keyboard.press('Enter')
      const { x, y } = await emptyPoint(page)
      await page.mouse.click(x, y)
      await expect.poll(() => page.getByTestId('total-parameters').textContent()).toContain('571')
      await page.keyboard.press('Control+z')
      await expect.poll(() => shapes('dense-1')).toMatch(/W ?16×5 ?80 params/)
      await expect.poll(() => page.getByRole('button', { name: /^Undo/ }).isDisabled()).toBe(true)
    })

    it('are scrubbed by dragging sideways, as one step', async () => {
      await block(page, 'dense-1').click()
      const from = await centreOf(page.getByRole('spinbutton', { name: 'Units' }))
      await hold(page, from, { x: from.x + 80, y: from.y })
      await page.mouse.up()
      await expect.poll(() => shapes('dense-1')).not.toContain('16×5')
      const units = Number(/W ?(\d+)×5/.exec(await shapes('dense-1'))?.[1])
      expect(units).toBeGreaterThan(16)
      expect(await shapes('dense-2')).toContain(`16×${units + 1}`)
      await block(page, 'dense-1').locator('header').click()
      await page.keyboard.press('Control+z')
      await expect.poll(() => shapes('dense-1')).toMatch(/W ?16×5 ?80 params/)
      await expect.poll(() => page.getByRole('button', { name: /^Undo/ }).isDisabled()).toBe(true)
    })
  })

  describe('the keyboard', () => {
    it('copies and pastes blocks with the wires among them', async () => {
      await block(page, 'dense-2').click()
      await block(page, 'act-2').click({ modifiers: ['Shift'] })
      expect(await selection(page)).toEqual(['act-2', 'dense-2'])
      await page.keyboard.press('Control+c')
      await page.keyboard.press('Control+v')
      await expect.poll(wires).toEqual(withWires('dense-4>act-4'))
      const { blocks: placed } = await drawing(page)
      expect(placed['dense-4']).toEqual({ x: 700, y: 40 })
      expect(placed['act-4']).toEqual({ x: 920, y: 40 })
      expect(await selection(page)).toEqual(['act-4', 'dense-4'])
      expect(await block(page, 'dense-4').textContent()).toContain('16')
      await page.keyboard.press('Control+v')
      await expect.poll(async () => (await drawing(page)).blocks['dense-5']).toEqual({ x: 740, y: 80 })
    })

    it('cuts, and pastes back where it was', async () => {
      await block(page, 'act-1').click()
      await page.keyboard.press('Control+x')
      await expect.poll(blocks).toEqual(iris.filter((id) => id !== 'act-1'))
      await page.keyboard.press('Control+v')
      await expect.poll(async () => Object.values((await drawing(page)).blocks)).toContainEqual({ x: 440, y: 0 })
    })

    it('duplicates', async () => {
      await block(page, 'dense-3').click()
      await page.keyboard.press('Control+d')
      await expect.poll(async () => (await drawing(page)).blocks['dense-4']).toEqual({ x: 1140, y: 120 })
      expect(await selection(page)).toEqual(['dense-4'])
    })

    it('renames with F2, and gives the name back with an empty one', async () => {
      await block(page, 'dense-1').click()
      await page.keyboard.press('F2')
      await page.getByRole('textbox', { name: 'Name of this block' }).first().waitFor()
      await page.keyboard.type('Petals')
      await page.keyboard.press('Enter')
      await expect.poll(() => block(page, 'dense-1').locator('header .title').textContent()).toBe('Petals')
      await page.keyboard.press('F2')
      await page.keyboard.press('Control+a')
      await page.keyboard.press('Delete')
      await page.keyboard.press('Enter')
      await expect.poll(() => block(page, 'dense-1').locator('header .title').textContent()).toBe('Dense')
      await expectUntouched()
    })

    it('selects everything, and nudges it by grid steps, a burst of them as one step', async () => {
      await page.keyboard.press('Control+a')
      await expect.poll(() => selection(page)).toEqual([...iris].sort())
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('Shift+ArrowDown')
      const moved = Object.fromEntries(iris.map((id, index) => [id, { x: index * 220 + 20, y: 100 }]))
      await expect.poll(() => drawing(page)).toEqual({ blocks: moved, wires: chain })
      await page.keyboard.press('Control+z')
      await page.keyboard.press('Control+z')
      await expectUntouched()
      // A key that is held repeats.
      for (let repeat = 0; repeat < 4; repeat++) await page.keyboard.down('ArrowDown')
      await page.keyboard.up('ArrowDown')
      await expect.poll(async () => (await drawing(page)).blocks['act-1']).toEqual({ x: 440, y: 80 })
      await page.keyboard.press('Control+z')
      await expectUntouched()
    })

    it('means text while something is being typed', async () => {
      await block(page, 'act-1').click()
      const name = page.getByTestId('block-name')
      await name.click()
      await page.keyboard.type('l1?0-A')
      for (const key of ['Backspace', 'Delete', 'ArrowLeft', 'Control+a', 'Control+c', 'Control+z', 'Control+d'])
        await page.keyboard.press(key)
      expect(await page.getByTestId('shortcut-sheet').count()).toBe(0)
      expect(await selection(page)).toEqual(['act-1'])
      await expectUntouched()
    })

    it('shows every shortcut with ?', async () => {
      await page.keyboard.press('?')
      const sheet = page.getByTestId('shortcut-sheet')
      await sheet.waitFor()
      for (const label of ['Undo', 'Duplicate', 'Delete and heal the wire', 'Tidy layout', 'Fit to view'])
        expect(await sheet.textContent()).toContain(label)
      await page.keyboard.press('Escape')
      await expect.poll(() => sheet.count()).toBe(0)
    })

    it('fits the network into view with 1 and lays it out with L', async () => {
      const canvas = await page.getByTestId('canvas').boundingBox()
      if (canvas === null) throw new Error('There is no canvas.')
      const view = page.locator('.svelte-flow__viewport')
      const fitted = await view.getAttribute('style')
      await page.mouse.move(canvas.x + 40, canvas.y + 40)
      await page.mouse.wheel(0, -600)
      await still(page)
      expect(await view.getAttribute('style')).not.toBe(fitted)
      await page.keyboard.press('1')
      await expect.poll(() => view.getAttribute('style')).toBe(fitted)
      for (const id of ['input', 'output']) {
        const box = await block(page, id).boundingBox()
        expect(box?.x).toBeGreaterThanOrEqual(canvas.x)
        expect((box?.x ?? NaN) + (box?.width ?? NaN)).toBeLessThanOrEqual(canvas.x + canvas.width)
      }

      const from = await centreOf(block(page, 'act-2').locator('header'))
      await drag(page, from, { x: from.x + 60, y: from.y + 150 })
      await expect.poll(async () => (await drawing(page)).blocks['act-2']?.y).toBeGreaterThan(100)
      await page.keyboard.press('l')
      await expectUntouched()
    })
  })
})
