import type { Page } from 'playwright-core'
import type { Outcome, Ordeal, Scenario } from './scenario'
import { inFloodedWindow, megabytes } from './support/flooded-window'

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

async function flood(ordeal: Ordeal): Promise<Outcome> {
  let [slowest, growth, idle] = [0, 0, 0]
  let rate = Number.POSITIVE_INFINITY
  const survival = await inFloodedWindow(ordeal, 'minute', async (window) => {
    const { page, witness } = window
    await watchFrames(page)
    await page.waitForTimeout(IDLE_MS)
    idle = percentile(await takeFrames(page), 0.99)
    await window.train()
    await page.waitForTimeout(WARM_UP_MS)
    const heap = await window.heap()
    return async () => {
      const wrong: string[] = []
      await takeFrames(page)
      const [began, step] = [performance.now(), witness.step]
      await page.waitForTimeout(MINUTE_MS)
      const perSecond = ((witness.step - step) / (performance.now() - began)) * 1000
      const frame = percentile(await takeFrames(page), 0.99)
      const grown = (await window.heap()) - heap
      if (perSecond < LEAST_UPDATES) wrong.push(`only ${Math.round(perSecond)} updates a second`)
      if (frame > SLOWEST_FRAME_MS) wrong.push(`1 of 100 frames took ${frame} ms or more`)
      if (grown >= MOST_GROWTH) wrong.push(`the heap grew by ${megabytes(grown, 1)}`)
      slowest = Math.max(slowest, frame)
      growth = Math.max(growth, grown)
      rate = Math.min(rate, perSecond)
      const speed = `${Math.round(perSecond)} steps/s`
      return { wrong, told: `${speed}, p99 frame ${frame} ms, heap grown by ${megabytes(grown, 1)}` }
    }
  })
  return {
    ...survival,
    figures: {
      'fewest updates a second': Math.round(rate),
      'p99 frame': `${slowest} ms`,
      'p99 frame before training': `${idle} ms`,
      'heap growth': megabytes(growth, 1)
    }
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
