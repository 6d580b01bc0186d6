import { expect, it, vi } from 'vitest'
import { run as shown } from '../../../src/renderer/state/run.svelte'
import { session } from '../../../src/renderer/state/session.svelte'
import type { EventPayload } from '../../../src/shared/rpc'
import type { LaminaContract } from '../../../src/shared/contract'
import { frame, progressAt, run } from '../../support/progress'

it('keeps its curves when the list of runs resumes the one that is shown', async () => {
  vi.stubGlobal('window', globalThis)
  type Told = EventPayload<LaminaContract, 'training.frame'>
  const tell: ((told: Told) => void)[] = []
  vi.spyOn(session, 'on').mockImplementation((event, listener) => {
    if (event === 'training.frame') tell.push(listener as (told: Told) => void)
    return () => undefined
  })
  vi.spyOn(session, 'onReady').mockReturnValue(() => undefined)
  vi.spyOn(session, 'request').mockImplementation((name) =>
    Promise.resolve(
      (name === 'runs.resume' ? { ...run, progress: progressAt('paused', 10), sequence: 1 } : {}) as never
    )
  )
  shown.listen()
  expect(await shown.takeUp('run', null)).toBe(true)
  for (const listener of tell) listener({ run: 'run', frame: frame(1, progressAt('paused', 10), 0) })
  expect(shown.data?.steps.lastStep).toBe(10)
  expect(await shown.takeUp('run', null)).toBe(true)
  expect(shown.data?.steps.lastStep).toBe(10)
  expect(shown.progress).toMatchObject({ state: 'paused', step: 10 })
  vi.unstubAllGlobals()
})
