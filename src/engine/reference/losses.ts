import type { ActivationName, LossName } from '../../shared/catalogue/functions'
import { addTo, at } from '../float-array'
import { softplus } from './activations'

/** Under this a probability counts as this, so that ln stays finite. */
const SMALLEST_PROBABILITY = 1e-12
/** PyTorch's bound on ln in binary cross-entropy. */
const SMALLEST_LOG = -100
/** Where Huber's loss turns from a parabola into a line. */
const HUBER_DELTA = 1

/** A loss of predictions Ŷ for true values Y, both n × b, one sample per column. */
export interface Loss {
  /** L_1 + … + L_b: the sum over samples, so that minibatches of any size add up to an epoch's mean. */
  sum(predictions: Float64Array, targets: Float64Array, units: number, count: number): number
  /** G += ∂L/∂Ŷ of the batch's mean loss L = (L_1 + … + L_b)/b: here the 1/b enters, and nowhere else. */
  gradient(predictions: Float64Array, targets: Float64Array, g: Float64Array, units: number, count: number): void
}

/** A loss that is a mean over outputs: `value` and `derivative` (by ŷ) of one output. */
function meanOverOutputs(value: (p: number, y: number) => number, derivative: (p: number, y: number) => number): Loss {
  return {
    sum(predictions, targets, units, count) {
      let sum = 0
      for (let i = 0; i < units * count; i++) sum += value(at(predictions, i), at(targets, i))
      return sum / units
    },
    gradient(predictions, targets, g, units, count) {
      for (let i = 0; i < units * count; i++) {
        addTo(g, i, derivative(at(predictions, i), at(targets, i)) / (units * count))
      }
    }
  }
}

/** L_i = −Σ_k y_k ln ŷ_k */
const crossEntropy: Loss = {
  sum(predictions, targets, units, count) {
    let sum = 0
    for (let i = 0; i < units * count; i++) {
      const y = at(targets, i)
      if (y !== 0) sum -= y * Math.log(Math.max(at(predictions, i), SMALLEST_PROBABILITY))
    }
    return sum
  },
  gradient(predictions, targets, g, units, count) {
    for (let i = 0; i < units * count; i++) {
      addTo(g, i, -at(targets, i) / Math.max(at(predictions, i), SMALLEST_PROBABILITY) / count)
    }
  }
}

export const losses: Readonly<Record<LossName, Loss>> = {
  crossEntropy,
  binaryCrossEntropy: meanOverOutputs(
    (p, y) => -(y * boundedLog(p) + (1 - y) * boundedLog(1 - p)),
    (p, y) => (p - y) / Math.max(p * (1 - p), SMALLEST_PROBABILITY)
  ),
  meanSquaredError: meanOverOutputs(
    (p, y) => (p - y) ** 2,
    (p, y) => 2 * (p - y)
  ),
  meanAbsoluteError: meanOverOutputs(
    (p, y) => Math.abs(p - y),
    (p, y) => Math.sign(p - y)
  ),
  huber: meanOverOutputs(
    (p, y) => {
      const error = Math.abs(p - y)
      return error <= HUBER_DELTA ? 0.5 * error * error : HUBER_DELTA * (error - 0.5 * HUBER_DELTA)
    },
    (p, y) => Math.min(Math.max(p - y, -HUBER_DELTA), HUBER_DELTA)
  )
}

function boundedLog(p: number): number {
  // A score outside [0, 1] has no logarithm; it counts as the nearer end.
  return p <= 0 ? SMALLEST_LOG : Math.max(Math.log(p), SMALLEST_LOG)
}

/** A loss fused with the activation before it: a function of the scores Z[L], which neither overflows nor rounds to ln 0. */
export interface FusedLoss {
  /** L_1 + … + L_b */
  sum(scores: Float64Array, targets: Float64Array, units: number, count: number): number
  /** E[L] += ∂L/∂Z[L] of the batch's mean loss, from Ŷ. */
  gradient(predictions: Float64Array, targets: Float64Array, e: Float64Array, units: number, count: number): void
}

/**
 * L_i = −Σ_k y_k (z_k − ln Σ_j e^(z_j)) and E[L] = (Ŷ − Y)/b. The logarithm is taken as m + ln(1 + Σ_(j ≠ m) e^(z_j − m))
 * with m the largest score, which neither overflows nor loses the digits of a small loss.
 */
const softmaxCrossEntropy: FusedLoss = {
  sum(scores, targets, units, count) {
    let sum = 0
    for (let column = 0; column < units * count; column += units) {
      let top = column
      for (let k = column; k < column + units; k++) if (at(scores, k) > at(scores, top)) top = k
      const largest = at(scores, top)
      let others = 0
      for (let k = column; k < column + units; k++) if (k !== top) others += Math.exp(at(scores, k) - largest)
      const logOthers = Math.log1p(others)
      for (let k = column; k < column + units; k++) {
        const y = at(targets, k)
        if (y !== 0) sum += y * (largest - at(scores, k) + logOthers)
      }
    }
    return sum
  },
  gradient(predictions, targets, e, units, count) {
    for (let i = 0; i < units * count; i++) addTo(e, i, (at(predictions, i) - at(targets, i)) / count)
  }
}

/** −(y ln σ(z) + (1 − y) ln(1 − σ(z))) = ln(1 + eᶻ) − y z, mean over outputs, and E[L] = (Ŷ − Y)/(n[L] b). */
const sigmoidBinaryCrossEntropy: FusedLoss = {
  sum(scores, targets, units, count) {
    let sum = 0
    for (let i = 0; i < units * count; i++) sum += softplus(at(scores, i)) - at(targets, i) * at(scores, i)
    return sum / units
  },
  gradient(predictions, targets, e, units, count) {
    for (let i = 0; i < units * count; i++) addTo(e, i, (at(predictions, i) - at(targets, i)) / (units * count))
  }
}

/** The fused form of a loss after an activation, or null where the two are computed one after the other. */
export function fusedLoss(activation: ActivationName, loss: LossName): FusedLoss | null {
  if (activation === 'softmax' && loss === 'crossEntropy') return softmaxCrossEntropy
  if (activation === 'sigmoid' && loss === 'binaryCrossEntropy') return sigmoidBinaryCrossEntropy
  return null
}
