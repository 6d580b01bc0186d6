/**
 * The most one message may hold: ten thousand rows of two hundred columns to predict. A schema looks at every value and
 * keeps a note of every wrong one, so what this lets through has to fit into memory several times over.
 */
export const MOST_VALUES = 2_000_000
/** No message of any contract nests a third as deep. */
export const DEEPEST = 64

/**
 * Whether a message is too large or too deep to be looked at. Before schemas are: an array may claim four thousand million
 * empty places, and a structured clone may contain itself.
 * @returns what is wrong with it, in words; null for a message that may be looked at
 */
export function excessOf(message: unknown): string | null {
  const waiting: object[] = isContainer(message) ? [message] : []
  const depths = [1]
  let values = 0
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    const depth = depths.pop() ?? DEEPEST
    // The length before the elements: they may be the four thousand million.
    values += Array.isArray(value) ? value.length : Object.keys(value).length
    if (values > MOST_VALUES) return `it holds more than ${MOST_VALUES} values`
    for (const inner of Object.values(value)) {
      if (!isContainer(inner)) continue
      if (depth === DEEPEST) return `it is nested deeper than ${DEEPEST} levels`
      waiting.push(inner)
      depths.push(depth + 1)
    }
  }
  return null
}

/** Numbers of a typed array are not looked at one by one, and neither is what schemas know nothing of. */
function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]'
}
