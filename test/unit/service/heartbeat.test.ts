import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Heartbeat, type Pulse } from '../../../src/service/workers/heartbeat'

const idle: Pulse = { computing: null }

let beating: Heartbeat | null = null
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  beating?.stop()
  vi.useRealTimers()
})

/** A process that answers as `pulse` says; null for never. */
function watch(pulse: () => Pulse | null): { hung: string[]; heartbeat: Heartbeat } {
  const hung: string[] = []
  const heartbeat = new Heartbeat({
    ping() {
      const answer = pulse()
      return answer === null ? new Promise(() => undefined) : Promise.resolve(answer)
    },
    hung: (reason) => hung.push(reason)
  })
  beating = heartbeat
  return { hung, heartbeat }
}
const seconds = (count: number): Promise<unknown> => vi.advanceTimersByTimeAsync(count * 1000)

describe('a heartbeat', () => {
  it('finds a process that fell silent within six seconds, once', async () => {
    let answers = true
    const { hung } = watch(() => (answers ? idle : null))
    await seconds(60)
    expect(hung).toEqual([])
    answers = false
    await seconds(5)
    expect(hung).toEqual([])
    await seconds(1)
    expect(hung).toEqual(['hung: it gave no sign of life for 5 s'])
    await seconds(60)
    expect(hung).toHaveLength(1)
  })

  it('gives a process half a minute to come up', async () => {
    const { hung } = watch(() => null)
    await seconds(29)
    expect(hung).toEqual([])
    await seconds(2)
    expect(hung).toEqual(['did not come up within 30 s'])
  })

  it('blames nobody for time in which it was itself suspended or blocked', async () => {
    let answer: (pulse: Pulse) => void = () => undefined
    const hung: string[] = []
    let asked = 0
    beating = new Heartbeat({
      ping: () => (++asked === 1 ? Promise.resolve(idle) : new Promise((resolve) => (answer = resolve))),
      hung: (reason) => hung.push(reason)
    })
    await seconds(1)
    const suspended = performance.now() + 3_600_000
    vi.spyOn(performance, 'now').mockImplementation(() => suspended)
    await seconds(2)
    expect(hung).toEqual([])
    answer(idle)
    vi.restoreAllMocks()
  })

  it('finds a computation that does not end', async () => {
    let milliseconds = 0
    const { hung } = watch(() => ({ computing: { milliseconds, limit: 8000 } }))
    milliseconds = 8000
    await seconds(1)
    expect(hung).toEqual([])
    milliseconds = 9000
    await seconds(1)
    expect(hung).toEqual(['hung: a computation had made no progress for 9 s'])
  })
})
