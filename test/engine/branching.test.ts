import { expect, test } from 'vitest'
import type { NetworkPlan, Operation } from '../../src/shared/network/plan'
import { allocatePass, ReferenceNetwork } from '../../src/engine/reference/network'
import { describeEngines } from './engines'
import { randomSamples, steps, TestNumbers, trainerOptions, withTrainer } from './networks'
import { relativeError, tolerances } from './tolerances'

const dense = (id: string, input: number, inputs: number, units: number): Operation => ({
  type: 'dense',
  id,
  input,
  inputs,
  units,
  initializer: 'xavier'
})
const tanh = (id: string, input: number, units: number): Operation => ({
  type: 'activation',
  id,
  input,
  units,
  function: 'tanh'
})

/** Without a block that joins values only one branch leads to Ŷ; the other hands back zeros, which must do no harm. */
const plain: NetworkPlan = {
  inputs: 3,
  outputs: 2,
  loss: 'meanSquaredError',
  operations: [dense('first', 0, 3, 4), tanh('act', 1, 4), dense('last', 2, 4, 2)]
}
/** The side branches come before the last operation, so going backward they are handled after it: they must add. */
const sideFirst: NetworkPlan = {
  ...plain,
  operations: [
    dense('first', 0, 3, 4),
    dense('side-of-x', 0, 3, 5),
    tanh('act', 1, 4),
    dense('side-of-a', 3, 4, 6),
    tanh('side-act', 3, 4),
    tanh('side-of-z', 1, 4),
    dense('last', 3, 4, 2)
  ]
}

describeEngines('a value with several consumers', (engine) => {
  const tolerance = tolerances[engine.name].diagnostics
  const numbers = new TestNumbers(4)
  const [first, sideOfX, sideOfA, last] = [16, 20, 30, 10].map((length) => numbers.array(length))
  const samples = randomSamples(plain, 6)
  const plainOptions = trainerOptions(plain, samples, {
    initialWeights: [first ?? [], last ?? []].map((w) => Float32Array.from(w))
  })
  const branchedOptions = trainerOptions(sideFirst, samples, {
    initialWeights: [first ?? [], sideOfX ?? [], sideOfA ?? [], last ?? []].map((w) => Float32Array.from(w))
  })

  test('gets the sum of their gradients', async () => {
    const expected = await withTrainer(engine, plainOptions, (trainer) => trainer.trace(samples))
    const actual = await withTrainer(engine, branchedOptions, (trainer) => trainer.trace(samples))
    expect(relativeError(actual.valueGradients[0] ?? [], expected.valueGradients[0] ?? [])).toBeLessThanOrEqual(
      tolerance
    )
    expect(relativeError(actual.valueGradients[2] ?? [], expected.valueGradients[1] ?? [])).toBeLessThanOrEqual(
      tolerance
    )
    expect(relativeError(actual.weightGradients[0] ?? [], expected.weightGradients[0] ?? [])).toBeLessThanOrEqual(
      tolerance
    )
    expect(relativeError(actual.weightGradients[3] ?? [], expected.weightGradients[1] ?? [])).toBeLessThanOrEqual(
      tolerance
    )
    expect(actual.weightGradients[1]?.every((g) => g === 0)).toBe(true)
    expect(actual.weightGradients[2]?.every((g) => g === 0)).toBe(true)
  })

  test('trains as if the side branches were not there', async () => {
    const expected = await withTrainer(engine, plainOptions, (trainer) => trainer.run(steps(30)))
    await withTrainer(engine, branchedOptions, async (trainer) => {
      const chunk = await trainer.run(steps(30))
      expect(relativeError(chunk.loss, expected.loss)).toBeLessThanOrEqual(tolerance)
      const [, sideX, sideA] = trainer.weights()
      expect(Array.from(sideX ?? [])).toEqual(Array.from(sideOfX ?? []))
      expect(Array.from(sideA ?? [])).toEqual(Array.from(sideOfA ?? []))
      expect(chunk.gradientNorms[1]).toBe(0)
      expect(chunk.updateRatios[1]).toBe(0)
    })
  })
})

test('consumers that all matter add up, inside the reference', () => {
  // What a joining block would do to the values of the side branches is put there by hand: their gradients start as
  // given numbers G, which makes the objective Σ G ⊙ (side values) instead of the loss.
  const network = new ReferenceNetwork(sideFirst)
  const numbers = new TestNumbers(9)
  const weights = [16, 20, 30, 10].map((length) => Float64Array.from(numbers.array(length)))
  const gradients = weights.map((w) => new Float64Array(w.length))
  const count = 6
  const samples = randomSamples(sideFirst, count)
  const pass = allocatePass(sideFirst, count, true)
  pass.values[0]?.set(samples.features)
  pass.targets.set(samples.targets)
  const given = pass.gradients.map((gradient, value) => {
    return value === 0 ? gradient.slice() : Float64Array.from(numbers.array(gradient.length))
  })
  const objective = (): number => {
    network.forward(weights, pass, count, null)
    return pass.values.reduce(
      (sum, value, index) => sum + value.reduce((s, v, i) => s + v * (given[index]?.[i] ?? 0), 0),
      0
    )
  }

  network.forward(weights, pass, count, null)
  for (const [value, gradient] of pass.gradients.entries()) gradient.set(given[value] ?? [])
  network.propagate(weights, gradients, pass, count)
  const h = 1e-5
  for (const [layer, w] of weights.entries()) {
    const expected = w.map((original, i) => {
      w[i] = original + h
      const above = objective()
      w[i] = original - h
      const below = objective()
      w[i] = original
      return (above - below) / (2 * h)
    })
    expect(relativeError(gradients[layer] ?? [], expected)).toBeLessThanOrEqual(tolerances.reference.gradient)
  }
})
