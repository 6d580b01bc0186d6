import { describe, expect, test } from 'vitest'
import { EarlyStopping } from '../../src/engine/early-stopping'
import type { Chunk, EpochResult, FloatArray, TrainerOptions } from '../../src/engine/engine'
import { describeEngines } from './engines'
import { chain, optimizers, randomSamples, steps, trainerOptions, withTrainer } from './networks'

describe('when losses stopped getting smaller', () => {
  const verdicts = (losses: number[], patience: number, minimumImprovement = 0): string[] => {
    const stopping = new EarlyStopping({ patience, minimumImprovement })
    return losses.map((loss) => stopping.endEpoch(loss))
  }
  test('patience counts epochs in a row, and anew after a stop', () => {
    expect(verdicts([3, 2, 2, 2.5, 1, 1, 1, 1, 1, 1, 1, 0.5], 3)).toEqual([
      ...['better', 'better', 'worse', 'worse', 'better', 'worse', 'worse', 'stop', 'worse', 'worse', 'stop', 'better']
    ])
  })
  test('less than the least improvement is none', () => {
    expect(verdicts([1, 0.75, 0.875, 0.5, 0.25], 2, 0.25)).toEqual(['better', 'worse', 'stop', 'better', 'worse'])
  })
  test('a loss that is not finite is never better', () => {
    expect(verdicts([NaN, Infinity, -Infinity, 1, NaN], 2)).toEqual(['worse', 'stop', 'worse', 'better', 'worse'])
  })
})

describeEngines('early stopping', (engine) => {
  const plan = chain([4, 12, 3], ['tanh', 'softmax'], 'crossEntropy')
  const PATIENCE = 4
  const LONG = 60
  // Random classes can be learnt by heart, which makes those of other samples no better guessed.
  const options = trainerOptions(plan, randomSamples(plan, 12, 4), {
    validation: randomSamples(plan, 30, 2),
    optimizer: { ...optimizers.adam, learningRate: 0.02 },
    batchSize: 5,
    shuffle: true
  })
  const STEPS_PER_EPOCH = 3
  const stopping: TrainerOptions = { ...options, earlyStopping: { patience: PATIENCE, minimumImprovement: 0 } }

  const train = (epochs: number, from: TrainerOptions = options): Promise<{ chunk: Chunk; weights: FloatArray[] }> =>
    withTrainer(engine, from, async (trainer) => {
      const chunk = await trainer.run(steps(epochs * STEPS_PER_EPOCH))
      return { chunk, weights: trainer.weights() }
    })
  /** By the rule alone: the best epoch and the one training ends with. */
  const expectedOf = (epochs: readonly EpochResult[], lossOf: (e: EpochResult) => number | null): [number, number] => {
    let [best, bestEpoch] = [Infinity, 0]
    for (const result of epochs) {
      const loss = lossOf(result) ?? NaN
      if (loss < best) [best, bestEpoch] = [loss, result.epoch]
      if (result.epoch - bestEpoch >= PATIENCE) return [bestEpoch, result.epoch]
    }
    throw new Error('The loss became smaller to the end.')
  }

  test('ends training and has the weights of the best epoch', async () => {
    const long = await train(LONG)
    expect(long.chunk.stoppedEarly).toBe(false)
    const [bestEpoch, lastEpoch] = expectedOf(long.chunk.epochs, (e) => e.validationLoss)
    expect(bestEpoch).toBeGreaterThan(1)
    await withTrainer(engine, stopping, async (trainer) => {
      expect(trainer.best()).toBeNull()
      const chunk = await trainer.run(steps(LONG * STEPS_PER_EPOCH))
      expect([chunk.stoppedEarly, chunk.steps, trainer.epoch]).toEqual([true, lastEpoch * STEPS_PER_EPOCH, lastEpoch])
      expect(chunk.epochs).toEqual(long.chunk.epochs.slice(0, lastEpoch))
      expect(trainer.best()).toEqual({ epoch: bestEpoch, weights: (await train(bestEpoch)).weights })
      expect(trainer.weights()).toEqual((await train(lastEpoch)).weights)
    })
  })

  test('going on is as if training had never stopped, with patience anew', async () => {
    const long = await train(LONG)
    await withTrainer(engine, stopping, async (trainer) => {
      const first = await trainer.run(steps(LONG * STEPS_PER_EPOCH))
      expect(first.stoppedEarly).toBe(true)
      const stops = [trainer.epoch]
      const epochs = [...first.epochs]
      while (trainer.epoch < LONG) {
        const chunk = await trainer.run(steps(LONG * STEPS_PER_EPOCH - trainer.step))
        epochs.push(...chunk.epochs)
        if (chunk.stoppedEarly) stops.push(trainer.epoch)
      }
      expect(stops.length).toBeGreaterThan(1)
      for (let i = 1; i < stops.length; i++)
        expect((stops[i] ?? 0) - (stops[i - 1] ?? 0)).toBeGreaterThanOrEqual(PATIENCE)
      expect(epochs).toEqual(long.chunk.epochs)
      expect(trainer.weights()).toEqual(long.weights)
    })
  })

  test('does not depend on how steps are cut into chunks', async () => {
    const [bestEpoch, lastEpoch] = expectedOf((await train(LONG)).chunk.epochs, (e) => e.validationLoss)
    await withTrainer(engine, stopping, async (trainer) => {
      let stopped = false
      while (!stopped) {
        const chunk = await trainer.run(steps(1))
        stopped = chunk.stoppedEarly
        expect(chunk.epochs.length).toBe(trainer.step % STEPS_PER_EPOCH === 0 ? 1 : 0)
      }
      expect([trainer.epoch, trainer.best()?.epoch]).toEqual([lastEpoch, bestEpoch])
    })
  })

  test('looks at the training loss where there are no validation samples', async () => {
    const wild = { ...options, validation: null, optimizer: { ...optimizers.sgd, learningRate: 8 } }
    const [bestEpoch, lastEpoch] = expectedOf((await train(LONG, wild)).chunk.epochs, (e) => e.trainLoss)
    await withTrainer(engine, { ...wild, earlyStopping: stopping.earlyStopping }, async (trainer) => {
      expect((await trainer.run(steps(LONG * STEPS_PER_EPOCH))).stoppedEarly).toBe(true)
      expect([trainer.epoch, trainer.best()?.epoch]).toEqual([lastEpoch, bestEpoch])
    })
  })

  test('asks for the least improvement', () => {
    const demanding = { ...options, earlyStopping: { patience: 2, minimumImprovement: 1000 } }
    return withTrainer(engine, demanding, async (trainer) => {
      expect((await trainer.run(steps(LONG * STEPS_PER_EPOCH))).stoppedEarly).toBe(true)
      expect([trainer.epoch, trainer.best()?.epoch]).toEqual([3, 1])
    })
  })

  test('without it there is no best epoch', () =>
    withTrainer(engine, options, async (trainer) => {
      await trainer.run(steps(2 * STEPS_PER_EPOCH))
      expect(trainer.best()).toBeNull()
    }))

  test('hands out copies of the best weights', () =>
    withTrainer(engine, stopping, async (trainer) => {
      await trainer.run(steps(STEPS_PER_EPOCH))
      const before = trainer.best()
      trainer.best()?.weights[0]?.fill(0)
      expect(trainer.best()).toEqual(before)
      expect(before?.epoch).toBe(1)
    }))
})
