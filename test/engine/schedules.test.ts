import { describe, expect, test } from 'vitest'
import type { ScheduleSettings } from '../../src/shared/catalogue/schedules'
import type { EpochResult, FloatArray, Trainer } from '../../src/engine/engine'
import { monitoredLoss } from '../../src/engine/early-stopping'
import { LearningRateSchedule } from '../../src/engine/reference/schedule'
import { describeEngines } from './engines'
import { chain, optimizers, randomSamples, steps, trainerOptions, withTrainer } from './networks'
import { relativeError, tolerances } from './tolerances'

const plan = chain([4, 6, 3], ['tanh', 'softmax'], 'crossEntropy')
const samples = randomSamples(plan, 11)
/** Four minibatches to an epoch. */
const BATCH = 3
const STEPS_PER_EPOCH = 4
const RATE = 0.05
const EPOCHS = 12

/**
 * The learning rate of each epoch from 1.0 on by PyTorch 1.13, `opt = SGD([p], lr=1.0)`, read before each
 * `opt.step(); scheduler.step()`.
 */
const byPyTorch: { settings: ScheduleSettings; rates: number[] }[] = [
  {
    // StepLR(opt, step_size=3, gamma=0.5)
    settings: { type: 'step', factor: 0.5, everyEpochs: 3, warmupEpochs: 0 },
    rates: [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125]
  },
  {
    // ExponentialLR(opt, gamma=0.9)
    settings: { type: 'exponential', factor: 0.9, warmupEpochs: 0 },
    rates: [
      1.0, 0.9, 0.81, 0.7290000000000001, 0.6561000000000001, 0.5904900000000002, 0.5314410000000002,
      0.47829690000000014, 0.43046721000000016, 0.38742048900000015, 0.34867844010000015, 0.31381059609000017
    ]
  },
  {
    // CosineAnnealingLR(opt, T_max=12, eta_min=0.1)
    settings: { type: 'cosine', endShare: 0.1, warmupEpochs: 0 },
    rates: [
      1.0, 0.9846666218300807, 0.9397114317029974, 0.8681980515339462, 0.7749999999999999, 0.6664685702961343,
      0.5499999999999999, 0.4335314297038657, 0.3250000000000001, 0.23180194846605368, 0.1602885682970026,
      0.11533337816991932
    ]
  }
]

/**
 * What ReduceLROnPlateau(SGD([p], lr=1.0), factor=0.5, patience=2, min_lr=0.1, eps=0) of PyTorch 1.13 makes the rate
 * after `scheduler.step(loss)` with each of these losses.
 */
const plateau: ScheduleSettings = {
  type: 'reduceOnPlateau',
  factor: 0.5,
  patience: 2,
  endShare: 0.1,
  warmupEpochs: 0
}
const plateauLosses = [
  1.0,
  0.9,
  0.89995,
  0.9,
  0.91,
  0.95,
  0.8,
  0.8,
  Number.NaN,
  0.8,
  0.7,
  0.75,
  0.7,
  0.6999,
  0.71,
  0.72,
  0.73,
  0.6,
  0.61,
  0.62,
  0.63,
  0.64,
  0.65,
  0.66
]
const plateauRates = [
  1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.125,
  0.1, 0.1, 0.1, 0.1
]

describe('a schedule on a plateau', () => {
  test('reduces the rate when PyTorch does', () => {
    const schedule = new LearningRateSchedule(plateau, STEPS_PER_EPOCH, plateauLosses.length)
    const rates = plateauLosses.map((loss, index) => {
      schedule.endEpoch(loss)
      return schedule.factor((index + 1) * STEPS_PER_EPOCH)
    })
    expect(rates).toEqual(plateauRates)
  })

  test('takes an infinite loss for no better one', () => {
    const schedule = new LearningRateSchedule({ ...plateau, patience: 0 }, 1, 10)
    schedule.endEpoch(Number.NEGATIVE_INFINITY)
    expect(schedule.factor(1)).toBe(0.5)
  })
})

test('a warm-up of many steps starts the schedule exactly where it ends', () => {
  // In float64 0.07 · 100 is a little more than 7, and 4.35 − 3.35 a little less than 1.
  for (const warmupEpochs of [0.07, 0.3, 1.1, 3.35]) {
    const schedule = new LearningRateSchedule({ type: 'exponential', factor: 0.5, warmupEpochs }, 100, 10)
    const last = Math.round(warmupEpochs * 100)
    const factors = Array.from({ length: last + 2 }, (_, step) => schedule.factor(step))
    expect(factors[0]).toBe(1 / last)
    expect(Math.max(...factors)).toBeLessThanOrEqual(1)
    expect(factors.slice(last - 1)).toEqual([1, 1, 0.5 ** 0.01])
  }
})

describeEngines('schedules', (engine) => {
  const use = <T>(schedule: ScheduleSettings | null, work: (trainer: Trainer) => Promise<T>): Promise<T> => {
    const optimizer = { ...optimizers.sgd, learningRate: RATE }
    const options = { optimizer, batchSize: BATCH, epochs: EPOCHS, schedule }
    return withTrainer(engine, trainerOptions(plan, samples, options), work)
  }
  /** The rate of every step of all epochs. */
  const ratesOf = (schedule: ScheduleSettings | null): Promise<number[]> =>
    use(schedule, async (trainer) => {
      const rates = []
      for (let step = 0; step < EPOCHS * STEPS_PER_EPOCH; step++) {
        rates.push(trainer.scheduledRate)
        await trainer.run(steps(1))
      }
      return rates
    })
  const close = (actual: readonly number[], expected: readonly number[]): void =>
    expect(relativeError(actual, expected)).toBeLessThan(1e-14)

  test.each(byPyTorch)("$settings.type has PyTorch's rate whenever an epoch starts", async ({ settings, rates }) => {
    const actual = await ratesOf(settings)
    close(
      actual.filter((_, step) => step % STEPS_PER_EPOCH === 0),
      rates.map((rate) => RATE * rate)
    )
  })

  // e = step / 4, T = 12, w = 1.5: six steps of warm-up.
  const after = (factor: (e: number) => number): number[] =>
    Array.from({ length: EPOCHS * STEPS_PER_EPOCH }, (_, step) =>
      step < 6 ? (RATE * (step + 1)) / 6 : RATE * factor(step / 4 - 1.5)
    )
  const warmupEpochs = 1.5
  const closedForms: [ScheduleSettings, number[]][] = [
    [{ type: 'constant', warmupEpochs }, after(() => 1)],
    [{ type: 'step', factor: 0.3, everyEpochs: 2, warmupEpochs }, after((e) => 0.3 ** Math.floor(e / 2))],
    [{ type: 'exponential', factor: 0.8, warmupEpochs }, after((e) => 0.8 ** e)],
    [
      { type: 'cosine', endShare: 0.2, warmupEpochs },
      after((e) => 0.2 + (0.8 * (1 + Math.cos((Math.PI * e) / 10.5))) / 2)
    ]
  ]
  test.each(closedForms)('%o follows its formula at every step, after a warm-up', async (settings, expected) => {
    close(await ratesOf(settings), expected)
    await use(settings, async (trainer) => {
      const { epochs } = await trainer.run(steps(EPOCHS * STEPS_PER_EPOCH))
      close(
        epochs.map(({ learningRate }) => learningRate),
        expected.filter((_, step) => step % STEPS_PER_EPOCH === STEPS_PER_EPOCH - 1)
      )
    })
  })

  test('without one, the rate is the one that was set', async () => {
    expect(new Set(await ratesOf(null))).toEqual(new Set([RATE]))
  })

  test('a step moves the weights by the scheduled rate', () => {
    const full = trainerOptions(plan, samples, {
      optimizer: { ...optimizers.sgd, learningRate: 0.5 },
      epochs: 6,
      schedule: { type: 'cosine', endShare: 0, warmupEpochs: 2 }
    })
    return withTrainer(engine, full, async (trainer) => {
      const rates = [0.25, 0.5, 0.5, 0.25 * (1 + Math.SQRT1_2), 0.25]
      for (const rate of rates) {
        expect(trainer.scheduledRate).toBeCloseTo(rate, 14)
        const before = trainer.weights()
        const { weightGradients } = trainer.trace(samples)
        const chunk = await trainer.run(steps(1))
        expect(chunk.epochs[0]?.learningRate).toBeCloseTo(rate, 14)
        for (const [layer, after] of trainer.weights().entries()) {
          const change = Array.from(after, (w, i) => w - (before[layer]?.[i] ?? NaN))
          const expected = Array.from(weightGradients[layer] ?? [], (g) => -rate * g)
          expect(relativeError(change, expected)).toBeLessThanOrEqual(tolerances[engine.name].updateRatio)
        }
      }
    })
  })

  test('more epochs stretch a cosine from the next step on; beyond them it stays at its end', () =>
    use({ type: 'cosine', endShare: 0.1, warmupEpochs: 0 }, async (trainer) => {
      const at = (share: number): number => RATE * (0.1 + (0.9 * (1 + Math.cos(Math.PI * share))) / 2)
      await trainer.run(steps(6 * STEPS_PER_EPOCH))
      expect(trainer.scheduledRate).toBeCloseTo(at(6 / 12), 14)
      trainer.setEpochs(24)
      expect(trainer.scheduledRate).toBeCloseTo(at(6 / 24), 14)
      trainer.setEpochs(7)
      await trainer.run(steps(STEPS_PER_EPOCH + 1))
      expect(trainer.scheduledRate).toBeCloseTo(0.1 * RATE, 14)
      expect(() => trainer.setEpochs(0)).toThrow(expect.objectContaining({ code: 'invalidArgument' }))
      expect(() => trainer.setEpochs(1.5)).toThrow(expect.objectContaining({ code: 'invalidArgument' }))
    }))

  test('a rate set meanwhile keeps the factor of the schedule', () =>
    use({ type: 'step', factor: 0.5, everyEpochs: 1, warmupEpochs: 0 }, async (trainer) => {
      await trainer.run(steps(2 * STEPS_PER_EPOCH))
      trainer.setLearningRate(0.4)
      expect(trainer.scheduledRate).toBeCloseTo(0.1, 14)
      const { epochs } = await trainer.run(steps(STEPS_PER_EPOCH))
      expect(epochs[0]?.learningRate).toBeCloseTo(0.1, 14)
      expect(trainer.scheduledRate).toBeCloseTo(0.05, 14)
    }))

  test.each([null, randomSamples(plan, 7, 5)])(
    'reduces the rate on a plateau of the loss, validated or not (%#)',
    async (validation) => {
      const schedule = { ...plateau, patience: 1, endShare: 0.01 }
      // Large steps on random targets: the loss goes up and down.
      const optimizer = { ...optimizers.sgd, learningRate: 5 }
      const options = trainerOptions(plan, samples, { optimizer, batchSize: BATCH, schedule, validation })
      const epochs: EpochResult[] = await withTrainer(engine, options, async (trainer) => [
        ...(await trainer.run(steps(80 * STEPS_PER_EPOCH))).epochs
      ])
      const expected = new LearningRateSchedule(schedule, STEPS_PER_EPOCH, 100)
      for (const result of epochs) {
        expect(result.learningRate).toBeCloseTo(5 * expected.factor(result.step - 1), 13)
        expected.endEpoch(monitoredLoss(result))
      }
      expect(new Set(epochs.map(({ learningRate }) => learningRate)).size).toBeGreaterThan(2)
    }
  )

  test('does not depend on how steps are cut into chunks', async () => {
    const train = (chunks: number[]): Promise<FloatArray[]> =>
      use({ type: 'exponential', factor: 0.9, warmupEpochs: 0.6 }, async (trainer) => {
        for (const count of chunks) await trainer.run(steps(count))
        return trainer.weights()
      })
    expect(await train([1, 2, 5, 12])).toEqual(await train([20]))
  })

  test.each<[string, object]>([
    ['at factor: expected a number from 0.000001 to 1, found 2', { type: 'step', factor: 2, everyEpochs: 1 }],
    ['at everyEpochs: expected a whole number', { type: 'step', factor: 0.5, everyEpochs: 0 }],
    ['at type:', { type: 'stairs' }]
  ])('refuses settings that cannot be: %s', (words, settings) => {
    const schedule = { warmupEpochs: 0, ...settings } as ScheduleSettings
    expect(() => engine.createTrainer(trainerOptions(plan, samples, { schedule }))).toThrow(
      expect.objectContaining({ code: 'invalidArgument', message: expect.stringContaining(words) })
    )
  })

  test.each([
    ['epochs', { epochs: 0 }],
    ['threads', { threads: 0 }],
    ['threads', { threads: 257 }],
    ['early stopping', { earlyStopping: { patience: 0, minimumImprovement: 0 } }]
  ])('refuses %s that cannot be', (_what, changes) => {
    expect(() => engine.createTrainer(trainerOptions(plan, samples, changes))).toThrow(
      expect.objectContaining({ code: 'invalidArgument' })
    )
  })
})
