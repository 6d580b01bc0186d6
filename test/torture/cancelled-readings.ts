import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { SplitRandom } from '../../src/data/prepare/random'
import { datasetSettingsSchema } from '../../src/shared/design/schema'
import { LaminaError, messageOf } from '../../src/shared/errors'
import type { Params } from '../../src/shared/rpc'
import type { DataWorkerContract } from '../../src/shared/workers/data'
import { removedAfter } from './support/folder'
import { DataProcess } from './support/data-worker'
import type { Outcome, Scenario } from './scenario'

const ROWS = 600_000
/** A reading takes about so long; it is given up at any moment of it. */
const READING_MS = 600
/** … and a preparation. */
const PREPARING_MS = 300
/** The service ends a process that does not rest sooner. */
const GIVING_UP_MS = 150
/** Rounds before the next process, so that cancelling also meets one that is only just starting. */
const ROUNDS_EACH = 5

/** Every round another one, with scalings that sort every column and such that do not. */
function preparationOf(path: string, cacheFolder: string, round: number): Params<DataWorkerContract, 'prepare'> {
  const settings = datasetSettingsSchema.parse({
    targets: ['c'],
    scaling: round % 4 === 0 ? 'robust' : 'standard',
    split: { validation: 0.2, test: 0.1, seed: round, stratify: true }
  })
  return { path, overrides: {}, settings, categoricalEncoding: 'oneHot', cacheFolder }
}

export const cancelledReadings: Scenario = {
  name: 'cancelled-readings',
  claim:
    'reading and preparing a table are cancelled at any moment: they end as cancelled, leave nothing behind, and the next table is read as ever',
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
      const cacheFolder = join(folder, 'prepared')
      mkdirSync(cacheFolder)
      let noticed = 0
      let rested = 0
      let slow = 0
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
        const options = { signal: stop.signal }
        const prepares = round % 2 === 0
        if (prepares) await client.request('inspect', { path: large, overrides: {} })
        const request = prepares
          ? client.request('prepare', preparationOf(large, cacheFolder, round), options)
          : client.request('inspect', { path: large, overrides: {} }, options)
        const working = request.then(
          () => null,
          (error: unknown) => error
        )
        await wait(random.below(prepares ? PREPARING_MS : READING_MS))
        stop.abort()
        const gaveUp = performance.now()
        const error = await working
        await client.request('rest', {})
        const took = performance.now() - gaveUp
        rested = Math.max(rested, took)
        if (took > GIVING_UP_MS) slow += 1
        const left = prepares ? readdirSync(cacheFolder).filter((name) => name.startsWith('.')) : []
        if (left.length > 0) failures.push(`round ${round}: ${left.join(', ')} left behind`)
        const asked = performance.now()
        const rows = await client.request('inspect', { path: small, overrides: {} }).then(
          (table) => table.rows,
          (reason: unknown) => messageOf(reason)
        )
        noticed = Math.max(noticed, performance.now() - asked)
        if (error === null) finished += 1
        const isCancelled = error === null || (error instanceof LaminaError && error.code === 'cancelled')
        if (!isCancelled || rows !== 2)
          failures.push(`round ${round}: ${error === null ? 'done' : messageOf(error)}, then ${rows}`)
        if (round % 25 === 0) progress(`${round} of ${rounds}`)
      }
      failures.push(...process.defects)
      await process.end()
      return {
        survived: rounds - failures.length,
        rounds,
        figures: {
          'at rest after at most': `${Math.round(rested)} ms`,
          'would have been replaced': slow,
          'next table after at most': `${Math.round(noticed)} ms`,
          'done before': finished
        },
        failures
      }
    })
}
