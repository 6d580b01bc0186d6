import type { Timing } from '../../src/engine/benchmark'
import type { Duration, Participant, Work } from './participant'
import { ratioOf, spreadOf, type Spread } from './statistics'

export interface Entry {
  readonly name: string
  /** Threads it used: of those that were tried, the fastest. */
  readonly threads: number
  /** Of a step, or of a prediction of all samples. */
  readonly microseconds: Spread
  /** How many times the first participant's time this one took, round by round; null for the first. */
  readonly ratio: Spread | null
}

/** Processors of small machines change their clock, and others run on them, from second to second: short, many, mixed. */
export const roundDuration = (work: Work): Duration =>
  work.case.name === 'XL'
    ? { warmUpMilliseconds: 50, milliseconds: 700 }
    : { warmUpMilliseconds: 50, milliseconds: work.case.name === 'L' ? 300 : 200 }

/**
 * Measures participants against the first of them, one at a time, in turn: in every round each has one turn, and who
 * goes first changes from round to round.
 */
export async function compare(participants: readonly Participant[], work: Work, rounds: number): Promise<Entry[]> {
  const duration = roundDuration(work)
  const taking = []
  for (const participant of participants.filter((candidate) => candidate.accepts(work))) {
    const choice = await chooseThreads(participant, work, duration)
    taking.push({ participant, choice, threads: 0, times: Array.from({ length: rounds }, () => Number.NaN) })
  }
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < taking.length; turn++) {
      const entry = taking[(round + turn) % taking.length]
      if (entry === undefined) continue
      const measured = await entry.participant.measure(work, entry.choice, duration)
      entry.threads = measured.threads
      entry.times[round] = microseconds(measured)
    }
  }
  const [first] = taking
  return taking.map(({ participant, threads, times }) => ({
    name: participant.name,
    threads,
    microseconds: spreadOf(times),
    ratio: first === undefined || first.times === times ? null : ratioOf(times, first.times)
  }))
}

async function chooseThreads(participant: Participant, work: Work, duration: Duration): Promise<number | null> {
  const { threadChoices } = participant
  let best = threadChoices[0] ?? null
  if (threadChoices.length < 2) return best
  let least = Number.POSITIVE_INFINITY
  for (const threads of threadChoices) {
    const time = microseconds(await participant.measure(work, threads, duration))
    if (time < least) [least, best] = [time, threads]
  }
  return best
}

function microseconds({ count, seconds }: Timing): number {
  return (1e6 * seconds) / count
}
