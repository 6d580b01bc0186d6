import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../support/browser'
import { SeededRandom } from '../support/seeded-random'
import { openDesigner } from '../e2e/support/designer'
import { removedAfter } from './support/folder'
import { kill, startKillable } from './support/killable-host'
import { inRounds } from './support/rounds'
import type { Outcome, Scenario } from './scenario'

const MOST_LOST_MS = 1000
const BLOCK = 'act-2'
const SHORTEST_MS = 300
const LONGEST_MS = 2500
/** Between the presses of a key that is held; faster, the block would leave what the smallest zoom shows. */
const REPEAT_MS = 33

/** Where the block was after each press of a key, and when that was. */
interface Edits {
  readonly places: number[]
  readonly times: number[]
}

export const killEditing: Scenario = {
  name: 'kill-editing',
  claim:
    'A service killed while somebody edits in its page costs at most the edits of the last second; the next start brings the design back with its undo history.',
  rounds: 50,
  run: ({ seed, rounds, progress }) =>
    removedAfter(async (data): Promise<Outcome> => {
      const random = new SeededRandom(seed)
      const browser = await launchBrowser()
      let host = await startKillable(data)
      let [edits, mostLost] = [0, 0]
      try {
        let page = await openedAt(browser, host.address, false)
        // Otherwise the block may come back to just where the example has it, and then there is nothing unsaved to lose.
        const epochs = page.getByRole('spinbutton', { name: /^epochs/i }).first()
        await epochs.fill('77')
        await epochs.press('Enter')
        await epochs.blur()
        const home = await placeOf(page)
        const survival = await inRounds(rounds, 'round', async (round) => {
          const made = await nudge(page, SHORTEST_MS + random.below(LONGEST_MS - SHORTEST_MS), home)
          const killed = performance.now()
          await kill(host)
          await page.context().close()
          edits += made.places.length - 1
          host = await startKillable(data)
          page = await openedAt(browser, host.address, true)
          const found = await placeOf(page)
          const cost = costOf(made, found, killed)
          mostLost = Math.max(mostLost, cost)
          const history = await goesBackAndForth(page, found)
          if (round % 10 === 0) progress(`${round} of ${rounds} kills`)
          if (!history) return ['the undo history did not come back']
          if (cost <= MOST_LOST_MS) return []
          return [`edits of ${cost} ms were lost (at ${found}, after ${made.places.length} edits)`]
        })
        return { ...survival, figures: { edits, 'most lost': `${Math.round(mostLost)} ms` } }
      } finally {
        await browser.close()
        await host.close()
      }
    })
}

/** Milliseconds of edits that are gone when the block is found here. */
function costOf({ places, times }: Edits, found: number, killed: number): number {
  const kept = places.lastIndexOf(found)
  if (kept < 0) return Infinity
  const firstLost = times[kept + 1]
  return firstLost === undefined ? 0 : killed - firstLost
}

async function openedAt(browser: Browser, address: string, restore: boolean): Promise<Page> {
  const { page } = await openDesigner(browser, address)
  if (restore) {
    await page.getByTestId('lost-work-banner').getByRole('button', { name: 'Restore' }).click()
  } else await page.getByTestId('example-iris').click()
  await page.getByTestId('total-parameters').filter({ hasText: /\d/ }).waitFor()
  return page
}

/**
 * Press arrow keys with a block selected, as a held key does, for so long.
 * @param home how low the block stood at first
 */
async function nudge(page: Page, milliseconds: number, home: number): Promise<Edits> {
  await page.keyboard.press('1')
  await page.getByTestId(`block-${BLOCK}`).click()
  const start = await placeOf(page)
  // Away from the chain's line and back to it, so that the block stays in sight; no other one is in its way there, over
  // which it could not be clicked.
  const key = start > home ? 'ArrowUp' : 'ArrowDown'
  const places = [start]
  const times = [performance.now()]
  const until = performance.now() + milliseconds
  while (performance.now() < until) {
    // Before the key: an edit is not younger than this.
    times.push(performance.now())
    await page.keyboard.press(key)
    places.push(await placeOf(page))
    await wait(REPEAT_MS)
  }
  return { places, times }
}

async function placeOf(page: Page): Promise<number> {
  const style = await page.locator(`.svelte-flow__node[data-id="${BLOCK}"]`).getAttribute('style')
  const y = /translate\(-?[\d.]+px, (-?[\d.]+)px/.exec(style ?? '')?.[1]
  if (y === undefined) throw new Error(`The block ${BLOCK} has no place: ${String(style)}`)
  return Number(y)
}

/** Whether undo leads to another place and redo back. */
async function goesBackAndForth(page: Page, here: number): Promise<boolean> {
  await page.keyboard.press('Control+z')
  const elsewhere = await placeOf(page)
  await page.keyboard.press('Control+y')
  return elsewhere !== here && (await placeOf(page)) === here
}
