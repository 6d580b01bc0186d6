import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { TableSummary } from '../../../src/shared/dataset'
import { relationsSchema } from '../../../src/shared/table/relations'
import { CommandLine } from '../../support/command-line'

const cli = new CommandLine()

describe('lamina inspect, for training', () => {
  it('warns of what matters, and says what to do', async () => {
    const { code, stdout } = await cli.run(['inspect', 'iris.csv'])
    expect(code).toBe(0)
    expect(stdout).toContain(
      '\nWarning: 1 row repeats an earlier row in every column, for example row 143 (the same as row 102). Copies of a row can'
    )
    expect(stdout).not.toContain('Relation to')
  })

  it('--target lists the columns by their relation to it', async () => {
    const { code, stdout } = await cli.run(['inspect', 'iris.csv', '--target', 'petal_width', '--target', 'species'])
    expect(code).toBe(0)
    const [, width = '', species = ''] = stdout.split('Relation to the target ')
    expect(width.trimEnd().split('\n')).toEqual([
      'petal_width (a number: numbers with fractions)',
      '',
      'Column        Relation  Measure',
      'species         0.9638  correlation ratio η',
      "petal_length    0.9629  Pearson's r",
      "sepal_length    0.8179  Pearson's r",
      "sepal_width    -0.3661  Pearson's r"
    ])
    expect(species).toContain('species (3 classes: setosa (50), versicolor (50), virginica (50); 3 different texts)\n')
  })

  it('--target warns of leaks and of imbalance', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${(i * 7) % 13},${i < 55 ? 'A' : 'B'},${i < 55 ? 'no' : 'yes'}`)
    writeFileSync(cli.here('leak.csv'), `x,code,y\n${rows.join('\n')}\n`)
    const { stdout } = await cli.run(['inspect', 'leak.csv', '--target', 'y'])
    expect(stdout).toContain('\nWarning: Each value of "code" goes with one class of the target "y" only. ')
    expect(stdout).toContain(
      '\nWarning: Classes of the target "y" are imbalanced: 55 rows are "no", 5 are "yes". Always answering "no" is right for 92 % of the rows'
    )
  })

  it('--json has warnings and relations as data', async () => {
    const { stdout } = await cli.run(['inspect', 'iris.csv', '--target', 'species', '--json'])
    const { warnings, relations } = JSON.parse(stdout) as { warnings: unknown; relations: unknown }
    expect(warnings).toMatchObject([{ kind: 'duplicateRows', rows: 1, examples: [[102, 143]] }])
    const parsed = relationsSchema.parse(relations)
    expect(parsed.targets[0]?.relations[2]).toMatchObject({ column: 'petal_length', measure: 'correlationRatio' })
    expect(parsed.targets[0]?.relations[2]?.value).toBeCloseTo(0.9702431236846608, 12)
    const plain = JSON.parse((await cli.run(['inspect', 'iris.csv', '--json'])).stdout) as object
    expect(plain).not.toHaveProperty('relations')
  })

  it('suggests the target that was meant', async () => {
    const ran = await cli.run(['inspect', 'iris.csv', '--target', 'specie'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toBe(
      'lamina: "iris.csv" has no column "specie", which is chosen as a target. Did you mean "species"?\n'
    )
  })

  it('says which cells are set missing, and takes more words for missing', async () => {
    const cells = Array.from({ length: 40 }, (_, row) => (row === 6 ? 'broken' : `${row}.5`))
    const rows = cells.map((cell, row) => `${cell},${row % 2 === 0 ? 'yes' : 'unknown'}`)
    writeFileSync(cli.here('mixed.csv'), `gauge,buys\n${rows.join('\n')}\n`)
    const { stdout } = await cli.run(['inspect', 'mixed.csv'])
    expect(stdout).toContain('1 cell of columns of numbers holds text and is set missing.')
    expect(stdout).toMatch(/ 8 +7 +gauge +broken +a number +set missing\n/)
    const words = ['--missing', 'unknown', '--missing', 'broken']
    const found = JSON.parse((await cli.run(['inspect', 'mixed.csv', ...words, '--json'])).stdout) as TableSummary
    expect(found.columns.map(({ type, missing }) => [type, missing])).toEqual([
      ['numeric', 1],
      ['categorical', 20]
    ])
    expect(found.reading.issueCount).toBe(0)
  })
})
