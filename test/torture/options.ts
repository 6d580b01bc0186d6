import { Command, InvalidArgumentError, Option } from 'commander'

export interface TortureOptions {
  readonly only?: string
  readonly seed: number
  readonly rounds?: number
  readonly json: boolean
}

/**
 * @param names of all scenarios
 * @throws CommanderError for wrong usage, and with exit code 0 where help was asked for
 */
export function parseOptions(
  args: readonly string[],
  names: readonly string[],
  write?: (text: string) => void
): TortureOptions {
  const program = new Command('npm run torture --')
    .description('Do to Lamina what it has to survive: every scenario with its seed and a line of what came of it.')
    .addOption(new Option('--only <scenario>', 'only this scenario').choices(names))
    .option('--seed <n>', 'what is drawn by chance is drawn from this', whole(0, 2 ** 32 - 1), 1)
    .option('--rounds <n>', 'how often each harm is done; what its claim says when left out', whole(1, 10_000_000))
    .option('--json', 'print one JSON document', false)
    .exitOverride()
    .allowExcessArguments(false)
  if (write !== undefined) program.configureOutput({ writeOut: write, writeErr: write })
  return program.parse([...args], { from: 'user' }).opts<TortureOptions>()
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
  }
}
