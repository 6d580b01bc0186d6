import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { WorkerExit, WorkerProcess } from '../../../src/service/host'
import { WorkerSlot } from '../../../src/service/workers/worker-slot'
import { LaminaError } from '../../../src/shared/errors'
import { portPair } from '../../../src/shared/port'
import { defineContract, serve } from '../../../src/shared/rpc'

const contract = defineContract({
  name: 'test worker',
  requests: {
    double: { params: z.number(), result: z.number() },
    /** Never answered. */
    hang: { params: z.null(), result: z.null() },
    /** Never answered either. */
    dawdle: { params: z.null(), result: z.null() },
    /** Not answered while anything hangs. */
    rest: { params: z.null(), result: z.null() }
  },
  events: { tick: z.number() }
})

/** Workers without processes, which die when told to. */
function harness(): {
  slot: WorkerSlot<typeof contract>
  ended: string[]
  started: () => number
  die: (reason: string) => void
  tick: (value: number) => void
  tidied: number[]
} {
  const ended: string[] = []
  const tidied: number[] = []
  const alive: { end: (reason: string) => void; tick: (value: number) => void }[] = []
  const start = (): WorkerProcess => {
    const [ours, theirs] = portPair()
    let hangs = false
    const server = serve(
      contract,
      theirs,
      {
        double: (value) => value * 2,
        hang: () => {
          hangs = true
          return new Promise(() => undefined)
        },
        dawdle: () => {
          hangs = true
          return new Promise(() => undefined)
        },
        rest: () => (hangs ? new Promise(() => undefined) : null)
      },
      () => undefined
    )
    let exit: (exit: WorkerExit) => void = () => undefined
    const exited = new Promise<WorkerExit>((resolve) => {
      exit = resolve
    })
    const end = (reason: string): void => {
      // Ports close a moment before a process is reaped.
      theirs.close()
      setImmediate(() => exit({ reason }))
    }
    alive.push({ end, tick: (value) => server.emit('tick', value) })
    return { port: ours, pid: alive.length, exited, kill: () => end('was killed') }
  }
  const slot = new WorkerSlot({
    kind: 'data',
    contract,
    start,
    givingUp: {
      requests: ['hang', 'dawdle'],
      followed: ['dawdle'],
      milliseconds: 20,
      rest: (client) => client.request('rest', null)
    },
    tidy: (pid) => {
      tidied.push(pid)
      return Promise.resolve()
    },
    ended: (reason) => ended.push(reason),
    report: () => undefined
  })
  return {
    slot,
    ended,
    started: () => alive.length,
    die: (reason) => alive.at(-1)?.end(reason),
    tick: (value) => alive.at(-1)?.tick(value),
    tidied
  }
}

describe('the place of a worker', () => {
  it('starts one process on first use and keeps it', async () => {
    const { slot, started } = harness()
    expect(slot.running).toBe(false)
    expect(await Promise.all([slot.request('double', 2), slot.request('double', 3)])).toEqual([4, 6])
    expect(await slot.request('double', 4)).toBe(8)
    expect(started()).toBe(1)
  })

  it('refuses what was under way with the reason of the death, and starts again', async () => {
    const { slot, ended, started, die } = harness()
    const waiting = slot.request('hang', null)
    const other = slot.request('hang', null)
    die('crashed (segmentation fault)')
    const refusal = { code: 'workerFailed', message: 'The data worker crashed (segmentation fault).' }
    await expect(waiting).rejects.toMatchObject(refusal)
    await expect(other).rejects.toMatchObject(refusal)
    expect(ended).toEqual(['crashed (segmentation fault)'])
    expect(await slot.request('double', 21)).toBe(42)
    expect(started()).toBe(2)
  })

  it('tells of events of every process', async () => {
    const { slot, die, tick } = harness()
    const seen: number[] = []
    slot.on('tick', (value) => seen.push(value))
    await slot.request('double', 1)
    tick(1)
    await slot.request('double', 1)
    const waiting = slot.request('hang', null)
    die('died')
    await expect(waiting).rejects.toBeInstanceOf(LaminaError)
    await slot.request('double', 1)
    tick(2)
    await slot.request('double', 1)
    expect(seen).toEqual([1, 2])
  })

  it('ends a process on purpose without alarm', async () => {
    const { slot, ended, started } = harness()
    const waiting = slot.request('hang', null)
    const refused = expect(waiting).rejects.toMatchObject({ code: 'cancelled', message: 'Enough.' })
    await slot.end(new LaminaError('cancelled', 'Enough.'))
    await refused
    expect(ended).toEqual([])
    expect(await slot.request('double', 1)).toBe(2)
    expect(started()).toBe(2)
  })

  it('ends a process that does not give up its work, without alarm, before it is asked for more', async () => {
    const { slot, ended, started } = harness()
    const stop = new AbortController()
    const waiting = slot.request('hang', null, { signal: stop.signal })
    stop.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    expect(await slot.request('double', 2)).toBe(4)
    expect([started(), ended]).toEqual([2, []])
  })

  it('leaves a process its work where the next request is about the same', async () => {
    const { slot, started } = harness()
    const stop = new AbortController()
    const waiting = slot.request('dawdle', null, { signal: stop.signal })
    stop.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    expect(await slot.request('double', 2)).toBe(4)
    expect(started()).toBe(1)
  })

  it('leaves a process alone that somebody else waits for', async () => {
    const { slot, started, die } = harness()
    const stop = new AbortController()
    const waiting = slot.request('hang', null, { signal: stop.signal })
    const other = slot.request('hang', null)
    stop.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    expect(await slot.request('double', 2)).toBe(4)
    expect(started()).toBe(1)
    die('died')
    await expect(other).rejects.toMatchObject({ code: 'workerFailed' })
  })

  it('tidies up after each process that is gone, before it is closed', async () => {
    const { slot, tidied, die } = harness()
    const waiting = slot.request('hang', null)
    die('died')
    await expect(waiting).rejects.toBeInstanceOf(LaminaError)
    await slot.request('double', 1)
    expect(tidied).toEqual([1])
    await slot.close()
    expect(tidied).toEqual([1, 2])
  })

  it('starts nothing any more once closed', async () => {
    const { slot, started } = harness()
    await slot.request('double', 1)
    await slot.close()
    await expect(slot.request('double', 1)).rejects.toMatchObject({ code: 'cancelled' })
    expect([started(), slot.running]).toEqual([1, false])
  })

  it('says why a process could not be started', async () => {
    const slot = new WorkerSlot({
      kind: 'training',
      contract,
      start: () => {
        throw new Error('no such file')
      },
      ended: () => undefined,
      report: () => undefined
    })
    await expect(slot.request('double', 1)).rejects.toMatchObject({
      code: 'workerFailed',
      message: 'The training worker could not be started: no such file.'
    })
  })
})
