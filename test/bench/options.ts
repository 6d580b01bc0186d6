import { Command, InvalidArgumentError, Option } from 'commander'
import { benchmarkCases, type BenchmarkCase } from '../../src/engine/benchmark'
import { MOST_THREADS } from '../../src/shared/training-run'

export const sections = [
  'cases',
  'inference',
  'products',
  'scaling',
  'window',
  'editing',
  'tables',
  'checkpoints'
] as const
export type Section = (typeof sections)[number]

export interface BenchOptions {
  readonly json: boolean
  readonly only?: Section
  readonly case?: BenchmarkCase['name']
  readonly rounds: number
  readonly threads?: number
}

const MOST_ROUNDS = 1000

/** @throws CommanderError for wrong usage, and with exit code 0 where help was asked for */
export function parseOptions(args: readonly string[], write?: (text: string) => void): BenchOptions {
  const program = new Command('npm run bench --')
    .description(
      'Measure Lamina on this machine, side by side with PyTorch, scikit-learn and OpenBLAS where they are installed, and with PapaParse.'
    )
    .option('--json', 'print one JSON document', false)
    .addOption(new Option('--only <section>', 'only this section').choices(sections))
    .addOption(new Option('--case <name>', 'only this case').choices(benchmarkCases.map(({ name }) => name)))
    .option('--rounds <n>', 'how often each of them has its turn', whole(MOST_ROUNDS), 7)
    .option('--threads <n>', 'threads of Lamina; the engine decides when left out', whole(MOST_THREADS))
    .exitOverride()
    .allowExcessArguments(false)
  if (write !== undefined) program.configureOutput({ writeOut: write, writeErr: write })
  return program.parse([...args], { from: 'user' }).opts<BenchOptions>()
}

function whole(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= 1 && value <= most) return value
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`)
  }
}
