import { describe, expect, it } from 'vitest'
import { benchmarkCases } from '../../../src/engine/benchmark'
import { compare } from '../../bench/compare'
import type { Participant, Work } from '../../bench/participant'

const work: Work = { do: 'train', case: benchmarkCases[0] ?? fail(), optimizer: 'sgd' }
const log: string[] = []

/** Takes so many microseconds a step with each number of threads, and says when it was its turn. */
function participant(name: string, microseconds: Record<number, number[]>, accepts = true): Participant {
  const choices = Object.keys(microseconds).map(Number)
  return {
    name,
    threadChoices: choices,
    accepts: () => accepts,
    measure(_, threads) {
      log.push(`${name}/${threads}`)
      const time = microseconds[threads ?? 0]?.shift() ?? Number.NaN
      return Promise.resolve({ count: 10, seconds: time / 1e5, threads: threads ?? 0 })
    },
    close: () => Promise.resolve()
  }
}

function fail(): never {
  throw new Error('There is no case.')
}

describe('a comparison', () => {
  it('gives everyone a turn in every round, first another one each time, and divides round by round', async () => {
    log.length = 0
    const entries = await compare([participant('a', { 1: [2, 4, 3] }), participant('b', { 1: [20, 80, 60] })], work, 3)
    expect(log).toEqual(['a/1', 'b/1', 'b/1', 'a/1', 'a/1', 'b/1'])
    expect(entries).toMatchObject([
      { name: 'a', threads: 1, microseconds: { rounds: [2, 4, 3], median: 3 }, ratio: null },
      { name: 'b', threads: 1, microseconds: { rounds: [20, 80, 60], median: 60 }, ratio: { rounds: [10, 20, 20] } }
    ])
  })

  it('tries thread counts first, and stays with the fastest', async () => {
    log.length = 0
    const [, entry] = await compare(
      [participant('a', { 1: [1, 1] }), participant('b', { 1: [9], 2: [5, 6, 7], 4: [8] })],
      work,
      2
    )
    expect(log.slice(0, 3)).toEqual(['b/1', 'b/2', 'b/4'])
    expect(entry).toMatchObject({ threads: 2, microseconds: { rounds: [6, 7] } })
  })

  it('leaves out who does not take part', async () => {
    const entries = await compare([participant('a', { 1: [1] }), participant('b', { 1: [] }, false)], work, 1)
    expect(entries.map(({ name }) => name)).toEqual(['a'])
  })
})
