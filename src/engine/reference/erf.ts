const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI)
/** Below it the series is quicker than the continued fraction, above it is the other way round. */
const SERIES_LIMIT = 2.5
/** erfc(6) < 2.2e-17: the result rounds to 1. */
const SATURATION = 6

/** The error function, absolute error below 1e-15. */
export function erf(x: number): number {
  const magnitude = Math.abs(x)
  if (magnitude >= SATURATION) return Math.sign(x)
  if (magnitude >= SERIES_LIMIT) return Math.sign(x) * (1 - complementOfLarge(magnitude))
  return series(x)
}

/**
 * erf(x) = 2/√π · e^(−x²) · Σₙ 2ⁿ x²ⁿ⁺¹ / (1·3·5 … (2n+1)) (Abramowitz and Stegun 7.1.6). All terms have the sign of x, so
 * nothing cancels.
 */
function series(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum
}

/**
 * erfc(x) = e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 1½/(x + …)))) for x > 0 (Abramowitz and Stegun 7.1.14), from the inside out.
 */
function complementOfLarge(x: number): number {
  let fraction = x
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction
  return ((TWO_OVER_SQRT_PI / 2) * Math.exp(-x * x)) / fraction
}
