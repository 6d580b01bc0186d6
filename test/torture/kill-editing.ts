import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../support/browser'
import { SeededRandom } from '../support/seeded-random'
import { openDesigner } from '../e2e/support/designer'
import { kill, startKillable } from './support/killable-host'
import type { Outcome, Scenario } from './scenario'

const MOST_LOST_MS = 1000
const BLOCK = 'act-2'
const SHORTEST_MS = 300
const LONGEST_MS = 2500

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
  async run({ seed, rounds, progress }) {
    const random = new SeededRandom(seed)
    const root = await mkdtemp(join(tmpdir(), 'lamina-kill-editing-'))
    const data = join(root, 'data')
    const browser = await launchBrowser()
    const failures: string[] = []
    const lost: number[] = []
    let edits = 0
    let survived = 0
    let before: { made: Edits; killed: number } | null = null
    try {
      for (let round = 0; round <= rounds; round++) {
        const host = await startKillable(data)
        const page = await openedAt(browser, host.address, before !== null)
        if (before !== null) {
          const found = await placeOf(page)
          const { made, killed } = before
          const kept = made.places.lastIndexOf(found)
          const first = made.times[kept + 1]
          const cost = kept < 0 ? Infinity : first === undefined ? 0 : killed - first
          const history = await goesBackAndForth(page, found)
          lost.push(cost)
          if (cost <= MOST_LOST_MS && history) survived++
          else if (!history) failures.push(`round ${round}: the undo history did not come back`)
          else
            failures.push(
              `round ${round}: edits of ${cost} ms were lost (at ${found}, after ${made.places.length} edits)`
            )
        }
        if (round < rounds) {
          const made = await nudge(page, SHORTEST_MS + random.below(LONGEST_MS - SHORTEST_MS), round)
          const killed = performance.now()
          await kill(host)
          before = { made, killed }
          edits += made.places.length - 1
        } else await kill(host)
        await page.context().close()
        if (round % 10 === 9) progress(`${round + 1} of ${rounds} kills`)
      }
    } finally {
      await browser.close()
      await rm(root, { recursive: true, force: true })
    }
    const figures = { edits, 'most lost': `${Math.round(Math.max(...lost))} ms` }
    return { survived, rounds, figures, failures } satisfies Outcome
  }
}

async function openedAt(browser: Browser, address: string, restore: boolean): Promise<Page> {
  const { page } = await openDesigner(browser, address)
  if (restore) {
    await page.getByTestId('lost-work-banner').getByRole('button', { name: 'Restore' }).click()
  } else await page.getByTestId('example-iris').click()
  await page.getByTestId('total-parameters').filter({ hasText: /\d/ }).waitFor()
  return page
}

/** Press arrow keys with a block selected, as fast as a held key does, for so long. */
async function nudge(page: Page, milliseconds: number, round: number): Promise<Edits> {
  await page.keyboard.press('1')
  await page.getByTestId(`block-${BLOCK}`).click()
  const start = await placeOf(page)
  // Now to the right, now back, so that the block stays in sight.
  const key = round % 2 === 0 ? 'ArrowRight' : 'ArrowLeft'
  const places = [start]
  const times = [performance.now()]
  const until = performance.now() + milliseconds
  while (performance.now() < until) {
    // Before the key: an edit is not younger than this.
    times.push(performance.now())
    await page.keyboard.press(key)
    places.push(await placeOf(page))
  }
  return { places, times }
}

async function placeOf(page: Page): Promise<number> {
  const style = await page.locator(`.svelte-flow__node[data-id="${BLOCK}"]`).getAttribute('style')
  const x = /translate\((-?[\d.]+)px/.exec(style ?? '')?.[1]
  if (x === undefined) throw new Error(`The block ${BLOCK} has no place: ${String(style)}`)
  return Number(x)
}

/** Whether undo leads to another place and redo back. */
async function goesBackAndForth(page: Page, here: number): Promise<boolean> {
  await page.keyboard.press('Control+z')
  const elsewhere = await placeOf(page)
  await page.keyboard.press('Control+y')
  return elsewhere !== here && (await placeOf(page)) === here
}
