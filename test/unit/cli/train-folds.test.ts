import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { spreadOf, type FoldsSummary } from '../../../src/cli/commands/train-folds-summary'
import type { Design } from '../../../src/shared/design/schema'
import { CommandLine } from '../../support/command-line'
import { TestTerminal } from '../../support/test-terminal'

const cli = new CommandLine()

async function fold(...flags: readonly string[]): Promise<FoldsSummary> {
  const ran = await cli.run(['train', 'iris.lamina', '--json', ...flags])
  expect(ran.code).toBe(0)
  return JSON.parse(ran.stdout) as FoldsSummary
}

/** A summary without what no two runs have in common. */
const timeless = ({ results, ...summary }: FoldsSummary): unknown => ({
  ...summary,
  seconds: 0,
  results: results.map((result) => ({ ...result, seconds: 0 }))
})
function splitOf(changes: Partial<NonNullable<Design['dataset']>['split']>): void {
  cli.edit('iris.lamina', (design) => ({
    ...design,
    dataset: { ...design.dataset, split: { ...design.dataset?.split, ...changes } }
  }))
}

describe('lamina train --folds', () => {
  it('trains once for each fold and sums up', async () => {
    await cli.newIris()
    const summary = await fold('--folds', '4', '--epochs', '8', '--seed', '3')
    expect(summary).toMatchObject({
      name: 'iris',
      table: 'iris.csv',
      state: 'finished',
      folds: 4,
      stratified: true,
      splitSeed: 0,
      seed: 3,
      plannedEpochs: 8,
      testRows: 0
    })
    // 50 rows of each class dealt into four: 13, 13, 12, 12, going on where the class before ended.
    expect(
      summary.results.map(({ fold: number, rows, epochs, keptEpoch }) => [number, rows, epochs, keptEpoch])
    ).toEqual([38, 38, 37, 37].map((validation, index) => [index + 1, { train: 150 - validation, validation }, 8, 8]))
    const losses = summary.results.map((result) => result.validationLoss)
    expect(new Set(losses).size).toBe(4)
    expect(summary.validationLoss).toEqual(spreadOf(losses))
    expect(summary.validationAccuracy).toEqual(
      spreadOf(summary.results.map((result) => result.validationAccuracy ?? -1))
    )
    expect(summary).not.toHaveProperty('validationError')
    expect(readdirSync(cli.folder).sort()).toEqual(['iris.csv', 'iris.lamina'])
  })

  it('says the same for the same seeds, and something else for others', async () => {
    await cli.newIris()
    const first = timeless(await fold('--folds', '3', '--epochs', '4'))
    expect(timeless(await fold('--folds', '3', '--epochs', '4'))).toEqual(first)
    const { validationLoss } = await fold('--folds', '3', '--epochs', '4', '--seed', '9')
    expect(validationLoss).not.toEqual((first as FoldsSummary).validationLoss)
    splitOf({ seed: 5 })
    expect((await fold('--folds', '3', '--epochs', '4')).validationLoss).not.toEqual(
      (first as FoldsSummary).validationLoss
    )
  })

  it('measures every row once, by its own fold', async () => {
    await cli.newIris()
    // Weights that all but stand still: then the folds together are the table, and their losses are its loss.
    cli.edit('iris.lamina', (design) => ({ ...design, dataset: { ...design.dataset, scaling: 'none' } }))
    await cli.run(['train', 'iris.lamina', '--epochs', '5', '--weights', 'w.json'])
    const evaluated = JSON.parse((await cli.run(['evaluate', 'w.json', 'iris.csv', '--json'])).stdout) as {
      loss: number
      accuracy: number
    }
    cli.edit('iris.lamina', (design) => ({
      ...design,
      training: { ...design.training, optimizer: { type: 'sgd', learningRate: 1e-8 } }
    }))
    const { results } = await fold('--folds', '4', '--epochs', '1', '--init', 'w.json')
    const over = (pick: (result: FoldsSummary['results'][number]) => number | undefined): number =>
      results.reduce((sum, result) => sum + (pick(result) ?? Number.NaN) * result.rows.validation, 0) / 150
    expect(over((result) => result.validationLoss)).toBeCloseTo(evaluated.loss, 5)
    expect(over((result) => result.validationAccuracy)).toBeCloseTo(evaluated.accuracy, 10)
  })

  it('leaves the test rows out of all folds', async () => {
    await cli.newIris()
    splitOf({ test: 0.2 })
    const summary = await fold('--folds', '5', '--epochs', '2')
    expect(summary.testRows).toBe(30)
    expect(summary.results.map(({ rows }) => rows)).toEqual(
      Array.from({ length: 5 }, () => ({ train: 96, validation: 24 }))
    )
  })

  it('prints a table for people, and the fold it is at', async () => {
    await cli.newIris()
    const ran = await cli.run(['train', 'iris.lamina', '--folds', '3', '--epochs', '2'])
    expect(ran.code).toBe(0)
    const lines = ran.stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(
      /^Cross-validated "iris" on iris\.csv: 3 folds stratified by class \(split seed 0, seed 1\) in .+s$/
    )
    expect(lines[1]).toMatch(/^fold +rows +epochs +training loss +loss +accuracy$/)
    expect(lines.slice(2, 7).map((line) => line.split(/ {2,}/)[0])).toEqual(['1', '2', '3', 'mean', '± sd'])
    expect(ran.stderr.match(/^Fold \d\/3, Epoch 2\/2, 14 steps/gm)).toEqual([
      'Fold 1/3, Epoch 2/2, 14 steps',
      'Fold 2/3, Epoch 2/2, 14 steps',
      'Fold 3/3, Epoch 2/2, 14 steps'
    ])
  })

  it('knows numbers from classes', async () => {
    await cli.run(['new', 'iris.csv', '--target', 'petal_width', '-o', 'iris.lamina'])
    const summary = await fold('--folds', '3', '--epochs', '20')
    expect(summary.stratified).toBe(false)
    expect(summary.results.map(({ rows }) => rows.validation)).toEqual([50, 50, 50])
    expect(summary).not.toHaveProperty('validationAccuracy')
    // Better than always guessing the mean (0.66 cm off on average), and in the column's units.
    expect(summary.validationError?.mean).toBeLessThan(0.5)
  })

  it('says once that a class has fewer rows than there are folds, and that early stopping flatters', async () => {
    await cli.newIris()
    const [header = '', ...rows] = cli.text('iris.csv').trimEnd().split('\n')
    writeFileSync(cli.here('iris.csv'), `${[header, ...rows.slice(47)].join('\n')}\n`)
    cli.edit('iris.lamina', (design) => ({
      ...design,
      training: { ...design.training, earlyStopping: { patience: 2 } }
    }))
    const { stderr, code } = await cli.run(['train', 'iris.lamina', '--folds', '4', '--epochs', '3'])
    expect(code).toBe(0)
    expect(stderr.match(/fewer rows than there are folds/g)).toHaveLength(1)
    expect(stderr).toContain(
      'Note: "setosa" of the target "species" has fewer rows than there are folds (4): some folds validate without it.\n'
    )
    expect(stderr).toContain('Note: early stopping chooses the epoch by the rows of the fold that is measured')
  })

  it.each([
    ['while a fold is trained', true, 'Fold 1/5  Epoch', '9999999', 0],
    ['when a fold has just been trained', false, 'Fold 2/5, Epoch', '2', 2]
  ])('stops on Ctrl+C %s and prints the folds before', async (_, interactive, seen, epochs, results) => {
    await cli.newIris()
    const terminal = new TestTerminal(cli.folder, interactive)
    terminal.onMessage = () => {
      if (!terminal.stderr.includes(seen)) return
      terminal.onMessage = () => undefined
      terminal.pressInterrupt()
    }
    const ran = await cli.run(['train', 'iris.lamina', '--folds', '5', '--epochs', epochs, '--json'], terminal)
    expect(ran.code).toBe(1)
    const summary = JSON.parse(ran.stdout) as FoldsSummary
    expect(summary).toMatchObject({ state: 'stopped', folds: 5 })
    expect(summary.results).toHaveLength(results)
    expect(ran.stderr).toContain(`lamina: Cross-validation was stopped after ${results} of 5 folds.\n`)
  })

  it.each([
    [['--folds', '10', '--weights', 'w.json'], '--weights writes the weights of one'],
    [['--folds', '10', '--metrics', 'm.jsonl'], '--metrics writes the epochs of one'],
    [['--folds', '1'], 'Expected a whole number from 2 to 10000.'],
    [['--folds', '2.5'], 'Expected a whole number from 2 to 10000.']
  ])('is wrong usage with %j', async (flags, words) => {
    await cli.newIris()
    const ran = await cli.run(['train', 'iris.lamina', ...flags])
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(words)
    expect(existsSync(cli.here('w.json'))).toBe(false)
  })

  it('refuses more folds than rows', async () => {
    await cli.newIris()
    const ran = await cli.run(['train', 'iris.lamina', '--folds', '151'])
    expect(ran).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'lamina: "iris.csv" has too few rows for 151 folds: 150 rows can be dealt out, and every fold needs one to validate on. Use at most 150 folds.\n'
    })
  })

  it('names the fold that fails', async () => {
    await cli.run(['new', 'iris.csv', '--target', 'petal_width', '-o', 'iris.lamina'])
    // Only one row has another target: the fold that validates on it has nothing to learn.
    const rows = Array.from({ length: 12 }, (_, index) => `${(index * 5) % 7}.5,${index === 6 ? 2.5 : 1.5}`)
    writeFileSync(cli.here('flat.csv'), `sepal_length,petal_width\n${rows.join('\n')}\n`)
    cli.edit('iris.lamina', (design) => ({
      ...design,
      dataset: { ...design.dataset, columns: { petal_width: { type: 'numeric' } }, split: { seed: 3 } }
    }))
    const ran = await cli.run(['train', 'iris.lamina', '--data', 'flat.csv', '--folds', '4', '--epochs', '1'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toMatch(
      /lamina: Fold [2-4] of 4: The target "petal_width" is 1\.5 in every training row: there is nothing to learn\./
    )
  })
})

describe('mean and standard deviation', () => {
  // statistics.mean and statistics.stdev of Python.
  it.each([
    [[0.9, 1, 0.8, 0.95], 0.9125, 0.08539125638299665],
    [[2, 4], 3, Math.SQRT2]
  ])('of %j', (values, mean, standardDeviation) => {
    const spread = spreadOf(values)
    expect(spread?.mean).toBeCloseTo(mean, 12)
    expect(spread?.standardDeviation).toBeCloseTo(standardDeviation, 12)
  })

  it('of one value and of none', () => {
    expect(spreadOf([3])).toEqual({ mean: 3, standardDeviation: null })
    expect(spreadOf([])).toBeNull()
  })
})
