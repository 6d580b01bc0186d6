import { expect, test } from 'vitest'
import { activations, losses, type ActivationName, type LossName } from '../../src/shared/catalogue/functions'
import { denseOperations, weightCount, type NetworkPlan } from '../../src/shared/network/plan'
import type { Samples, Trace } from '../../src/engine/engine'
import { referenceEngine } from '../../src/engine/reference'
import { describeNative } from './engines'
import { chain, randomSamples, TestNumbers, trainerOptions, withTrainer } from './networks'
import { relativeError, tolerances } from './tolerances'

const H = 1e-5
const BATCH = 4
/** How far scores and errors must be from the points where a derivative jumps. */
const MARGIN = 1e-3

interface Case {
  plan: NetworkPlan
  samples: Samples
  weights: Float64Array[]
}

const names = activations.map((activation) => activation.value)
const lossNames = losses.map((loss) => loss.value)
/** What a loss of logarithms needs of the last layer, where these tests do not put something else there. */
const usualLast: Record<LossName, ActivationName> = {
  crossEntropy: 'softmax',
  binaryCrossEntropy: 'sigmoid',
  meanSquaredError: 'identity',
  meanAbsoluteError: 'identity',
  huber: 'identity'
}

/** The first seed whose network stays away from all kinks: relu at 0, |e| at 0, Huber at ±1. */
function findCase(plan: NetworkPlan, lastScores: 'any' | 'small and positive'): Case {
  for (let seed = 1; seed < 200; seed++) {
    const numbers = new TestNumbers(seed)
    const samples = randomSamples(plan, BATCH, seed)
    const layers = denseOperations(plan)
    const weights = layers.map((layer, index) => {
      const small = lastScores === 'small and positive' && index === layers.length - 1
      const w = Float64Array.from(numbers.array(weightCount(layer), small ? -0.02 : -1, small ? 0.02 : 1))
      // With inputs of tanh below 1, scores end up between 0.2 and 0.5: every activation is then in (0, 1).
      if (small) for (let i = layer.inputs; i < w.length; i += layer.inputs + 1) w[i] = 0.35
      return w
    })
    const made = { plan, samples, weights }
    if (isSmooth(made, traceOf(made))) return made
  }
  throw new Error('No seed keeps the network away from kinks.')
}

function isSmooth({ plan, samples }: Case, trace: Trace): boolean {
  const scores = trace.values.filter((_, index) => plan.operations[index]?.type === 'dense')
  if (scores.some((z) => z.some((score) => Math.abs(score) < MARGIN))) return false
  const predictions = trace.values.at(-1) ?? []
  return Array.from(predictions).every((p, i) => {
    const error = Math.abs(p - (samples.targets[i] ?? Number.NaN))
    return error > MARGIN && Math.abs(error - 1) > MARGIN
  })
}

function traceOf({ plan, samples, weights }: Case): Trace {
  const trainer = referenceEngine.createTrainer(trainerOptions(plan, samples, { initialWeights: weights }))
  return trainer.trace(samples)
}

/** ∂L/∂W by (L(w + h) − L(w − h)) / 2h, one weight at a time. */
function centralDifferences({ plan, samples, weights }: Case): Float64Array[] {
  const trainer = referenceEngine.createTrainer(trainerOptions(plan, samples, { initialWeights: weights }))
  const lossWith = (layer: number, index: number, change: number): number => {
    const changed = weights.map((w) => w.slice())
    const target = changed[layer]
    if (target !== undefined) target[index] = (target[index] ?? Number.NaN) + change
    trainer.setWeights(changed)
    return trainer.trace(samples).loss
  }
  return weights.map((w, layer) => w.map((_, i) => (lossWith(layer, i, H) - lossWith(layer, i, -H)) / (2 * H)))
}

/** Every activation in the middle of a network and at its end, with every loss. */
const cases = names.flatMap((name) =>
  lossNames.flatMap((loss) => {
    const positive = loss === 'crossEntropy' || loss === 'binaryCrossEntropy'
    const hidden = findCase(chain([3, 4, 3], [name, usualLast[loss]], loss), 'any')
    const last = findCase(chain([3, 4, 3], ['tanh', name], loss), positive ? 'small and positive' : 'any')
    return [
      { title: `${name} hidden, ${loss}`, ...hidden },
      { title: `${name} last, ${loss}`, ...last }
    ]
  })
)

/** With a weight for each sample: every loss, fused with the last activation or not. */
const weights = Float32Array.of(0.25, 3, 0, 1.5)
const weightedCases = lossNames.flatMap((loss) => {
  const usual = usualLast[loss]
  const other: ActivationName = usual === 'softmax' ? 'sigmoid' : 'softmax'
  return [usual, other].map((last) => {
    const made = findCase(chain([3, 4, 3], ['tanh', last], loss), 'any')
    return { title: `${last} last, ${loss}, weighted`, ...made, samples: { ...made.samples, weights } }
  })
})
const allCases = [...cases, ...weightedCases]

test('every activation and every loss is covered', () => {
  expect(cases.length).toBe(11 * 5 * 2)
  expect(weightedCases.length).toBe(5 * 2)
})

test.each(allCases)('central differences, reference: $title', (made) => {
  const { weightGradients } = traceOf(made)
  const expected = centralDifferences(made)
  for (const [layer, gradient] of weightGradients.entries()) {
    const error = relativeError(gradient, expected[layer] ?? [])
    expect(error, `∂L/∂W[${layer + 1}]`).toBeLessThanOrEqual(tolerances.reference.gradient)
  }
})

// Differences of float32 losses keep hardly two digits, so here the proven reference is the measure.
describeNative('gradients against the reference', (native) => {
  const tolerance = tolerances.native.gradient
  test.each(allCases)('$title', async (made) => {
    const { plan, samples, weights } = made
    const single = weights.map((w) => Float32Array.from(w))
    const expected = traceOf({ plan, samples, weights: single.map((w) => Float64Array.from(w)) })
    const options = trainerOptions(plan, samples, { initialWeights: single })
    const actual = await withTrainer(native, options, (trainer) => trainer.trace(samples))
    expect(relativeError([actual.loss], [expected.loss]), 'loss').toBeLessThanOrEqual(tolerance)
    for (const [index, value] of actual.values.entries()) {
      expect(relativeError(value, expected.values[index] ?? []), `value ${index + 1}`).toBeLessThanOrEqual(tolerance)
    }
    for (const [layer, gradient] of actual.weightGradients.entries()) {
      const error = relativeError(gradient, expected.weightGradients[layer] ?? [])
      expect(error, `∂L/∂W[${layer + 1}]`).toBeLessThanOrEqual(tolerance)
    }
  })
})
