import { expect, test } from 'vitest'
import type { Chunk, Trainer } from '../../src/engine/engine'
import { describeNative } from './engines'
import { disposed, endless, large, largeOptions, largeSamples, rateOf, smallOptions, withCode } from './native-fixtures'
import { optimizers, randomSamples, steps, withTrainer } from './networks'

/** Starts a run that does not end by itself; what `use` leaves running is interrupted. */
async function whileRunning<T>(trainer: Trainer, use: () => Promise<T> | T): Promise<{ chunk: Chunk; result: T }> {
  const running = trainer.run(endless)
  try {
    const result = await use()
    trainer.interrupt()
    return { chunk: await running, result }
  } finally {
    trainer.interrupt()
    await running
  }
}

/** Lets the event loop turn until the trainer has made so many steps more. */
async function stepsMore(trainer: Trainer, count: number): Promise<void> {
  const target = trainer.step + count
  while (trainer.step < target) await new Promise((resolve) => setImmediate(resolve))
}

describeNative('while a chunk is under way', (engine) => {
  test('the event loop turns meanwhile, and step and epoch grow', () =>
    withTrainer(engine, smallOptions, async (trainer) => {
      const { chunk } = await whileRunning(trainer, () => stepsMore(trainer, 20))
      expect(chunk.steps).toBeGreaterThanOrEqual(20)
      expect([trainer.step, trainer.epoch]).toEqual([chunk.steps, chunk.epochs.length])
    }))

  test('refuses everything exclusive meanwhile, and works again afterwards', () =>
    withTrainer(engine, largeOptions, async (trainer) => {
      const busy = withCode('busy')
      await whileRunning(trainer, async () => {
        await expect(trainer.run(steps(1))).rejects.toEqual(busy)
        await expect(trainer.evaluate(largeSamples)).rejects.toEqual(busy)
        await expect(trainer.predict(largeSamples.features, 256)).rejects.toEqual(busy)
        expect(() => trainer.weights()).toThrow(busy)
        expect(() => trainer.setWeights([])).toThrow(busy)
        expect(() => trainer.trace(largeSamples)).toThrow(busy)
      })
      expect((await trainer.run(steps(2))).steps).toBe(2)
      const predicting = trainer.predict(largeSamples.features, 256)
      await expect(trainer.run(steps(1))).rejects.toEqual(busy)
      expect((await predicting).length).toBe(2560)
    }))

  test('a new learning rate takes effect', () =>
    withTrainer(engine, { ...largeOptions, optimizer: { ...optimizers.sgd, learningRate: 1e-6 } }, async (trainer) => {
      const [weights] = trainer.weights()
      const { chunk } = await whileRunning(trainer, async () => {
        await stepsMore(trainer, 1)
        trainer.setLearningRate(3e-6)
        await stepsMore(trainer, 2)
      })
      expect(rateOf(chunk, 0, weights)).toBeCloseTo(1e-6, 9)
      expect(rateOf(chunk, chunk.steps - 1, weights)).toBeCloseTo(3e-6, 9)
    }))

  test('dispose ends it and delivers it', async () => {
    const trainer = engine.createTrainer(largeOptions)
    const running = trainer.run(endless)
    trainer.dispose()
    const chunk = await running
    expect(chunk.steps).toBeGreaterThan(0)
    expect(chunk.loss.length).toBe(chunk.steps)
    await expect(trainer.run(steps(1))).rejects.toEqual(withCode('internal'))
  })

  test('an evaluation is cancelled by dispose', async () => {
    const trainer = engine.createTrainer(largeOptions)
    const evaluating = trainer.evaluate(randomSamples(large, 10_000))
    trainer.dispose()
    await expect(evaluating).rejects.toEqual(withCode('cancelled'))
  })
})

describeNative('interrupt', (engine) => {
  test('ends a chunk after the step under way', () =>
    withTrainer(engine, largeOptions, async (trainer) => {
      const running = trainer.run(endless)
      trainer.interrupt()
      const chunk = await running
      expect(chunk.steps).toBeGreaterThan(0)
      expect(chunk.steps).toBeLessThan(100)
      expect(trainer.step).toBe(chunk.steps)
    }))

  test('does nothing to a later chunk', () =>
    withTrainer(engine, smallOptions, async (trainer) => {
      trainer.interrupt()
      expect((await trainer.run(steps(10))).steps).toBe(10)
    }))

  test('cuts off the evaluation of an epoch, which the next chunk finishes', async () => {
    const options = {
      ...largeOptions,
      train: randomSamples(large, 1),
      batchSize: 1,
      validation: randomSamples(large, 9000)
    }
    const expected = await withTrainer(engine, options, (trainer) => trainer.run(steps(1)))
    await withTrainer(engine, options, async (trainer) => {
      const running = trainer.run(endless)
      trainer.interrupt()
      const cut = await running
      expect([cut.steps, cut.epochs, trainer.epoch]).toEqual([1, [], 0])
      const rest = await trainer.run(steps(0))
      expect([rest.steps, rest.epochs, trainer.epoch]).toEqual([0, expected.epochs, 1])
    })
  })

  test('is harmless after dispose', () => {
    expect(() => disposed(engine).interrupt()).not.toThrow()
  })
})
