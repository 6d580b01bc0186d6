import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Outcome, Ordeal, Scenario } from './scenario'
import { FloodedWindow } from './support/flooded-window'

const FROZEN_MS = 30_000
const MOST_QUEUED = 8e6
const SLOWEST_CATCH_UP_MS = 1000
/** What is delivered in the first moments after a freeze was waiting somewhere. */
const DELIVERY_MS = 1000

/** A window that stands still, as a background tab or at a breakpoint, while its run goes on. */
export const frozenWindow: Scenario = {
  name: 'frozen-window',
  claim:
    'while a window is frozen for 30 s and training goes on, less than 8 MB wait for it; it catches up within 1 s and its final values are exact',
  rounds: 4,
  run: freeze
}

async function freeze({ rounds, progress }: Ordeal): Promise<Outcome> {
  const window = await FloodedWindow.open()
  const { cdp, witness } = window
  const failures: string[] = []
  let survived = 0
  let [mostQueued, slowest, grown] = [0, 0, 0]
  let received = 0
  cdp.on('Network.webSocketFrameReceived', ({ response }) => (received += response.payloadData.length))
  try {
    await cdp.send('Network.enable')
    await cdp.send('Debugger.enable')
    await window.train()
    await wait(5000)
    for (let round = 1; round <= rounds; round++) {
      const wrong: string[] = []
      const memory = residentBytes(window.host.process.pid)
      const step = witness.step
      const thaw = round % 2 === 1 ? await halt(window) : await putAway(window)
      let inSockets = 0
      for (let waited = 0; waited < FROZEN_MS; waited += 1000) {
        await wait(1000)
        inSockets = Math.max(inSockets, queuedBytes(Number(new URL(window.host.address).port)))
      }
      const target = witness.step
      if (target === step) wrong.push('training stood still while the window was frozen')
      grown = Math.max(grown, residentBytes(window.host.process.pid) - memory)
      received = 0
      const began = performance.now()
      await thaw()
      while ((await window.shownStep()) < target && performance.now() - began < 30_000) await wait(10)
      const caughtUp = Math.round(performance.now() - began)
      await wait(Math.max(0, DELIVERY_MS - caughtUp))
      const queued = received + inSockets
      if (queued >= MOST_QUEUED) wrong.push(`${megabytes(queued)} were waiting`)
      if (caughtUp > SLOWEST_CATCH_UP_MS) wrong.push(`it took ${caughtUp} ms to catch up`)
      if (round === rounds) wrong.push(...(await window.compareEnds()))
      if (wrong.length === 0) survived += 1
      failures.push(...wrong.map((what) => `round ${round}: ${what}`))
      progress(`round ${round}: ${megabytes(queued)} waited, caught up after ${caughtUp} ms`)
      mostQueued = Math.max(mostQueued, queued)
      slowest = Math.max(slowest, caughtUp)
    }
    return {
      survived,
      rounds,
      figures: {
        'most waiting': megabytes(mostQueued),
        'slowest to catch up': `${slowest} ms`,
        'service grew by': megabytes(grown)
      },
      failures
    }
  } finally {
    await window.close()
  }
}

/** The page's thread stops at its next statement. @returns lets it go on */
async function halt({ cdp }: FloodedWindow): Promise<() => Promise<unknown>> {
  const halted = new Promise((resolve) => cdp.once('Debugger.paused', resolve))
  await cdp.send('Debugger.pause')
  await halted
  return () => cdp.send('Debugger.resume')
}

/** The browser freezes the page as it freezes a tab that is long in the background. @returns brings it back */
async function putAway({ cdp }: FloodedWindow): Promise<() => Promise<unknown>> {
  await cdp.send('Page.setWebLifecycleState', { state: 'frozen' })
  return () => cdp.send('Page.setWebLifecycleState', { state: 'active' })
}

function residentBytes(pid: number | undefined): number {
  const [, pages = '0'] = readFileSync(`/proc/${pid ?? 'self'}/statm`, 'utf8').split(' ')
  return Number(pages) * 4096
}

/** Bytes that wait in the system's buffers of all connections to a local port. */
function queuedBytes(port: number): number {
  const [, ...lines] = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n')
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return lines.reduce((sum, line) => {
    const [, local = '', remote = '', , queues = ''] = line.trim().split(/\s+/)
    if (!local.endsWith(suffix) && !remote.endsWith(suffix)) return sum
    const [sending = '0', receiving = '0'] = queues.split(':')
    return sum + Number.parseInt(sending, 16) + Number.parseInt(receiving, 16)
  }, 0)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`
}
