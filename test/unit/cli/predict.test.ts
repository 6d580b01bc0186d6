import { readdirSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseWeights } from '../../../src/shared/weights/document'
import { CommandLine } from '../../support/command-line'
import { TestTerminal } from '../../support/test-terminal'

const cli = new CommandLine()

describe('lamina evaluate and predict', () => {
  async function trained(): Promise<void> {
    await cli.newIris()
    expect((await cli.run(['train', 'iris.lamina', '--epochs', '60', '--weights', 'w.json'])).code).toBe(0)
  }

  it('measure trained weights', async () => {
    await trained()
    const ran = await cli.run(['evaluate', 'w.json', 'iris.csv', '--json'])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const result = JSON.parse(ran.stdout) as { rows: number; loss: number; accuracy: number }
    expect(Object.keys(result)).toEqual(['rows', 'loss', 'accuracy', 'substitutions'])
    expect(result.rows).toBe(150)
    expect(result.accuracy).toBeGreaterThan(0.9)
    const { stdout } = await cli.run(['evaluate', 'w.json', 'iris.csv'])
    expect(stdout).toMatch(/^150 rows\nLoss +0\.\d+\nAccuracy +\d+\.\d %\n$/)
  })

  it('predict the same to a file and to stdout, and as the test vectors say', async () => {
    await trained()
    const toFile = await cli.run(['predict', 'w.json', 'iris.csv', '-o', 'p.csv'])
    expect(toFile).toEqual({ code: 0, stdout: '', stderr: 'Wrote p.csv: 150 rows with predictions.\n' })
    const toStdout = await cli.run(['predict', 'w.json', 'iris.csv'])
    expect(toStdout).toMatchObject({ code: 0, stderr: '' })
    expect(toStdout.stdout).toBe(cli.text('p.csv'))
    const [head = '', ...lines] = cli.text('p.csv').trimEnd().split('\n')
    const names = head.split(',')
    expect(names.slice(4)).toEqual([
      'species',
      'predicted_species',
      'probability_setosa',
      'probability_versicolor',
      'probability_virginica'
    ])
    const right = lines.filter((line) => line.split(',')[4] === line.split(',')[5]).length
    const { accuracy } = JSON.parse((await cli.run(['evaluate', 'w.json', 'iris.csv', '--json'])).stdout) as {
      accuracy: number
    }
    expect(right / 150).toBeCloseTo(accuracy, 12)

    const { testVectors } = parseWeights(cli.text('w.json'), 'w.json')
    for (const { input, output } of testVectors) {
      const row = lines
        .map((line) => line.split(','))
        .find((cells) => names.slice(0, 4).every((name, at) => Number(cells[at]) === input[name]))
      expect(row).toBeDefined()
      for (const [index, value] of output.entries())
        expect(Math.abs(Number(row?.[6 + index]) - value)).toBeLessThan(1e-6)
    }
  })

  it('say what they put in for cells that say nothing, and only there', async () => {
    await trained()
    const gap = cli.text('iris.csv').replace(/^5\.1,/m, ',')
    writeFileSync(cli.here('gap.csv'), gap)
    const document = JSON.parse(cli.text('w.json')) as { preprocessing: { features: { missing: number }[] } }
    for (const feature of document.preprocessing.features) feature.missing = 5.75
    writeFileSync(cli.here('generous.json'), JSON.stringify(document))
    const note = 'Note: sepal_length: 1 of 150 rows had no value; 5.75, fitted in training, was taken.\n'
    const predicted = await cli.run(['predict', 'generous.json', 'gap.csv'])
    expect(predicted).toMatchObject({ code: 0, stderr: note })
    expect(predicted.stdout.split('\n')[1]).toMatch(/^,3\.5,/)
    const { code, stdout, stderr } = await cli.run(['evaluate', 'generous.json', 'gap.csv', '--json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: note })
    expect(JSON.parse(stdout)).toMatchObject({ substitutions: [{ column: 'sepal_length', missing: 1, standIn: 5.75 }] })
  })

  it('say what was wrong with the table, and what was done about it', async () => {
    await trained()
    const [header = '', first = ''] = cli.text('iris.csv').split('\n')
    writeFileSync(cli.here('broken.csv'), [cli.text('iris.csv').trimEnd(), `${first},surplus`, ''].join('\n'))
    expect(header).toContain('species')
    for (const command of ['predict', 'evaluate']) {
      const { code, stderr } = await cli.run([command, 'w.json', 'broken.csv'])
      expect(code).toBe(0)
      expect(stderr).toMatch(/^broken\.csv: 151 records in the file: 150 read as they stand, 1 repaired/)
      expect(stderr).toContain('surplus')
    }
  })

  it('never write over the weights', async () => {
    await trained()
    const before = cli.text('w.json')
    expect(await cli.run(['predict', 'w.json', 'iris.csv', '-o', 'w.json'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `lamina: ${cli.here('w.json')} is a weights file you opened; nothing else is written over it. Choose another name.\n`
    })
    expect(cli.text('w.json')).toBe(before)
  })

  it('never write over the table, and say what is wrong with weights and tables', async () => {
    await trained()
    const before = cli.text('iris.csv')
    expect(await cli.run(['predict', 'w.json', 'iris.csv', '-o', 'iris.csv'])).toMatchObject({ code: 1, stdout: '' })
    expect(cli.text('iris.csv')).toBe(before)
    writeFileSync(cli.here('short.csv'), 'sepal_length,species\n5,setosa\n')
    expect((await cli.run(['predict', 'w.json', 'short.csv'])).stderr).toContain(
      'short.csv lacks the columns "sepal_width", "petal_length", "petal_width", which these weights need.'
    )
    writeFileSync(cli.here('future.json'), cli.text('w.json').replace('"version": 1', '"version": 9'))
    expect(await cli.run(['evaluate', 'future.json', 'iris.csv'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('newer Lamina') as string
    })
    writeFileSync(cli.here('cut.json'), cli.text('w.json').slice(0, 500))
    expect(await cli.run(['predict', 'cut.json', 'iris.csv'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not valid JSON') as string
    })
    expect(await cli.run(['predict', 'w.json', 'none.csv'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no file') as string
    })
  })

  it('read weights that state no more than computing needs', async () => {
    await trained()
    const full = JSON.parse(cli.text('w.json')) as {
      preprocessing: Record<'features' | 'targets', Record<string, unknown>[]>
    }
    const without = (entries: Record<string, unknown>[], left: string[]): Record<string, unknown>[] =>
      entries.map((entry) => Object.fromEntries(Object.entries(entry).filter(([key]) => !left.includes(key))))
    const { features, targets } = full.preprocessing
    const preprocessing = {
      features: without(features, ['scaling', 'missing']),
      targets: without(targets, ['encoding'])
    }
    writeFileSync(cli.here('terse.json'), JSON.stringify({ ...full, preprocessing }))
    const [terse, stated] = [
      await cli.run(['predict', 'terse.json', 'iris.csv']),
      await cli.run(['predict', 'w.json', 'iris.csv'])
    ]
    expect(terse).toEqual(stated)
    expect(terse.code).toBe(0)
  })

  it('stop on Ctrl+C and leave nothing behind', async () => {
    await trained()
    const before = readdirSync(cli.folder)
    const terminal = new TestTerminal(cli.folder)
    terminal.onListening = () => queueMicrotask(() => terminal.pressInterrupt())
    const ran = await cli.run(['predict', 'w.json', 'iris.csv', '-o', 'p.csv'], terminal)
    expect(ran).toEqual({ code: 1, stdout: '', stderr: 'lamina: Stopped; nothing was written.\n' })
    expect(readdirSync(cli.folder)).toEqual(before)
  })

  it('warn when weights do not compute what their test vectors say', async () => {
    await trained()
    const edited = JSON.parse(cli.text('w.json')) as { testVectors: { output: number[] }[] }
    const [first] = edited.testVectors
    if (first === undefined) throw new Error('There are no test vectors.')
    first.output = [0.2, 0.3, 0.5]
    writeFileSync(cli.here('edited.json'), JSON.stringify(edited))
    expect(await cli.run(['evaluate', 'edited.json', 'iris.csv'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Was it edited?') as string
    })
  })
})
