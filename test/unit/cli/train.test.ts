import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/engine/engine'
import { referenceEngine } from '../../../src/engine/reference'
import { parseWeights } from '../../../src/shared/weights/document'
import { CommandLine } from '../../support/command-line'
import { LocalWorkers } from '../../support/local-workers'
import { TestTerminal } from '../../support/test-terminal'

const cli = new CommandLine()

describe('lamina train', () => {
  it('writes weights and metrics and sums up', async () => {
    await cli.newIris()
    const ran = await cli.run([
      'train',
      'iris.lamina',
      '--epochs',
      '20',
      '--seed',
      '3',
      '--weights',
      'w.json',
      '--metrics',
      'm.jsonl',
      '--json'
    ])
    expect(ran.code).toBe(0)
    const summary = JSON.parse(ran.stdout) as Record<string, unknown>
    const lines = cli
      .text('m.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map((line) => line['epoch'])).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(Object.keys(lines[0] ?? {})).toEqual([
      'epoch',
      'step',
      'trainLoss',
      'validationLoss',
      'trainAccuracy',
      'validationAccuracy',
      'gradientNorms',
      'learningRate',
      'seconds'
    ])
    expect(Object.keys((lines[0] ?? {})['gradientNorms'] as object)).toEqual(['dense-1', 'dense-2'])
    const last = lines.at(-1)
    expect(summary).toMatchObject({
      state: 'finished',
      seed: 3,
      epochs: 20,
      steps: 160,
      weights: 'w.json',
      metrics: 'm.jsonl',
      trainLoss: last?.['trainLoss'],
      validationAccuracy: last?.['validationAccuracy']
    })
    const weights = parseWeights(cli.text('w.json'), 'w.json')
    expect(weights.training).toMatchObject({
      epochs: 20,
      seed: 3,
      dataset: { rows: 150 },
      metrics: { trainLoss: last?.['trainLoss'], validationLoss: last?.['validationLoss'] }
    })
    expect(weights.testVectors.length).toBeGreaterThan(0)
  })

  it('makes the same file from the same seed, and another from another', async () => {
    await cli.newIris()
    for (const [seed, file] of [
      ['1', 'a.json'],
      ['1', 'b.json'],
      ['2', 'c.json']
    ] as const) {
      expect((await cli.run(['train', 'iris.lamina', '--epochs', '5', '--seed', seed, '--weights', file])).code).toBe(0)
    }
    expect(cli.text('a.json')).toBe(cli.text('b.json'))
    expect(cli.text('c.json')).not.toBe(cli.text('a.json'))
  })

  it('prints a summary for people, progress elsewhere', async () => {
    await cli.newIris()
    const { code, stdout, stderr } = await cli.run(['train', 'iris.lamina', '--epochs', '3'])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^Trained "iris" on iris\.csv \(seed 1\): 3 epochs, 24 steps in .+\n +loss +accuracy\ntraining .+ %\nvalidation .+ %\n/
    )
    expect(stdout).toContain('The weights were not kept; --weights <file> keeps them.')
    expect(stderr).toContain('Epoch 3/3, 24 steps')
  })

  it.each([
    [['--threads', '3'], 3],
    [[], undefined]
  ])('computes with the threads it is told to: %j', async (flags, expected) => {
    await cli.newIris()
    cli.edit('iris.lamina', (design) => ({
      ...design,
      dataset: { ...design.dataset, split: { ...design.dataset?.split, test: 0.2 } }
    }))
    const asked: (number | undefined)[] = []
    const engine: Engine = {
      ...referenceEngine,
      createTrainer(options) {
        asked.push(options.threads)
        return referenceEngine.createTrainer(options)
      }
    }
    const workers = new LocalWorkers({ engine, fallbackReason: null })
    const ran = await cli.run(
      ['train', 'iris.lamina', '--epochs', '2', ...flags],
      new TestTerminal(cli.folder),
      workers
    )
    expect(ran.code).toBe(0)
    // Once to train, once to measure the test rows.
    expect(asked).toEqual([expected, expected])
  })

  it('knows numbers from classes, and rows without validation', async () => {
    await cli.run(['new', 'iris.csv', '--target', 'petal_width', '-o', 'width.lamina'])
    cli.edit('width.lamina', (design) => ({
      ...design,
      dataset: { ...design.dataset, split: { ...design.dataset?.split, validation: 0 } }
    }))
    const ran = await cli.run(['train', 'width.lamina', '--epochs', '5', '--metrics', 'm.jsonl', '--json'])
    expect(ran.code).toBe(0)
    const first = JSON.parse(cli.text('m.jsonl').split('\n')[0] ?? '') as Record<string, unknown>
    expect(first).toMatchObject({ validationLoss: null, validationError: null })
    expect(typeof first['trainError']).toBe('number')
    const summary = JSON.parse(ran.stdout) as Record<string, unknown>
    expect(summary).toMatchObject({ validationError: null, rows: { train: 150, validation: 0 } })
    // Better than always guessing the mean (0.66 cm off on average), and in the column's units.
    expect(summary['trainError']).toBeLessThan(0.5)
  })

  it('measures test rows where the design keeps some', async () => {
    await cli.newIris()
    cli.edit('iris.lamina', (design) => ({
      ...design,
      dataset: { ...design.dataset, split: { ...design.dataset?.split, test: 0.2 } }
    }))
    const summary = JSON.parse((await cli.run(['train', 'iris.lamina', '--epochs', '20', '--json'])).stdout) as Record<
      string,
      unknown
    >
    expect(summary).toMatchObject({ rows: { train: 90, validation: 30 } })
    expect(summary['testAccuracy']).toBeGreaterThan(0.5)
  })

  it('starts from given weights', async () => {
    await cli.newIris()
    await cli.run(['train', 'iris.lamina', '--epochs', '50', '--weights', 'w.json'])
    const cold = JSON.parse((await cli.run(['train', 'iris.lamina', '--epochs', '1', '--json'])).stdout) as {
      trainLoss: number
    }
    const warm = JSON.parse(
      (await cli.run(['train', 'iris.lamina', '--epochs', '1', '--init', 'w.json', '--json'])).stdout
    ) as { trainLoss: number }
    expect(warm.trainLoss).toBeLessThan(cold.trainLoss / 2)
    await cli.run(['new', 'iris.csv', '--target', 'species', '--hidden', '4', '--force'])
    const misfit = await cli.run(['train', 'iris.lamina', '--init', 'w.json'])
    expect(misfit.code).toBe(1)
    expect(misfit.stderr).toContain('do not fit block "dense-1": expected 4 × 5 = 20 numbers, found 40.')
  })

  it('takes another table with --data', async () => {
    await cli.newIris()
    const rows = cli.text('iris.csv').trimEnd().split('\n')
    writeFileSync(cli.here('half.csv'), `${rows.filter((_, index) => index % 2 === 0).join('\n')}\n`)
    const ran = await cli.run(['train', 'iris.lamina', '--data', 'half.csv', '--epochs', '2', '--json'])
    expect(JSON.parse(ran.stdout)).toMatchObject({ table: 'half.csv', rows: { train: 60, validation: 15 } })
  })

  it('stops in good order on Ctrl+C and keeps what it has', async () => {
    await cli.newIris()
    const terminal = new TestTerminal(cli.folder, true)
    terminal.onMessage = () => {
      if (!/Epoch [1-9]/.test(terminal.stderr)) return
      terminal.onMessage = () => undefined
      terminal.pressInterrupt()
    }
    const ran = await cli.run(
      ['train', 'iris.lamina', '--epochs', '9999999', '--weights', 'w.json', '--metrics', 'm.jsonl', '--json'],
      terminal
    )
    expect(ran.code).toBe(1)
    const summary = JSON.parse(ran.stdout) as { state: string; epochs: number }
    expect(summary.state).toBe('stopped')
    expect(ran.stderr).toContain(
      `Training was stopped after ${summary.epochs} of 9999999 epochs. w.json holds the weights of that moment.`
    )
    expect(parseWeights(cli.text('w.json'), 'w.json').training.epochs).toBe(summary.epochs)
    expect(cli.text('m.jsonl').trimEnd().split('\n')).toHaveLength(summary.epochs)
    expect(readdirSync(cli.folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('writes nothing when it fails', async () => {
    await cli.newIris()
    cli.edit('iris.lamina', (design) => {
      const nodes = design.network.nodes
        .filter((node) => node.id !== 'act-2')
        .map((node) => (node.type === 'output' ? { ...node, loss: 'meanSquaredError' } : node))
      const edges = [...design.network.edges.slice(0, -2), { source: 'dense-2', target: 'output' }]
      return {
        ...design,
        network: { nodes, edges },
        training: { ...design.training, optimizer: { type: 'sgd', learningRate: 100 } }
      }
    })
    const ran = await cli.run(['train', 'iris.lamina', '--weights', 'w.json', '--metrics', 'm.jsonl'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain('Lower the learning rate (now 100)')
    expect(readdirSync(cli.folder).sort()).toEqual(['iris.csv', 'iris.lamina'])
  })

  it.each([
    ['a missing design', 'none.lamina', () => undefined, 'There is no file'],
    ['broken JSON', 'iris.lamina', () => writeFileSync(cli.here('iris.lamina'), '{"format"'), 'is not valid JSON'],
    [
      'a future version',
      'iris.lamina',
      () => cli.edit('iris.lamina', (design) => ({ ...design, version: 2 })),
      'was written by a newer Lamina'
    ],
    [
      'a value out of range',
      'iris.lamina',
      () => cli.edit('iris.lamina', (design) => ({ ...design, training: { ...design.training, batchSize: 0 } })),
      'at training.batchSize: expected a whole number from 1 to 1000000, found 0'
    ],
    [
      'a moved table',
      'iris.lamina',
      () => cli.edit('iris.lamina', (design) => ({ ...design, dataset: { ...design.dataset, path: 'gone/iris.csv' } })),
      '--data <file.csv>'
    ],
    [
      'a cycle',
      'iris.lamina',
      () =>
        cli.edit('iris.lamina', (design) => {
          const edges = design.network.edges.filter((edge) => edge.target !== 'dense-1')
          return {
            ...design,
            network: { ...design.network, edges: [...edges, { source: 'act-1', target: 'dense-1' }] }
          }
        }),
      'Block "dense-1": Dense is part of a cycle.'
    ],
    [
      'a dangling block',
      'iris.lamina',
      () =>
        cli.edit('iris.lamina', (design) => ({
          ...design,
          network: { ...design.network, edges: design.network.edges.slice(0, -1) }
        })),
      'leads nowhere'
    ],
    [
      'a wire to nowhere',
      'iris.lamina',
      () =>
        cli.edit('iris.lamina', (design) => ({
          ...design,
          network: { ...design.network, edges: [...design.network.edges, { source: 'input', target: 'x' }] }
        })),
      'there is no block "x"'
    ]
  ])('says what is wrong with %s', async (_, design, damage, words) => {
    await cli.newIris()
    damage()
    const ran = await cli.run(['train', design, '--weights', 'w.json'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toMatch(/^lamina: /)
    expect(ran.stderr).toContain(words)
    expect(ran.stderr).not.toMatch(/\n {4}at /)
    expect(existsSync(cli.here('w.json'))).toBe(false)
  })

  it('says before training that its result cannot be written', async () => {
    await cli.newIris()
    const unwritable = await cli.run(['train', 'iris.lamina', '--weights', 'no/such/w.json'])
    expect(unwritable).toMatchObject({ code: 1, stdout: '' })
    expect(unwritable.stderr).toBe(
      `lamina: Cannot write ${cli.here('no/such/w.json')}: the folder ${cli.here('no/such')} does not exist. Choose another folder, or make this one again.\n`
    )
  })

  it('says which feature gives the target away', async () => {
    const lines = Array.from(
      { length: 40 },
      (_, row) => `${(row * 7) % 40},${row % 2 ? 'p' : 'q'},${row % 2 ? 'p' : 'q'}`
    )
    writeFileSync(cli.here('leak.csv'), `a,copy,y\n${lines.join('\n')}\n`)
    await cli.run(['new', 'leak.csv', '--target', 'y', '--hidden', 'none'])
    const warning = 'Warning: "copy" equals the target "y" in every row. '
    const trained = await cli.run(['train', 'leak.lamina', '--epochs', '1'])
    expect([trained.code, trained.stderr.split(warning)]).toEqual([0, [expect.any(String), expect.any(String)]])
    const folds = await cli.run(['train', 'leak.lamina', '--epochs', '1', '--folds', '3'])
    expect([folds.code, folds.stderr.split(warning)]).toEqual([0, [expect.any(String), expect.any(String)]])
  })

  it('warns of what is unusual and trains all the same', async () => {
    await cli.newIris()
    cli.edit('iris.lamina', (design) => {
      const nodes = design.network.nodes.map((node) =>
        node.type === 'output' ? { ...node, loss: 'meanSquaredError' } : node
      )
      return { ...design, network: { ...design.network, nodes } }
    })
    const ran = await cli.run(['train', 'iris.lamina', '--epochs', '2'])
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('Warning: block "output": Softmax feeding mean squared error trains slowly')
  })

  it.runIf(process.platform !== 'win32')('knows what it reads by other names too', async () => {
    await cli.newIris()
    symlinkSync('iris.csv', cli.here('link.csv'))
    const before = cli.text('iris.csv')
    expect(await cli.run(['train', 'iris.lamina', '--metrics', 'link.csv'])).toMatchObject({ code: 2, stdout: '' })
    expect(cli.text('iris.csv')).toBe(before)
  })

  it.each([
    ['--weights', 'iris.csv'],
    ['--metrics', 'iris.csv'],
    ['--weights', 'iris.lamina']
  ])('never writes over what it reads (%s %s)', async (option, name) => {
    await cli.newIris()
    const before = cli.text(name)
    const ran = await cli.run(['train', 'iris.lamina', option, name])
    expect(ran).toEqual({ code: 2, stdout: '', stderr: `lamina: ${name} is read; it cannot be written as well.\n` })
    expect(cli.text(name)).toBe(before)
  })
})
