import type { ActivationName } from '../../shared/catalogue/functions'

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))
/** Φ(z) by Abramowitz and Stegun 26.2.17, good to 7.5e-8: plenty for a picture. */
function normalProbability(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    (t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))))
  return z >= 0 ? 1 - tail : tail
}

/** g(z) for pictures; softmax is drawn as one score against a zero, where it is the sigmoid. */
const functions: Readonly<Record<ActivationName, (z: number) => number>> = {
  identity: (z) => z,
  relu: (z) => Math.max(0, z),
  // Drawn steeper than its 0.01, which would not show.
  leakyRelu: (z) => (z > 0 ? z : 0.1 * z),
  elu: (z) => (z > 0 ? z : Math.exp(z) - 1),
  selu: (z) => 1.0507 * (z > 0 ? z : 1.6733 * (Math.exp(z) - 1)),
  gelu: (z) => z * normalProbability(z),
  silu: (z) => z * sigmoid(z),
  sigmoid,
  tanh: (z) => Math.tanh(z),
  softplus: (z) => Math.log1p(Math.exp(z)),
  softmax: sigmoid
}

const bounded: readonly ActivationName[] = ['sigmoid', 'tanh', 'softmax']

export interface Curve {
  /** SVG path of g, and of g′. */
  readonly value: string
  readonly slope: string
  /** Where the axes cross. */
  readonly originX: number
  readonly originY: number
}

/** g and g′ over z ∈ [−4, 4] as paths in a box of the given size. */
export function curveOf(name: ActivationName, width: number, height: number): Curve {
  const g = functions[name]
  const [low, high] = bounded.includes(name) ? [-1.15, 1.15] : [-2, 4]
  const x = (z: number): number => ((z + 4) / 8) * width
  const y = (a: number): number => height - ((Math.min(high, Math.max(low, a)) - low) / (high - low)) * height
  const points = Array.from({ length: 49 }, (_, index) => -4 + index / 6)
  const path = (f: (z: number) => number): string =>
    points.map((z, index) => `${index === 0 ? 'M' : 'L'}${x(z).toFixed(1)} ${y(f(z)).toFixed(1)}`).join('')
  return { value: path(g), slope: path((z) => (g(z + 0.02) - g(z - 0.02)) / 0.04), originX: x(0), originY: y(0) }
}
