import type { ActivationName } from '../../shared/catalogue/functions'
import { addTo, at } from '../float-array'
import { erf } from './erf'

/** An activation layer. Z, A, G and E are n × b, one sample per column; E receives what flows back to Z. */
export interface Activation {
  /** A = g(Z) */
  forward(z: Float64Array, a: Float64Array, units: number, count: number): void
  /** E += G ⊙ g′(Z): added, because other operations may have used the same Z. */
  backward(z: Float64Array, a: Float64Array, g: Float64Array, e: Float64Array, units: number, count: number): void
}

/** An activation that treats every score by itself; g′ may use both the score z and what became of it, a. */
function elementwise(value: (z: number) => number, derivative: (z: number, a: number) => number): Activation {
  return {
    forward(z, a, units, count) {
      for (let i = 0; i < units * count; i++) a[i] = value(at(z, i))
    },
    backward(z, a, g, e, units, count) {
      for (let i = 0; i < units * count; i++) addTo(e, i, at(g, i) * derivative(at(z, i), at(a, i)))
    }
  }
}

const LEAKY_SLOPE = 0.01
/** Klambauer et al. 2017, as PyTorch has them. */
const SELU_ALPHA = 1.6732632423543772
const SELU_SCALE = 1.0507009873554805
const INVERSE_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI)

/** σ(z), without overflow on either side. */
export function sigmoid(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z))
  const exponential = Math.exp(z)
  return exponential / (1 + exponential)
}

/** ln(1 + eᶻ), without overflow. */
export function softplus(z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))
}

/** Φ(z), the normal probability of being below z. */
function normalProbability(z: number): number {
  return 0.5 * (1 + erf(z * Math.SQRT1_2))
}

/** a_k = e^(z_k) / Σ_j e^(z_j), column by column; the column's largest score is taken off first, which changes nothing but overflow. */
const softmax: Activation = {
  forward(z, a, units, count) {
    for (let column = 0; column < units * count; column += units) {
      let largest = Number.NEGATIVE_INFINITY
      for (let k = column; k < column + units; k++) largest = Math.max(largest, at(z, k))
      let sum = 0
      for (let k = column; k < column + units; k++) {
        const exponential = Math.exp(at(z, k) - largest)
        a[k] = exponential
        sum += exponential
      }
      for (let k = column; k < column + units; k++) a[k] = at(a, k) / sum
    }
  },
  /** E = A ⊙ (G − 1·(Σ_k G ⊙ A)), the Jacobian's product column by column. */
  backward(_z, a, g, e, units, count) {
    for (let column = 0; column < units * count; column += units) {
      let sum = 0
      for (let k = column; k < column + units; k++) sum += at(g, k) * at(a, k)
      for (let k = column; k < column + units; k++) addTo(e, k, at(a, k) * (at(g, k) - sum))
    }
  }
}

export const activations: Readonly<Record<ActivationName, Activation>> = {
  identity: elementwise(
    (z) => z,
    () => 1
  ),
  relu: elementwise(
    // Not Math.max(0, z): a NaN must stay one, and −0 must not appear.
    (z) => (z <= 0 ? 0 : z),
    (z) => (z > 0 ? 1 : 0)
  ),
  leakyRelu: elementwise(
    (z) => (z > 0 ? z : LEAKY_SLOPE * z),
    (z) => (z > 0 ? 1 : LEAKY_SLOPE)
  ),
  elu: elementwise(
    (z) => (z > 0 ? z : Math.expm1(z)),
    (z) => (z > 0 ? 1 : Math.exp(z))
  ),
  selu: elementwise(
    (z) => SELU_SCALE * (z > 0 ? z : SELU_ALPHA * Math.expm1(z)),
    (z) => SELU_SCALE * (z > 0 ? 1 : SELU_ALPHA * Math.exp(z))
  ),
  gelu: elementwise(
    (z) => z * normalProbability(z),
    // (z Φ(z))′ = Φ(z) + z φ(z), φ the normal density
    (z) => normalProbability(z) + z * INVERSE_SQRT_2PI * Math.exp(-0.5 * z * z)
  ),
  silu: elementwise(
    (z) => z * sigmoid(z),
    (z) => sigmoid(z) * (1 + z * (1 - sigmoid(z)))
  ),
  sigmoid: elementwise(sigmoid, (_z, a) => a * (1 - a)),
  tanh: elementwise(Math.tanh, (_z, a) => 1 - a * a),
  softplus: elementwise(softplus, (z) => sigmoid(z)),
  softmax
}
