import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SplitRandom } from '../../src/data/prepare/random'
import { LaminaError, messageOf } from '../../src/shared/errors'
import { cleanTables } from '../support/pollution/tables'
import { usual, writtenRows } from '../support/pollution/writer'
import { DataProcess } from './support/data-worker'
import { removedAfter } from './support/folder'
import type { Outcome, Scenario } from './scenario'

const LONGEST_MS = 5000
const MOST_CHANGES = 8
const MOST_BYTES = 40
const insertions = ['"', '""', "'", '`', '§', ',', ';', '\t', '|', '||', '^', ' ', '\\', '\n', '\r', '\r\n', '\0', '\ufeff', '#', '1', 'x', ',,,', '",', ',"', '\n\nTotal\n'] // prettier-ignore

export const damagedTables: Scenario = {
  name: 'damaged-tables',
  claim: 'a damaged file is refused with a reason or read within 5 s, and its rows add up',
  rounds: 5000,
  run: ({ seed, rounds, progress }) =>
    removedAfter(async (folder): Promise<Outcome> => {
      const random = new SplitRandom(seed)
      const path = join(folder, 'damaged.csv')
      const data = new DataProcess()
      const failures: string[] = []
      let longest = 0
      let read = 0
      for (let round = 1; round <= rounds; round++) {
        writeFileSync(path, damaged(random))
        const start = performance.now()
        const problem = await data.client.request('inspect', { path, overrides: {} }).then(
          ({ reading, rows }) => {
            read += 1
            const { records, skipped, sound, repaired } = reading
            const addsUp = rows === reading.rows && rows === sound + repaired && records === rows + skipped
            return addsUp ? null : `${records} records, ${skipped} left out, ${sound} sound, ${repaired} repaired, ${rows} rows` // prettier-ignore
          },
          (error: unknown) => (error instanceof LaminaError && error.code === 'invalidData' ? null : messageOf(error))
        )
        const took = performance.now() - start
        longest = Math.max(longest, took)
        if (problem !== null) failures.push(`round ${round}: ${problem}`)
        else if (took > LONGEST_MS) failures.push(`round ${round}: took ${Math.round(took)} ms`)
        if (round % 500 === 0) progress(`${round} of ${rounds}`)
      }
      failures.push(...data.defects)
      await data.end()
      const figures = { read, longest: `${Math.round(longest)} ms` }
      return { survived: rounds - failures.length, rounds, figures, failures }
    })
}

/** One of the clean tables, written in some way, with a few bytes changed. */
function damaged(random: SplitRandom): Buffer {
  const upTo = (most: number): number => random.below(most)
  const pick = <T>(of: readonly T[]): T => {
    const chosen = of[upTo(of.length)]
    if (chosen === undefined) throw new Error('There is nothing to pick from.')
    return chosen
  }
  const { header, rows } = pick(Object.values(cleanTables))
  const delimiter = pick([',', ';', '\t', '|', ' ', '||', '^'])
  const writing = { ...usual, delimiter, quoting: pick(['needed', 'all', 'none'] as const), lineEnd: pick(['\n', '\r\n', '\r']) } // prettier-ignore
  const text = writtenRows([...(header === null ? [] : [header]), ...rows], writing)
  let bytes = Buffer.from(text, pick(['utf8', 'utf8', 'utf16le', 'latin1'] as const))
  for (let changes = 1 + upTo(MOST_CHANGES); changes > 0; changes--) {
    const at = upTo(bytes.length)
    const kind = upTo(4)
    const removed = kind === 1 ? upTo(MOST_BYTES) : kind === 2 ? bytes.length : 0
    const inserted = kind === 0 ? Buffer.from(pick(insertions)) : bytes.subarray(at, at + (kind === 3 ? MOST_BYTES : 0))
    bytes = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)])
  }
  return bytes
}
