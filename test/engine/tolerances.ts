import type { Engine } from '../../src/engine/engine'

/**
 * How far an engine may be from the expected numbers. Differences are relative per tensor: the largest |a − b| of the
 * tensor's elements over its largest |b| (see `relativeError`), since single elements near zero carry no digits.
 *
 * float64 rounds at 1.1e-16 and float32 at 6e-8; a few hundred operations and tens of steps lie in between.
 */
export interface Tolerances {
  /** Golden traces by PyTorch in float64: the first step, all losses and gradient norms, final weights. */
  readonly golden: number
  /** Gradients against central differences of the loss (h = 1e-5; their own error is about 1e-9) in float64. */
  readonly gradient: number
  /** Norms, ratios, losses and metrics against the same computed anew from weights, traces and predictions. */
  readonly diagnostics: number
  /** ‖ΔW‖/‖W‖ against weights read before and after a step: the difference of two close numbers loses digits. */
  readonly updateRatio: number
  /** Losses and weights of longer runs against the reference. */
  readonly trajectory: number
}

export const tolerances: Readonly<Record<Engine['name'], Tolerances>> = {
  reference: { golden: 1e-9, gradient: 1e-6, diagnostics: 1e-12, updateRatio: 1e-12, trajectory: 0 },
  native: { golden: 2e-4, gradient: 2e-6, diagnostics: 1e-5, updateRatio: 1e-3, trajectory: 1e-5 }
}

/** Below it a tensor counts as zero. */
const TINY = 1e-30

/** max |a − b| / max(max |b|, tiny); infinite when lengths differ or anything is not finite. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  let difference = 0
  let largest = TINY
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i] ?? Number.NaN
    const b = expected[i] ?? Number.NaN
    if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY
    difference = Math.max(difference, Math.abs(a - b))
    largest = Math.max(largest, Math.abs(b))
  }
  return difference / largest
}
