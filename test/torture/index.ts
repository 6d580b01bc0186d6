/**
 * `npm run torture`: scenarios too long or too violent for the tests, against the built program. Each has a seed and ends
 * in a summary line. Exit code 0: all survived; 1: something did not; 2: wrong usage.
 */
import { CommanderError } from 'commander'
import { messageOf } from '../../src/shared/errors'
import { build } from '../support/build-program'
import { parseOptions } from './options'
import type { Outcome } from './scenario'
import { scenarios } from './scenarios'
import { isSurvived, summaryLines } from './summary'

const FAILURE = 1
const WRONG_USAGE = 2

try {
  process.exitCode = (await torture()) ? 0 : FAILURE
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE
  } else {
    console.error(`torture: ${messageOf(error)}`)
    process.exitCode = FAILURE
  }
}

/** @returns whether everything was survived */
async function torture(): Promise<boolean> {
  const { only, seed, rounds, json } = parseOptions(
    process.argv.slice(2),
    scenarios.map(({ name }) => name)
  )
  build('build-native.mjs')
  build('ensure-built.mjs')
  const outcomes: Record<string, Outcome> = {}
  for (const scenario of scenarios) {
    if (only !== undefined && scenario.name !== only) continue
    console.error(`${scenario.name}: ${scenario.claim} …`)
    const outcome = await scenario.run({
      seed,
      rounds: rounds ?? scenario.rounds,
      progress: (text) => console.error(`  ${text}`)
    })
    outcomes[scenario.name] = outcome
    if (!json) for (const line of summaryLines(scenario, outcome, seed)) console.log(line)
  }
  if (json) console.log(JSON.stringify({ seed, outcomes }, null, 2))
  return Object.values(outcomes).every(isSurvived)
}
