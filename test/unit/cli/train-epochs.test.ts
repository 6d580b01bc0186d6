import { describe, expect, it } from 'vitest'
import { parseWeights } from '../../../src/shared/weights/document'
import { CommandLine } from '../../support/command-line'

const cli = new CommandLine()

describe('lamina train', () => {
  describe('with early stopping', () => {
    const stopEarly = async (patience = 3): Promise<void> => {
      await cli.newIris()
      cli.edit('iris.lamina', (design) => ({
        ...design,
        training: {
          ...design.training,
          optimizer: { type: 'adam', learningRate: 0.1 },
          epochs: 5000,
          earlyStopping: { patience }
        }
      }))
    }

    it('sums up and writes the best epoch', async () => {
      await stopEarly()
      const ran = await cli.run(['train', 'iris.lamina', '--weights', 'w.json', '--metrics', 'm.jsonl', '--json'])
      expect(ran.code).toBe(0)
      const lines = cli
        .text('m.jsonl')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { epoch: number; trainLoss: number; validationLoss: number })
      const losses = lines.map((line) => line.validationLoss)
      const best = lines[losses.indexOf(Math.min(...losses))]
      expect(JSON.parse(ran.stdout)).toMatchObject({
        state: 'finished',
        stoppedEarly: true,
        epochs: lines.length,
        plannedEpochs: 5000,
        keptEpoch: best?.epoch,
        trainLoss: best?.trainLoss,
        validationLoss: best?.validationLoss
      })
      expect(lines.length).toBe((best?.epoch ?? 0) + 3)
      expect(parseWeights(cli.text('w.json'), 'w.json').training).toMatchObject({
        epochs: best?.epoch,
        metrics: { trainLoss: best?.trainLoss, validationLoss: best?.validationLoss }
      })
    })

    it('says so to people, and which epoch is kept', async () => {
      await stopEarly(30)
      const json = JSON.parse((await cli.run(['train', 'iris.lamina', '--json'])).stdout) as Record<string, number>
      const { stdout } = await cli.run(['train', 'iris.lamina'])
      expect(stdout).toContain(
        `\nStopped early, after ${json['epochs']} of 5 000 epochs; these are the weights of epoch ${json['keptEpoch']}, the best one\n`
      )
      const all = await cli.run(['train', 'iris.lamina', '--epochs', String((json['keptEpoch'] ?? 0) + 1)])
      expect(all.stdout).not.toContain('Stopped early')
      expect(all.stdout).toContain(`\nThese are the weights of epoch ${json['keptEpoch']}, the best one\n`)
    })
  })

  it('follows the schedule, stretched over the epochs it is told to train', async () => {
    await cli.newIris()
    cli.edit('iris.lamina', (design) => ({
      ...design,
      training: {
        ...design.training,
        optimizer: { type: 'sgd', learningRate: 0.5 },
        schedule: { type: 'cosine', warmupEpochs: 2 }
      }
    }))
    const ran = await cli.run(['train', 'iris.lamina', '--epochs', '6', '--metrics', 'm.jsonl'])
    expect(ran).toMatchObject({ code: 0 })
    expect(ran.stderr).not.toContain('Warning')
    const rates = cli
      .text('m.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { learningRate: number }).learningRate)
    // Of the last of 8 steps: the warm-up rises to the whole rate, then half a cosine wave falls over 4 epochs.
    const cosine = [1, 2, 3, 4].map((epoch) => (0.5 * (1 + Math.cos((Math.PI * (epoch - 1 / 8)) / 4))) / 2)
    for (const [index, expected] of [0.25, 0.5, ...cosine].entries()) expect(rates[index]).toBeCloseTo(expected, 12)

    const short = await cli.run(['train', 'iris.lamina', '--epochs', '2'])
    expect(short.code).toBe(0)
    expect(short.stderr).toContain('Warning: the schedule warms up for 2 epochs, but only 2 are planned')
  })
})
