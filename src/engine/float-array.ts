/**
 * Element `index`. Indices here are right by construction; one that is not gives NaN, which training reports as a
 * numerical failure, instead of a zero that would go unnoticed.
 */
export function at(array: Float64Array, index: number): number {
  return array[index] ?? Number.NaN
}

/** array[index] += value */
export function addTo(array: Float64Array, index: number, value: number): void {
  array[index] = at(array, index) + value
}

/** The sum of squares of all elements: ‖array‖² in Frobenius' norm. */
export function sumOfSquares(array: Float64Array): number {
  let sum = 0
  for (let i = 0; i < array.length; i++) sum += at(array, i) ** 2
  return sum
}

/** ‖a − b‖² in Frobenius' norm, both of the same shape. */
export function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (at(a, i) - at(b, i)) ** 2
  return sum
}
