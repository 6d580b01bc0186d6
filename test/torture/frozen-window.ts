import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Outcome, Ordeal, Scenario } from './scenario'
import { inFloodedWindow, megabytes, type FloodedWindow } from './support/flooded-window'

const FROZEN_MS = 30_000
const MOST_QUEUED = 8e6
const SLOWEST_CATCH_UP_MS = 1000
/** What is delivered in the first moments after a freeze was waiting somewhere. */
const DELIVERY_MS = 1000
const WARM_UP_MS = 5000
const PATIENCE_MS = 30_000

/** A window that stands still, as a background tab or at a breakpoint, while its run goes on. */
export const frozenWindow: Scenario = {
  name: 'frozen-window',
  claim:
    'while a window is frozen for 30 s and training goes on, less than 8 MB wait for it; it catches up within 1 s and its final values are exact',
  rounds: 4,
  run: freeze
}

async function freeze(ordeal: Ordeal): Promise<Outcome> {
  let [mostQueued, slowest, grown] = [0, 0, 0]
  const survival = await inFloodedWindow(ordeal, 'round', async (window) => {
    const { cdp, witness, host } = window
    const port = Number(new URL(host.address).port)
    let received = 0
    cdp.on('Network.webSocketFrameReceived', ({ response }) => (received += response.payloadData.length))
    await cdp.send('Network.enable')
    await cdp.send('Debugger.enable')
    await window.train()
    await wait(WARM_UP_MS)
    return async (round) => {
      const wrong: string[] = []
      const memory = residentBytes(host.process.pid)
      const step = witness.step
      const thaw = round % 2 === 1 ? await halt(window) : await putAway(window)
      let inSockets = 0
      for (let waited = 0; waited < FROZEN_MS; waited += 1000) {
        await wait(1000)
        inSockets = Math.max(inSockets, queuedBytes(port))
      }
      const target = witness.step
      if (target === step) wrong.push('training stood still while the window was frozen')
      grown = Math.max(grown, residentBytes(host.process.pid) - memory)
      received = 0
      const began = performance.now()
      await thaw()
      while ((await window.shownStep()) < target && performance.now() - began < PATIENCE_MS) await wait(10)
      const caughtUp = Math.round(performance.now() - began)
      await wait(Math.max(0, DELIVERY_MS - caughtUp))
      const queued = received + inSockets
      if (queued >= MOST_QUEUED) wrong.push(`${megabytes(queued, 2)} were waiting`)
      if (caughtUp > SLOWEST_CATCH_UP_MS) wrong.push(`it took ${caughtUp} ms to catch up`)
      mostQueued = Math.max(mostQueued, queued)
      slowest = Math.max(slowest, caughtUp)
      return { wrong, told: `${megabytes(queued, 2)} waited, caught up after ${caughtUp} ms` }
    }
  })
  return {
    ...survival,
    figures: {
      'most waiting': megabytes(mostQueued, 2),
      'slowest to catch up': `${slowest} ms`,
      'service grew by': megabytes(grown, 2)
    }
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
