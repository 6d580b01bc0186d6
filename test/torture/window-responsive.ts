import { execFileSync } from 'node:child_process'
import type { Page } from 'playwright-core'
import { messageOf } from '../../src/shared/errors'
import { stateText } from '../e2e/support/actions'
import { launchBrowser, openDesigner, startHost, type RunningHost } from '../e2e/support/designer'
import type { Outcome, Scenario } from './scenario'

const LIMIT_MS = 100
const PATIENCE_MS = 30_000
const HARMS = ['SIGSTOP', 'SIGKILL', 'no memory'] as const
type Harm = (typeof HARMS)[number]
/** About as long as a round. */
const UNDISTURBED_MS = 5000

export const windowResponsive: Scenario = {
  name: 'window-responsive',
  claim:
    'the training process is killed, runs out of memory or hangs while a window shows the run: the window answers within 100 ms throughout',
  rounds: 9,
  async run({ rounds, progress }): Promise<Outcome> {
    const host = await startHost()
    const browser = await launchBrowser()
    const failures: string[] = []
    let longest = 0
    let undisturbed: number
    try {
      const { page, complaints } = await openDesigner(browser, host.address)
      await page.getByTestId('example-digits').click()
      await page.getByTestId('dataset-name').waitFor()
      const epochs = page.getByRole('spinbutton', { name: /^epochs/i }).first()
      await epochs.fill('5000000')
      await epochs.press('Enter')
      await page.getByTestId('train').click()
      await shows(page, 'Training')
      // What else this machine does shows in it as well.
      undisturbed = await longestBlock(page, () => page.waitForTimeout(UNDISTURBED_MS))
      const harms = HARMS.filter((harm) => harm !== 'no memory' || process.platform === 'linux')
      if (harms.length < HARMS.length)
        progress('Memory can be taken from a process on Linux only: nobody runs out of it.')
      for (let round = 1; round <= rounds; round++) {
        const harm = harms[round % harms.length] ?? 'SIGKILL'
        try {
          const blocked = await longestBlock(page, () => interrupt(host, page, harm))
          longest = Math.max(longest, blocked)
          if (blocked > LIMIT_MS) failures.push(`round ${round}, ${harm}: no answer for ${Math.round(blocked)} ms`)
        } catch (error) {
          failures.push(`round ${round}, ${harm}: ${messageOf(error)}`)
        }
        progress(`${round} of ${rounds}`)
      }
      failures.push(...complaints)
    } finally {
      await browser.close()
      await host.close()
    }
    return {
      survived: Math.max(0, rounds - failures.length),
      rounds,
      figures: {
        'longest the window did not answer': `${Math.round(longest)} ms`,
        undisturbed: `${Math.round(undisturbed)} ms`
      },
      failures
    }
  }
}

/** Harm the process that trains, and wait until the window shows that training goes on; ask for that where it asks. */
async function interrupt(host: RunningHost, page: Page, harm: Harm): Promise<void> {
  const harmed = await trainingPid(host)
  if (harmed === null) throw new Error(`there is no process to harm: ${await stateOf(page)}`)
  if (harm === 'no memory') takeMemoryFrom(harmed)
  else process.kill(harmed, harm)
  const started = performance.now()
  let last = Infinity
  for (;;) {
    // It goes as soon as the run goes on, which may be between a look and a click.
    const resume = page.getByTestId('resume-run')
    if (await resume.isVisible()) await resume.click({ timeout: 1000 }).catch(() => undefined)
    const pid = await trainingPid(host)
    if (pid !== null && pid !== harmed && (await stateText(page).textContent()) === 'Training') {
      // What the window shows may be older than the process: steps that come are not.
      const step = await stepShown(page)
      if (step !== null && step > last) return
      last = step ?? last
    }
    if (performance.now() - started > PATIENCE_MS) {
      const now = pid === harmed ? `the harmed process ${pid} lives` : `the process is ${pid ?? 'none'}, was ${harmed}`
      throw new Error(`training never went on: ${now}; ${await stateOf(page)}`)
    }
    await page.waitForTimeout(50)
  }
}

/** Null where the window shows none, because a failure is told in its place. */
async function stepShown(page: Page): Promise<number | null> {
  const [text] = await page.getByTestId('step-text').allTextContents()
  return text === undefined ? null : Number(text.replaceAll(/\D/g, ''))
}

/** What the window says of the run, for whoever has to find out why it does not go on. */
async function stateOf(page: Page): Promise<string> {
  const notices = await page.getByTestId('notice').allInnerTexts()
  const step = await stepShown(page)
  const failure = (await page.locator('.status .problem').allTextContents()).map((text) => ` | ${text}`).join('')
  const asks = (await page.getByTestId('resume-run').isVisible()) ? ', and asks whether to resume' : ''
  const said = notices.map((text) => ` | ${text.replaceAll(/\s+/g, ' ')}`).join('')
  return `the window shows “${await stateText(page).textContent()}” at step ${step ?? 'unknown'}${failure}${asks}${said}`
}

/** From now on the system gives the process no memory, which JavaScript does not survive for long. */
function takeMemoryFrom(pid: number): void {
  execFileSync('prlimit', [`--pid=${pid}`, '--as=1'])
}

async function trainingPid(host: RunningHost): Promise<number | null> {
  return (await host.workers()).find(({ kind }) => kind === 'training')?.pid ?? null
}

async function shows(page: Page, state: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelector('[data-testid="state-text"]')?.textContent === wanted,
    state,
    { timeout: PATIENCE_MS }
  )
}

/** @returns milliseconds that the page's thread was busy at a stretch at most, while something happens */
async function longestBlock(page: Page, work: () => Promise<void>): Promise<number> {
  await page.evaluate(() => {
    const channel = new MessageChannel()
    const watch = { longest: 0, last: performance.now(), on: true }
    Object.assign(globalThis, { laminaWatch: watch })
    channel.port1.onmessage = () => {
      const now = performance.now()
      watch.longest = Math.max(watch.longest, now - watch.last)
      watch.last = now
      if (watch.on) setTimeout(() => channel.port2.postMessage(null), 10)
    }
    channel.port2.postMessage(null)
  })
  await work()
  return page.evaluate(() => {
    const { laminaWatch: watch } = globalThis as unknown as { laminaWatch: { longest: number; on: boolean } }
    watch.on = false
    return watch.longest
  })
}
