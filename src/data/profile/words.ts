const LISTED = 5

/** "a", "b" and "c"; beyond five, the first and how many more. */
export function quotedList(names: readonly string[]): string {
  return joined(names.map((name) => `"${name}"`))
}

/** Things with a figure each: "a" (67 %), "b" (45 %) and 3 more. */
export function figuredList(names: readonly string[], figures: readonly string[]): string {
  return joined(names.map((name, index) => `"${name}" (${figures[index] ?? ''})`))
}

function joined(parts: readonly string[]): string {
  if (parts.length > LISTED) return `${parts.slice(0, LISTED).join(', ')} and ${parts.length - LISTED} more`
  if (parts.length < 2) return parts.join('')
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** A share as whole per cent, but never none or all of it when it is not: 45 %, under 1 %, over 99 %. */
export function percent(share: number): string {
  const rounded = Math.round(share * 100)
  if (rounded === 0 && share > 0) return 'under 1 %'
  if (rounded === 100 && share < 1) return 'over 99 %'
  return `${rounded} %`
}

/** A measured number with four significant digits; one that nobody could read out as a power of ten, 3.113e13. */
export function figure(value: number): string {
  const rounded = Number(value.toPrecision(4))
  return Math.abs(rounded) < 1e9 ? String(rounded) : rounded.toExponential().replace('e+', 'e')
}
