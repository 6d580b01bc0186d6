import type { Page } from 'playwright-core'
import type { Outcome, Ordeal, Scenario } from './scenario'
import { FloodedWindow } from './support/flooded-window'

const LEAST_UPDATES = 10_000
const SLOWEST_FRAME_MS = 33
const MOST_GROWTH = 20e6
const MINUTE_MS = 60_000
/** After that every series is as long as it gets and all code is compiled. */
const WARM_UP_MS = 15_000
const IDLE_MS = 5000

/** Hundreds of thousands of steps a second for minutes: the window stays smooth, small and right. */
export const metricFlood: Scenario = {
  name: 'metric-flood',
  claim:
    'for every minute of more than 10,000 metric updates a second, 99 of 100 frames take at most 33 ms, the heap grows by less than 20 MB, and the final values are exact',
  rounds: 10,
  run: flood
}

async function flood({ rounds, progress }: Ordeal): Promise<Outcome> {
  const window = await FloodedWindow.open()
  const failures: string[] = []
  let survived = 0
  let slowest = 0
  let growth = 0
  let rate = Number.POSITIVE_INFINITY
  try {
    await watchFrames(window.page)
    await window.page.waitForTimeout(IDLE_MS)
    const idle = percentile(await takeFrames(window.page), 0.99)
    await window.train()
    await window.page.waitForTimeout(WARM_UP_MS)
    const heap = await window.heap()
    for (let minute = 1; minute <= rounds; minute++) {
      const wrong: string[] = []
      await takeFrames(window.page)
      const [began, step] = [performance.now(), window.witness.step]
      await window.page.waitForTimeout(MINUTE_MS)
      const perSecond = ((window.witness.step - step) / (performance.now() - began)) * 1000
      const frame = percentile(await takeFrames(window.page), 0.99)
      const grown = (await window.heap()) - heap
      if (perSecond < LEAST_UPDATES) wrong.push(`only ${Math.round(perSecond)} updates a second`)
      if (frame > SLOWEST_FRAME_MS) wrong.push(`1 of 100 frames took ${frame} ms or more`)
      if (grown >= MOST_GROWTH) wrong.push(`the heap grew by ${megabytes(grown)}`)
      if (minute === rounds) wrong.push(...(await window.compareEnds()))
      if (wrong.length === 0) survived += 1
      failures.push(...wrong.map((what) => `minute ${minute}: ${what}`))
      progress(
        `minute ${minute}: ${Math.round(perSecond)} steps/s, p99 frame ${frame} ms, heap grown by ${megabytes(grown)}`
      )
      slowest = Math.max(slowest, frame)
      growth = Math.max(growth, grown)
      rate = Math.min(rate, perSecond)
    }
    return {
      survived,
      rounds,
      figures: {
        'fewest updates a second': Math.round(rate),
        'p99 frame': `${slowest} ms`,
        'p99 frame before training': `${idle} ms`,
        'heap growth': megabytes(growth)
      },
      failures
    }
  } finally {
    await window.close()
  }
}

/** As text: the compiler that runs this file marks named functions with a helper the page does not have. */
const countFrames = `
  frameTimes = new Array(1000).fill(0)
  let before = performance.now()
  const note = (now) => {
    frameTimes[Math.max(0, Math.min(999, Math.round(now - before)))]++
    before = now
    requestAnimationFrame(note)
  }
  requestAnimationFrame(note)
`

/** From now on the page counts its frames by how many milliseconds after the one before they came. */
async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(countFrames)
}

/** @returns frames by their milliseconds since the last time */
function takeFrames(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const scope = globalThis as unknown as { frameTimes: number[] }
    return scope.frameTimes.splice(0, 1000, ...new Array<number>(1000).fill(0))
  })
}

function percentile(counts: readonly number[], share: number): number {
  const wanted = share * counts.reduce((sum, count) => sum + count, 0)
  let seen = 0
  return counts.findIndex((count) => (seen += count) >= wanted)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
