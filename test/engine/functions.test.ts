import { describe, expect, test } from 'vitest'
import type { ActivationName } from '../../src/shared/catalogue/functions'
import { activations } from '../../src/engine/reference/activations'
import { erf } from '../../src/engine/reference/erf'
import { fusedLoss, losses } from '../../src/engine/reference/losses'

test('erf is right to 1e-15', () => {
  const known: [number, number][] = [
    [0, 0],
    [0.001, 0.0011283787909692363],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [2.4, 0.9993114861033549],
    [2.5, 0.999593047982555],
    [2.6, 0.9997639655834707],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
    [5, 0.9999999999984626],
    [6, 1],
    [40, 1]
  ]
  for (const [x, value] of known) {
    expect(Math.abs(erf(x) - value), `erf(${x})`).toBeLessThanOrEqual(1e-15)
    expect(Math.abs(erf(-x) + value), `erf(${-x})`).toBeLessThanOrEqual(1e-15)
  }
  expect(erf(Number.NaN)).toBeNaN()
})

describe('activations', () => {
  const apply = (name: ActivationName, z: number[], units = 1): number[] => {
    const a = new Float64Array(z.length)
    activations[name].forward(Float64Array.from(z), a, units, z.length / units)
    return Array.from(a)
  }

  /** Computed independently (Python's math module) at −2, −0.5, 0, 0.5, 2. */
  const points = [-2, -0.5, 0, 0.5, 2]
  const values: Record<Exclude<ActivationName, 'softmax'>, number[]> = {
    identity: points,
    relu: [0, 0, 0, 0.5, 2],
    leakyRelu: [-0.02, -0.005, 0, 0.5, 2],
    elu: [-0.8646647167633873, -0.3934693402873666, 0, 0.5, 2],
    selu: [-1.5201664685956948, -0.6917581878028713, 0, 0.5253504936777402, 2.101401974710961],
    gelu: [-0.04550026389635842, -0.15426876936299344, 0, 0.34573123063700656, 1.9544997361036416],
    silu: [-0.23840584404423515, -0.1887703343990727, 0, 0.3112296656009273, 1.7615941559557649],
    sigmoid: [0.11920292202211755, 0.3775406687981454, 0.5, 0.6224593312018546, 0.8807970779778823],
    tanh: [-0.9640275800758169, -0.46211715726000974, 0, 0.46211715726000974, 0.9640275800758169],
    softplus: [0.1269280110429726, 0.47407698418010663, 0.6931471805599453, 0.9740769841801067, 2.1269280110429727]
  }
  for (const [name, expected] of Object.entries(values) as [Exclude<ActivationName, 'softmax'>, number[]][]) {
    test(`${name} has the expected values`, () => {
      for (const [i, a] of apply(name, points).entries()) expect(a).toBeCloseTo(expected[i] ?? Number.NaN, 14)
    })
  }

  test('nothing overflows far from zero', () => {
    const bounded: ActivationName[] = ['elu', 'selu', 'gelu', 'silu', 'sigmoid', 'tanh', 'softplus', 'softmax']
    for (const name of bounded) {
      for (const a of apply(name, [-1e5, 1e5])) expect(Number.isFinite(a), name).toBe(true)
    }
  })

  test('softmax works column by column and does not change when a column is shifted', () => {
    const z = [0, Math.log(3), 1000, 1000 + Math.log(3)]
    for (const [i, a] of apply('softmax', z, 2).entries()) expect(a).toBeCloseTo([0.25, 0.75, 0.25, 0.75][i] ?? 0, 12)
  })

  test('NaN stays NaN', () => {
    for (const name of Object.keys(activations) as ActivationName[])
      expect(apply(name, [Number.NaN])[0], name).toBeNaN()
  })

  test('a gradient is added to what other operations handed back already', () => {
    const e = Float64Array.of(10, 20)
    activations.relu.backward(Float64Array.of(1, -1), Float64Array.of(1, 0), Float64Array.of(3, 3), e, 2, 1)
    expect(Array.from(e)).toEqual([13, 20])
  })
})

describe('losses', () => {
  const y = Float64Array.of(1, 0, 0, 1)
  const p = Float64Array.of(0.8, 0.2, 0.4, 0.6)
  test('are means over outputs, added up over samples', () => {
    expect(losses.crossEntropy.sum(p, y, 2, 2)).toBeCloseTo(-Math.log(0.8) - Math.log(0.6), 14)
    expect(losses.binaryCrossEntropy.sum(p, y, 2, 2)).toBeCloseTo(-Math.log(0.8) - Math.log(0.6), 14)
    expect(losses.meanSquaredError.sum(p, y, 2, 2)).toBeCloseTo(0.04 + 0.16, 14)
    expect(losses.meanAbsoluteError.sum(p, y, 2, 2)).toBeCloseTo(0.2 + 0.4, 14)
    expect(losses.huber.sum(Float64Array.of(3, 0.5), Float64Array.of(0, 0), 1, 2)).toBeCloseTo(2.5 + 0.125, 14)
  })

  test('stay finite at probabilities of 0 and 1', () => {
    const wrong = Float64Array.of(0, 1, 1, 0)
    expect(losses.crossEntropy.sum(wrong, y, 2, 2)).toBeCloseTo(-2 * Math.log(1e-12), 10)
    expect(losses.binaryCrossEntropy.sum(wrong, y, 2, 2)).toBe(200)
  })

  test('fused forms equal the separate ones, and stay exact where those round to ln 0', () => {
    const scores = Float64Array.of(0.3, -0.2, 1.5, 0.1)
    const fused = fusedLoss('softmax', 'crossEntropy')
    const probabilities = new Float64Array(4)
    activations.softmax.forward(scores, probabilities, 2, 2)
    expect(fused?.sum(scores, y, 2, 2)).toBeCloseTo(losses.crossEntropy.sum(probabilities, y, 2, 2), 14)
    expect(fused?.sum(Float64Array.of(-1000, 1000), Float64Array.of(1, 0), 2, 1)).toBe(2000)

    const binary = fusedLoss('sigmoid', 'binaryCrossEntropy')
    activations.sigmoid.forward(scores, probabilities, 2, 2)
    expect(binary?.sum(scores, y, 2, 2)).toBeCloseTo(losses.binaryCrossEntropy.sum(probabilities, y, 2, 2), 14)
    expect(binary?.sum(Float64Array.of(-1000), Float64Array.of(1), 1, 1)).toBe(1000)
    expect(fusedLoss('softmax', 'binaryCrossEntropy')).toBeNull()
  })
})
