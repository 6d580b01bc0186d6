import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CommandLine } from '../../support/command-line'

const cli = new CommandLine()

describe('lamina new', () => {
  it('writes a design next to the table', async () => {
    const ran = await cli.run(['new', 'iris.csv', '--target', 'species', '--hidden', '8:tanh'])
    expect(ran).toEqual({
      code: 0,
      stdout: 'Wrote iris.lamina: classification of "species" from 150 rows, 4 features → 8 → 3 outputs\n',
      stderr: ''
    })
    expect(JSON.parse(cli.text('iris.lamina'))).toMatchObject({
      format: 'lamina-design',
      version: 1,
      name: 'iris',
      dataset: { path: 'iris.csv', targets: ['species'] }
    })
    expect(existsSync(join(cli.root, 'data', 'recent.json'))).toBe(false)
  })

  it('warns of a feature that is the target once more', async () => {
    const lines = Array.from({ length: 60 }, (_, row) => `${(row * 7) % 31},${row % 3},${row % 3}`)
    writeFileSync(cli.here('leak.csv'), `a,copy,y\n${lines.join('\n')}\n`)
    const { code, stderr } = await cli.run(['new', 'leak.csv', '--target', 'y'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/^Warning: .*"copy".*"y".*Leave it out then\.\n$/)
    expect((await cli.run(['inspect', 'leak.csv', '--target', 'y'])).stdout).toContain(stderr)
  })

  it('names the table as seen from the design', async () => {
    mkdirSync(cli.here('designs'))
    expect((await cli.run(['new', 'iris.csv', '--target', 'species', '-o', 'designs/a.lamina'])).code).toBe(0)
    expect(JSON.parse(cli.text('designs/a.lamina'))).toMatchObject({ dataset: { path: '../iris.csv' } })
    expect((await cli.run(['train', 'designs/a.lamina', '--epochs', '1'])).code).toBe(0)
  })

  it('replaces nothing unless told to', async () => {
    writeFileSync(cli.here('iris.lamina'), 'mine')
    const refused = await cli.run(['new', 'iris.csv', '--target', 'species'])
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toBe(
      'lamina: iris.lamina is there already. Choose another name with --output, or replace it with --force.\n'
    )
    expect(cli.text('iris.lamina')).toBe('mine')
    expect((await cli.run(['new', 'iris.csv', '--target', 'species', '--force'])).code).toBe(0)
    expect(cli.text('iris.lamina')).toContain('lamina-design')
  })

  it('suggests the column that was meant', async () => {
    const ran = await cli.run(['new', 'iris.csv', '--target', 'specie'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toBe(
      'lamina: iris.csv has no column "specie". Did you mean "species"? It has "sepal_length", "sepal_width", "petal_length", "petal_width", "species".\n'
    )
    expect(existsSync(cli.here('iris.lamina'))).toBe(false)
  })
})

describe('lamina inspect', () => {
  it('prints a readable table', async () => {
    const { code, stdout } = await cli.run(['inspect', 'iris.csv'])
    expect(code).toBe(0)
    expect(stdout).toContain(
      'iris.csv: 150 rows, 5 columns (utf-8, comma-separated, decimal mark ".", with a header)\n'
    )
    const lines = stdout.split('\n')
    expect(lines.find((line) => line.startsWith('sepal_length'))).toMatch(
      /^sepal_length {2}numeric +0 +35 {2}4\.3 … 7\.9, mean 5\.843/
    )
    expect(lines.find((line) => line.startsWith('species'))).toMatch(
      /setosa \(50\), versicolor \(50\), virginica \(50\)/
    )
  })

  it('prints one JSON document', async () => {
    const { code, stdout, stderr } = await cli.run(['inspect', 'iris.csv', '--json'])
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'iris.csv',
      rows: 150,
      columns: [{ name: 'sepal_length', type: 'numeric' }, {}, {}, {}, {}]
    })
  })
})
