/**
 * `npm run bench`: the engine's cases for both optimizers, then the window. `--json` prints one document.
 * Figures of one run are comparable with each other; quote ratios, not single figures of a busy machine.
 */
import { lamina } from '../e2e/support/actions'
import { measureWindow } from './window'

interface EngineResult {
  readonly engine: string
  readonly optimizer: string
  readonly cases: readonly { name: string; stepsPerSecond: number; microsecondsPerStep: number }[]
}

const json = process.argv.includes('--json')
const engine: EngineResult[] = []
for (const optimizer of ['sgd', 'adam']) {
  console.error(`Measuring the engine with ${optimizer} …`)
  engine.push(JSON.parse(await lamina('bench', '--optimizer', optimizer, '--json')))
}
console.error('Measuring the window …')
const window = await measureWindow()

if (json) {
  console.log(JSON.stringify({ engine, window }, null, 2))
} else {
  for (const { optimizer, cases } of engine) {
    for (const { name, stepsPerSecond, microsecondsPerStep } of cases) {
      console.log(
        `${name.padEnd(3)} ${optimizer.padEnd(5)} ${microsecondsPerStep.toFixed(1).padStart(10)} µs/step ${Math.round(stepsPerSecond).toString().padStart(9)} steps/s`
      )
    }
  }
  if (window !== null) {
    const ratio = median(window.window.map((value, round) => value / (window.commandLine[round] ?? Number.NaN)))
    console.log(
      `page ready                 ${median(window.pageReady).toFixed(0)} ms (${window.pageReady.map((ms) => ms.toFixed(0)).join(', ')})`
    )
    console.log(`command line, 4-16-16-3    ${median(window.commandLine).toFixed(0)} steps/s`)
    console.log(
      `with the window attached   ${median(window.window).toFixed(0)} steps/s, ${(100 * ratio).toFixed(1)} % of the command line round by round`
    )
    console.log(
      `chart frames a second      ${Object.entries(window.chartFrames)
        .map(([name, rate]) => `${name} ${rate.toFixed(1)}`)
        .join(', ')}`
    )
    console.log(
      `main-thread tasks > 50 ms  ${window.longTasks.length === 0 ? 'none' : window.longTasks.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}`
    )
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
