import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { findChromium } from '../support/browser'
import { block, chooseFile, exampleCsv, openCsv, stateText } from './support/actions'
import { drawing, openExample, type Drawing } from './support/canvas'
import { useDesigner } from './support/suite'

const irisDesign = readFileSync(exampleCsv('iris').replace(/csv$/, 'lamina'), 'utf8')
const words = (page: Page): Promise<string[]> => page.getByTestId('notice').locator('p').allTextContents()

describe.skipIf(findChromium() === null)('bad input', () => {
  const designer = useDesigner()
  let page: Page
  beforeEach(() => {
    page = designer.page
  })

  const file = (name: string, content: string): string => designer.file(name, content)
  /** Choose in a list of the data panel or the inspector. */
  async function choose(testid: string, option: string): Promise<void> {
    await page.getByTestId(testid).click()
    await page.getByRole('option', { name: option }).click()
  }
  const problem = (): Promise<string> =>
    page
      .getByTestId('dataset-problem')
      .textContent()
      .then((text) => (text ?? '').trim())
  /** Train is refused with these words. */
  async function expectRefused(message: string): Promise<void> {
    await page.getByTestId('train').click()
    await expect.poll(() => page.getByTestId('train-blockers').textContent()).toContain(message)
    expect(await stateText(page).textContent()).toBe('Not trained')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByTestId('train-blockers').count()).toBe(0)
  }
  async function train(): Promise<void> {
    await page.getByTestId('train').click()
    await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Finished')
  }

  describe('a file that cannot be opened', () => {
    let before: Drawing
    beforeEach(async () => {
      await openExample(page, 'iris')
      before = await drawing(page)
    })
    /** Nothing of what was there is gone, and it still trains. */
    async function expectUnharmed(): Promise<void> {
      expect(await page.getByTestId('dataset-name').textContent()).toBe('iris.csv')
      expect(await page.getByTestId('rows-train').textContent()).toBe('120')
      expect(await page.getByTestId('title').textContent()).toContain('Iris flowers')
      expect(await drawing(page)).toEqual(before)
      expect(await page.getByRole('button', { name: /^Undo/ }).isDisabled()).toBe(true)
    }

    it.each([
      ['an empty CSV', '', 'is empty: it has neither a header nor rows. Choose another file.'],
      ['bytes that are no text', '\0'.repeat(50), 'is not a text file: it is full of zero bytes.']
    ])('%s', async (_what, content, message) => {
      await openCsv(page, file('table.csv', content))
      await expect.poll(() => words(page)).toEqual([expect.stringContaining(`"table.csv" ${message}`)])
      await expectUnharmed()
    })

    it.each([
      ['a corrupt design', irisDesign.slice(0, 400), 'broken.lamina is not a Lamina design: it is not valid JSON ('],
      [
        'a design of the future',
        irisDesign.replace('"version": 1', '"version": 99'),
        'broken.lamina was written by a newer Lamina (version 99 of the Lamina design format; this one reads up to 1). Update Lamina to open it.'
      ],
      [
        'a design with a wrong value',
        irisDesign.replace('"units": 16', '"units": -3'),
        'broken.lamina is not valid: at network.nodes[1].units:'
      ]
    ])('%s', async (_what, content, message) => {
      await chooseFile(page, () => page.keyboard.press('Control+o'), file('broken.lamina', content))
      await expect.poll(() => words(page)).toEqual([expect.stringContaining(message)])
      await expectUnharmed()
    })

    it('corrupt weights', async () => {
      await page.getByTestId('weights-menu').click()
      const path = file('broken.weights.json', '{ "format": "lamina-weights", "version": 1, "layers": [')
      await chooseFile(page, () => page.getByTestId('import').click(), path)
      await expect
        .poll(() => words(page))
        .toEqual([expect.stringContaining('broken.weights.json is not a Lamina weights file: it is not valid JSON')])
      expect(await page.getByTestId('weights-card').count()).toBe(0)
      await expectUnharmed()
    })
  })

  describe('a table that cannot be trained on as it is', () => {
    it('has a header and no rows', async () => {
      await openCsv(page, file('names.csv', 'a,b,species\n'))
      await choose('target-select', 'species')
      const message =
        '"names.csv" has a header but no rows below it. Add at least one row; if its first line is data, choose "no header".'
      await expect.poll(problem).toBe(message)
      await expectRefused(message)
    })

    it('has a target with one class', async () => {
      await openCsv(page, file('one.csv', 'x,z,species\n1,5,setosa\n3,2,setosa\n4,7,setosa\n'))
      await choose('target-select', 'species')
      const message =
        'The target "species" has one class (setosa) in all 3 rows. There is nothing to tell apart: choose a target with at least two classes.'
      await expect.poll(problem).toBe(message)
      await expectRefused(message)
    })

    it('has text in a column that is forced to be numbers, until it is categorical again', async () => {
      const rows = ['31,1.5,a', '42,2.5,b', '31,3.5,a', 'unknown,4.5,b', '42,5.5,a', '42,6.5,b']
      await openCsv(page, file('ages.csv', `age,income,label\n${rows.join('\n')}\n`))
      const kind = page.getByTestId('type-age')
      await expect.poll(() => kind.getAttribute('aria-label')).toBe('How age is read: Category')
      await choose('type-age', 'Number')
      const message =
        '"ages.csv", row 4, column "age": expected a number, found "unknown". Correct the cell, or make the column categorical.'
      await expect.poll(problem).toBe(message)
      await expectRefused(message)
      await choose('type-age', 'Category')
      await expect.poll(() => page.getByTestId('dataset-problem').count()).toBe(0)
    })

    it('has missing values, refused by default and filled in when asked for', async () => {
      const rows = ['1,2,a', '2,,b', '3,4,a', ',5,b', '5,6,a', '6,7,b', '7,8,a', '8,9,b']
      await openCsv(page, file('gaps.csv', `x,z,label\n${rows.join('\n')}\n`))
      await choose('missing', 'Refuse')
      const message = '"gaps.csv" has 2 missing values in the columns used, the first in row 2, column "z".'
      await expect.poll(problem).toContain(message)
      await expectRefused(message)
      await choose('missing', 'Mean')
      await expect.poll(() => page.getByTestId('dataset-problem').count()).toBe(0)
      await train()
    })

    it('has a constant column, which is left out and says so, or trained on when wanted', async () => {
      const rows = Array.from({ length: 20 }, (_, index) => `${index % 7},7,${index % 7 < 3 ? 'a' : 'b'}`)
      await openCsv(page, file('constant.csv', `x,same,label\n${rows.join('\n')}\n`))
      const column = page.getByTestId('column-same')
      await column.getByTitle('constant: every row is 7').getByText('constant', { exact: true }).waitFor()
      await expect.poll(() => page.getByTestId('prepared-inputs').textContent()).toBe('1')
      await column.getByLabel(/^Use of same/).click()
      await page.getByRole('option', { name: 'Feature' }).click()
      await expect.poll(() => page.getByTestId('prepared-inputs').textContent()).toBe('2')
      await train()
    })
  })

  describe('a network that cannot be right', () => {
    beforeEach(() => openExample(page, 'iris'))

    it('warns on the block when softmax feeds mean squared error, and trains all the same', async () => {
      await block(page, 'output').click()
      await choose('parameter-loss', 'Mean squared error')
      await expect
        .poll(() => block(page, 'output').textContent())
        .toContain('Softmax feeding mean squared error trains slowly')
      await train()
      expect(await page.getByTestId('epoch-text').textContent()).toBe('100 / 100')
    })

    it('lists a block without wires when Train is pressed', async () => {
      await page.getByTestId('palette-dense').click()
      await block(page, 'dense-4').waitFor()
      const list = page.getByTestId('train-blockers')
      await page.getByTestId('train').click()
      await expect.poll(() => list.textContent()).toContain('Dense has nothing coming in.')
      await list.getByRole('button', { name: 'Show' }).first().click()
      await page.keyboard.press('Delete')
      await expect.poll(() => block(page, 'dense-4').count()).toBe(0)
      await train()
    })

    it('stops a run that diverges, with the layer, the step, the quantity and what to change', async () => {
      await choose('optimizer', 'SGD')
      await block(page, 'output').click()
      await choose('parameter-loss', 'Mean squared error')
      await block(page, 'act-3').click()
      await choose('parameter-function', 'Identity')
      await page.keyboard.press('Escape')
      const rate = page.getByRole('spinbutton', { name: /^learning rate/i }).first()
      await rate.fill('100')
      await rate.press('Enter')
      await page.getByTestId('train').click()
      await expect.poll(() => stateText(page).textContent(), { timeout: 20_000 }).toBe('Failed')
      const status = page.locator('.status')
      await expect
        .poll(() => status.textContent())
        .toMatch(
          /Training stopped at step \d+: (the gradient of layer "dense-\d" is|the update makes the weights of layer "dense-\d") no longer finite/
        )
      expect(await status.textContent()).toContain('Lower the learning rate (now 100), or clip gradients (off now).')
      // With the advice taken it trains.
      await rate.fill('0.01')
      await rate.press('Enter')
      await train()
    })
  })
})
