import {
  benchmarkCases,
  runBenchmark,
  type BenchmarkCase,
  type BenchmarkResult,
  type BenchmarkSettings
} from '../../service'
import type { Terminal } from '../terminal'
import { alignedTable, count, measure } from '../text'

export interface BenchOptions extends BenchmarkSettings {
  readonly cases: readonly BenchmarkCase['name'][]
  readonly json: boolean
}

/** `lamina bench`: how fast the engine trains on this machine. */
export async function bench(terminal: Terminal, { cases, json, ...settings }: BenchOptions): Promise<void> {
  const results: BenchmarkResult[] = []
  for (const chosen of benchmarkCases.filter(({ name }) => cases.length === 0 || cases.includes(name))) {
    terminal.message(`Measuring ${chosen.name}: ${chosen.sizes.join('–')}, batch ${chosen.batchSize} …\n`)
    results.push(await runBenchmark(chosen, settings))
  }
  const [first] = results
  if (json) {
    await terminal.result(
      `${JSON.stringify({ engine: first?.engine ?? null, optimizer: settings.optimizer, cases: results }, null, 2)}\n`
    )
    return
  }
  const rows = results.map(({ name, sizes, batchSize, threads, stepsPerSecond, microsecondsPerStep, gflops }) => [
    name,
    sizes.join('–'),
    String(batchSize),
    String(threads),
    count(stepsPerSecond),
    measure(microsecondsPerStep),
    measure(gflops)
  ])
  const head = ['Case', 'Network', 'Batch', 'Threads', 'Steps/s', 'µs/step', 'GFLOP/s']
  await terminal.result(
    `${first?.description ?? ''}, ${settings.optimizer}\n\n${alignedTable([head, ...rows], ['left', 'left', 'right', 'right', 'right', 'right', 'right'])}`
  )
}
