import { describe, expect, test } from 'vitest'
import type { InitializerName } from '../../src/shared/catalogue/functions'
import { initialWeights } from '../../src/engine/initialize'
import { philox4x32, streams } from '../../src/engine/random'
import { describeEngines } from './engines'
import { chain, randomSamples, trainerOptions, withTrainer } from './networks'

const limits: [InitializerName, number][] = [
  ['he', Math.sqrt(6 / 30)],
  ['xavier', Math.sqrt(6 / (30 + 20))],
  ['lecun', Math.sqrt(3 / 30)]
]

describe('initial weights', () => {
  test.each(limits)('%s fills ±limit evenly and leaves biases at zero', (initializer, limit) => {
    const [weights] = initialWeights(chain([30, 20], ['relu'], 'meanSquaredError', initializer), 3)
    const rows = Array.from({ length: 20 }, (_, row) => Array.from(weights?.slice(row * 31, row * 31 + 31) ?? []))
    const drawn = rows.flatMap((row) => row.slice(0, 30))
    expect(rows.map((row) => row[30])).toEqual(new Array(20).fill(0))
    expect(Math.max(...drawn)).toBeLessThanOrEqual(limit)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(-limit)
    expect(Math.max(...drawn)).toBeGreaterThan(0.97 * limit)
    expect(Math.min(...drawn)).toBeLessThan(-0.97 * limit)
    const mean = drawn.reduce((sum, w) => sum + w, 0) / drawn.length
    // The mean of 600 uniform draws has a standard deviation of limit / √3 / √600 = 0.024 limit.
    expect(Math.abs(mean)).toBeLessThan(0.1 * limit)
  })

  test('zeros are zeros', () => {
    const [weights] = initialWeights(chain([3, 2], ['relu'], 'meanSquaredError', 'zeros'), 3)
    expect(Array.from(weights ?? [])).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  })

  test('weight k of layer l is word k of its own sequence, as a float32', () => {
    const [, second] = initialWeights(chain([2, 3, 2], ['relu', 'relu'], 'meanSquaredError'), 9)
    const words = [0, 1].flatMap((block) => philox4x32([block, 0, 1, 0], [9, streams.initialWeights]))
    const expected = words.slice(0, 6).map((word) => Math.fround((2 * (word * 2 ** -32) - 1) * Math.sqrt(6 / 3)))
    expect(Array.from(second ?? [])).toEqual([...expected.slice(0, 3), 0, ...expected.slice(3), 0])
  })
})

describeEngines('initial weights', (engine) => {
  const layers: [InitializerName, number[]][] = [
    ['he', [7, 33, 5]],
    ['xavier', [4, 1, 3]],
    ['lecun', [1, 64, 64]],
    ['zeros', [3, 4, 2]]
  ]
  test.each(layers)('%s is the same bit for bit in every engine', async (initializer, sizes) => {
    const plan = chain(sizes, ['tanh', 'identity'], 'meanSquaredError', initializer)
    for (const seed of [0, 1, 0xffffffff]) {
      const options = trainerOptions(plan, randomSamples(plan, 3), { seed })
      const weights = await withTrainer(engine, options, (trainer) => trainer.weights())
      const expected = initialWeights(plan, seed)
      expect(weights.map((w) => Array.from(w))).toEqual(expected.map((w) => Array.from(w)))
    }
  })
})
