import { expect, test } from 'vitest'
import type { Engine, Trainer } from '../../src/engine/engine'
import { referenceEngine } from '../../src/engine/reference'
import type { NetworkPlan } from '../../src/shared/network/plan'
import { describeEngines } from './engines'
import { chain, optimizers, randomSamples, steps, trainerOptions, withTrainer } from './networks'
import { relativeError, tolerances } from './tolerances'

/** Networks, batches and datasets at the ends of what there may be. */
const cases: readonly { title: string; plan: NetworkPlan; samples: number; batchSize: number; steps: number }[] = [
  { title: 'batch 1', plan: classes(5, 7, 3), samples: 9, batchSize: 1, steps: 20 },
  { title: 'a single sample', plan: classes(5, 7, 3), samples: 1, batchSize: 8, steps: 5 },
  { title: 'a batch larger than the dataset', plan: classes(5, 7, 3), samples: 9, batchSize: 100, steps: 5 },
  { title: 'a last minibatch of one sample', plan: classes(5, 7, 3), samples: 33, batchSize: 16, steps: 7 },
  { title: 'a last minibatch one short of a panel', plan: classes(33, 17, 3), samples: 95, batchSize: 32, steps: 7 },
  {
    title: 'layers of one unit',
    plan: chain([1, 1, 1, 1], ['tanh', 'identity', 'sigmoid'], 'binaryCrossEntropy'),
    samples: 20,
    batchSize: 6,
    steps: 8
  },
  { title: 'one unit between wide layers', plan: classes(70, 1, 65, 3), samples: 50, batchSize: 40, steps: 4 },
  {
    title: 'one class',
    plan: chain([5, 3, 1], ['relu', 'identity'], 'meanSquaredError'),
    samples: 30,
    batchSize: 7,
    steps: 9
  },
  { title: 'a depth beyond a block of the products', plan: classes(601, 40, 3), samples: 70, batchSize: 70, steps: 3 },
  {
    title: 'more samples at a time than are packed',
    plan: classes(20, 12, 3),
    samples: 1100,
    batchSize: 1100,
    steps: 3
  },
  { title: 'units just beyond what a tile holds', plan: classes(31, 57, 113, 15), samples: 64, batchSize: 64, steps: 3 }
]

function classes(...sizes: number[]): NetworkPlan {
  const functions = sizes.slice(1).map((_, index) => (index === sizes.length - 2 ? 'softmax' : 'tanh'))
  return chain(sizes, functions, 'crossEntropy', 'xavier')
}

async function outcome(trainer: Trainer, count: number): Promise<Float64Array[]> {
  const chunk = await trainer.run(steps(count))
  expect([chunk.steps, chunk.failure]).toEqual([count, null])
  return [chunk.loss, chunk.gradientNorms, chunk.updateRatios, ...trainer.weights().map((w) => Float64Array.from(w))]
}

describeEngines('shapes', (engine: Engine) => {
  test.each(cases)('$title', async ({ plan, samples, batchSize, steps: count }) => {
    const options = trainerOptions(plan, randomSamples(plan, samples), {
      batchSize,
      shuffle: true,
      optimizer: { ...optimizers.sgd, momentum: 0.9 }
    })
    const found = await withTrainer(engine, options, (trainer) => outcome(trainer, count))
    const expected = await withTrainer(referenceEngine, options, (trainer) => outcome(trainer, count))
    for (const [index, array] of found.entries()) {
      expect(relativeError(array, expected[index] ?? [])).toBeLessThanOrEqual(tolerances[engine.name].trajectory)
    }
  })

  test('2,000 layers', async () => {
    const plan = chain(
      Array.from({ length: 2001 }, () => 4),
      Array.from({ length: 2000 }, () => 'identity' as const),
      'meanSquaredError',
      'lecun'
    )
    const options = trainerOptions(plan, randomSamples(plan, 16), {
      batchSize: 8,
      optimizer: { ...optimizers.sgd, learningRate: 1e-6 }
    })
    await withTrainer(engine, options, async (trainer) => {
      const chunk = await trainer.run(steps(4))
      expect([chunk.steps, chunk.failure, chunk.gradientNorms.length]).toEqual([4, null, 4 * 2000])
      expect(chunk.gradientNorms.every(Number.isFinite)).toBe(true)
      expect((await trainer.predict(new Float32Array(8), 2)).length).toBe(8)
      expect(trainer.trace(randomSamples(plan, 3)).weightGradients.length).toBe(2000)
    })
  })
})
