import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Wakefulness } from '../../../src/main/wakefulness'
import type { RunState } from '../../../src/shared/training-run'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('keeps the computer awake while a run goes on, once, and lets it sleep when it rests or Lamina ends', () => {
  const system = { start: vi.fn(() => 7), stop: vi.fn(() => true) }
  let state: RunState | null = null
  const wakefulness = new Wakefulness(system, () => state)
  const calls = (): number[] => {
    vi.advanceTimersByTime(5000)
    return [system.start.mock.calls.length, system.stop.mock.calls.length]
  }
  expect(calls()).toEqual([0, 0])
  state = 'running'
  expect([calls(), calls()]).toEqual([
    [1, 0],
    [1, 0]
  ])
  state = 'paused'
  expect(calls()).toEqual([1, 1])
  state = 'loading'
  expect(calls()).toEqual([2, 1])
  wakefulness.end()
  expect(calls()).toEqual([2, 2])
  expect(system.start).toHaveBeenCalledWith('prevent-app-suspension')
  expect(system.stop).toHaveBeenCalledWith(7)
})
