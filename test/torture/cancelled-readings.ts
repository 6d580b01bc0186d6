import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { SplitRandom } from '../../src/data/prepare/random'
import { LaminaError, messageOf } from '../../src/shared/errors'
import { removedAfter } from './support/folder'
import { DataProcess } from './support/data-worker'
import type { Outcome, Scenario } from './scenario'

const ROWS = 600_000
/** A reading takes about so long; it is given up at any moment of it. */
const READING_MS = 600
/** Rounds before the next process, so that cancelling also meets one that is only just starting. */
const ROUNDS_EACH = 5

export const cancelledReadings: Scenario = {
  name: 'cancelled-readings',
  claim: 'the reading of a table is cancelled at any moment: it ends as cancelled, and the next table is read as ever',
  rounds: 300,
  run: ({ seed, rounds, progress }) =>
    removedAfter(async (folder): Promise<Outcome> => {
      const random = new SplitRandom(seed)
      const large = join(folder, 'large.csv')
      const small = join(folder, 'small.csv')
      const lines = Array.from({ length: ROWS }, (_, row) => `${row},${row % 7},${row % 11}`)
      writeFileSync(large, `a,b,c\n${lines.join('\n')}\n`)
      writeFileSync(small, 'a,b\n1,2\n3,4\n')
      const failures: string[] = []
      let noticed = 0
      let finished = 0
      let process = new DataProcess()
      for (let round = 1; round <= rounds; round++) {
        if (round % ROUNDS_EACH === 0) {
          failures.push(...process.defects)
          await process.end()
          process = new DataProcess()
        }
        const stop = new AbortController()
        const { client } = process
        const reading = client.request('inspect', { path: large, overrides: {} }, { signal: stop.signal }).then(
          () => null,
          (error: unknown) => error
        )
        await wait(random.below(READING_MS))
        stop.abort()
        const error = await reading
        const asked = performance.now()
        const rows = await client.request('inspect', { path: small, overrides: {} }).then(
          (table) => table.rows,
          (reason: unknown) => messageOf(reason)
        )
        noticed = Math.max(noticed, performance.now() - asked)
        if (error === null) finished += 1
        const isCancelled = error === null || (error instanceof LaminaError && error.code === 'cancelled')
        if (!isCancelled || rows !== 2)
          failures.push(`round ${round}: ${error === null ? 'read' : messageOf(error)}, then ${rows}`)
        if (round % 25 === 0) progress(`${round} of ${rounds}`)
      }
      failures.push(...process.defects)
      await process.end()
      return {
        survived: rounds - failures.length,
        rounds,
        figures: { 'next table after at most': `${Math.round(noticed)} ms`, 'read before': finished },
        failures
      }
    })
}
