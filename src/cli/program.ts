import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { HiddenLayer } from '../shared/network/propose'
import { LaminaError, messageOf } from '../shared/errors'
import { MOST_FOLDS } from '../shared/prepared'
import { malformedPolicies, type DialectOverrides } from '../shared/table/dialect'
import { LEAST_TABLE_MEMORY } from '../shared/table/memory'
import { MOST_THREADS } from '../shared/training-run'
import {
  benchmarkCases,
  benchmarkOptimizers,
  programVersion,
  type BenchmarkCase,
  type BenchmarkOptimizer
} from '../service'
import { bench } from './commands/bench'
import { evaluate } from './commands/evaluate'
import { inspect, type InspectOptions } from './commands/inspect'
import { newDesign, parseHidden } from './commands/new'
import { predict } from './commands/predict'
import { resume } from './commands/resume'
import { listRuns } from './commands/runs'
import { train, type TrainOptions } from './commands/train'
import { readingOption } from './reading-option'
import type { SessionOptions } from './session'
import { isBrokenPipe } from './terminal'
import { UsageError } from './usage-error'

const SUCCESS = 0
const FAILURE = 1
const WRONG_USAGE = 2

/**
 * Run the command line.
 * @param args without the program's own name
 * @returns the exit code: 0 on success, 1 when the work failed, 2 on wrong usage
 */
export async function runCli(args: readonly string[], options: SessionOptions): Promise<number> {
  const { terminal } = options
  try {
    await createProgram(options).parseAsync([...args], { from: 'user' })
    return SUCCESS
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? SUCCESS : WRONG_USAGE
    if (error instanceof Error && isBrokenPipe(error)) return SUCCESS
    terminal.message(
      `lamina: ${error instanceof LaminaError || error instanceof UsageError ? error.message : defect(error)}\n`
    )
    return error instanceof UsageError ? WRONG_USAGE : FAILURE
  }
}

function createProgram(given: SessionOptions): Command {
  const { terminal } = given
  const program = new Command('lamina')
    .description('Design, train and use dense neural networks on your own tables.')
    .version(programVersion())
    .showHelpAfterError('(lamina --help and lamina help <command> say more)')
    .addOption(
      new Option(
        '--memory <size>',
        'memory that tables may take, like 512MB or 4GB; a quarter of the computer’s unless the window says otherwise'
      ).argParser(bytes)
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => void terminal.result(text), writeErr: (text) => terminal.message(text) })
  // Known once the arguments are parsed, which is before a command runs.
  const options: SessionOptions = {
    ...given,
    get tableMemory() {
      return program.opts<{ memory?: number }>().memory
    }
  }
  // Commands inherit these settings only if they are made after them.

  program
    .command('new')
    .summary('make a design that fits a table')
    .description(
      'Read a table and write a design that predicts a column of it, next to the table unless --output says otherwise.'
    )
    .argument('<data.csv>', 'the table')
    .requiredOption('--target <column>', 'the column to predict; may be given more than once', collect)
    .option('--hidden <layers>', 'hidden layers as units:activation, like 16:relu,16:relu, or none', usage(parseHidden))
    .option('-o, --output <design.lamina>', 'where to write the design')
    .option('--force', 'replace a design that is there already', false)
    .addOption(readingOption())
    .action(
      (
        data: string,
        flags: {
          target: string[]
          hidden?: HiddenLayer[]
          output?: string
          force: boolean
          reading: DialectOverrides
        }
      ) => newDesign(options, data, { ...flags, hidden: flags.hidden, output: flags.output })
    )

  program
    .command('inspect')
    .summary('say what is in a table')
    .description(
      'Read a table and print its columns: types, missing and distinct values, ranges, what was noticed while reading, and warnings about what matters for training.'
    )
    .argument('<data.csv>', 'the table')
    .option(
      '--target <column>',
      'also say what every column has to do with this one; may be given more than once',
      collect
    )
    .option('--missing <word>', 'also take this for a missing value; may be given more than once', collect)
    .option('--normalized <out.csv>', 'also write the table as it was understood, as clean CSV (RFC 4180, UTF-8)')
    .addOption(
      new Option('--malformed <policy>', 'what happens to rows that do not fit')
        .choices(malformedPolicies)
        .default('repair')
    )
    .addOption(readingOption())
    .option('--json', 'print one JSON document', false)
    .action(
      (
        data: string,
        {
          target = [],
          missing = [],
          ...flags
        }: Omit<InspectOptions, 'targets' | 'missingWords'> & { target?: string[]; missing?: string[] }
      ) => inspect(options, data, { ...flags, targets: target, missingWords: missing })
    )

  program
    .command('train')
    .summary('train a design')
    .description(
      'Train a design on its table. The same design, table and seed give the same weights file, byte for byte. Ctrl+C stops after the current step and still writes what was asked for; the exit code is then 1. With --folds the design is cross-validated instead: its rows (all but the test share) are dealt into folds by the split seed, by class when the split is stratified, and each fold is once the validation rows of a training on all others.'
    )
    .argument('<design.lamina>', 'the design')
    .option('--data <file.csv>', 'train on this table instead of the one the design names')
    .option('--init <weights.json>', 'start from these weights instead of drawing them')
    .option('--epochs <n>', 'train for this many epochs', whole(1, 10_000_000))
    .option(
      '--seed <n>',
      'seed of initial weights, shuffling and dropout (the split has its own, in the design)',
      whole(0, 4_294_967_295)
    )
    .addOption(threadsOption())
    .option(
      '--folds <k>',
      'cross-validate: print loss and accuracy of each of k folds, their mean and standard deviation',
      whole(2, MOST_FOLDS)
    )
    .option('--weights <out.json>', 'write the trained weights')
    .option('--metrics <out.jsonl>', 'write a line of metrics for every epoch')
    .option('--json', 'print one JSON document', false)
    .action((design: string, flags: Partial<TrainOptions>) =>
      train(options, design, {
        data: flags.data,
        init: flags.init,
        epochs: flags.epochs,
        seed: flags.seed,
        threads: flags.threads,
        folds: flags.folds,
        weights: flags.weights,
        metrics: flags.metrics,
        json: flags.json ?? false
      })
    )

  program
    .command('runs')
    .summary('list the runs that are kept')
    .description('List every run that was started here or in the window, newest first, and whether it can go on.')
    .option('--json', 'print one JSON document', false)
    .action((flags: { json: boolean }) => listRuns(options, flags))

  program
    .command('resume')
    .summary('go on with a run from its checkpoint')
    .description(
      'Go on with a run that was stopped or interrupted, or train a finished one further with --epochs. It ends with the weights that it would have had without the interruption, and prints what came of it as one JSON document.'
    )
    .argument('<run>', 'the beginning of its id, as lamina runs shows it, or "last"')
    .option('--epochs <n>', 'train until this many epochs are done', whole(1, 10_000_000))
    .option('--weights <out.json>', 'write the trained weights')
    .option('--metrics <out.jsonl>', 'write a line of metrics for every epoch from now on')
    .action((run: string, flags: { epochs?: number; weights?: string; metrics?: string }) =>
      resume(options, run, { epochs: flags.epochs, weights: flags.weights, metrics: flags.metrics })
    )

  program
    .command('evaluate')
    .summary('measure trained weights on a table')
    .description(
      'Compute loss and accuracy (classes) or mean absolute error (numbers) of trained weights on a table with known targets.'
    )
    .argument('<weights.json>', 'trained weights')
    .argument('<data.csv>', 'the table')
    .addOption(readingOption())
    .option('--json', 'print one JSON document', false)
    .action((weights: string, data: string, flags: { json: boolean; reading: DialectOverrides }) =>
      evaluate(options, weights, data, flags)
    )

  program
    .command('predict')
    .summary('predict a table with trained weights')
    .description(
      'Write the table with predictions beside it as CSV: predicted_<target>, and a probability for each class.'
    )
    .argument('<weights.json>', 'trained weights')
    .argument('<data.csv>', 'the table')
    .option('-o, --output <predictions.csv>', 'where to write; stdout when left out')
    .addOption(readingOption())
    .action((weights: string, data: string, flags: { output?: string; reading: DialectOverrides }) =>
      predict(options, weights, data, { output: flags.output, reading: flags.reading })
    )

  program
    .command('bench')
    .summary('measure the training speed of this machine')
    .description(`Train networks of known sizes on random data and print steps per second: ${describeCases()}.`)
    .addOption(new Option('--case <name>', 'only this case').choices(benchmarkCases.map(({ name }) => name)))
    .addOption(new Option('--optimizer <name>', 'the optimizer').choices(benchmarkOptimizers).default('sgd'))
    .addOption(threadsOption())
    .option('--json', 'print one JSON document', false)
    .action((flags: { case?: BenchmarkCase['name']; optimizer: BenchmarkOptimizer; json: boolean; threads?: number }) =>
      bench(terminal, {
        cases: flags.case === undefined ? [] : [flags.case],
        optimizer: flags.optimizer,
        json: flags.json,
        ...(flags.threads === undefined ? {} : { threads: flags.threads })
      })
    )

  return program
}

function describeCases(): string {
  return benchmarkCases
    .map(({ name, sizes, batchSize }) => `${name} ${sizes.join('-')} in batches of ${batchSize}`)
    .join(', ')
}

function threadsOption(): Option {
  return new Option(
    '--threads <n>',
    'compute with at most this many threads; the engine decides when left out'
  ).argParser(whole(1, MOST_THREADS))
}

function collect(value: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), value]
}

/** A size in bytes, of at least what a table needs to be sorted with temporary files. */
function bytes(text: string): number {
  const [, figure = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text.trim()) ?? []
  const size = Math.round(Number(figure) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' '))
  if (figure !== '' && size >= LEAST_TABLE_MEMORY && Number.isSafeInteger(size)) return size
  throw new InvalidArgumentError(`Expected a size of at least ${LEAST_TABLE_MEMORY / 2 ** 20}MB, like 512MB or 4GB.`)
}
function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text.trim()) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
  }
}

/** A parser whose complaint is wrong usage, told as commander tells it. */
function usage<T>(parser: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parser(text)
    } catch (error) {
      throw error instanceof UsageError ? new InvalidArgumentError(error.message) : error
    }
  }
}

function defect(error: unknown): string {
  const stack = process.env['LAMINA_DEBUG'] !== undefined && error instanceof Error ? `\n${error.stack ?? ''}` : ''
  return `a defect: ${messageOf(error)}${stack}`
}
