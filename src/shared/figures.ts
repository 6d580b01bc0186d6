/** What stands where a number is not known: as wide as a digit, so nothing moves when it comes. */
export const UNKNOWN = '–'

/** A share as per cent with one decimal: 97.3 %. */
export function formatShare(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN
  return `${(value * 100).toFixed(1)} %`
}

/**
 * A whole number in groups of three, which a space keeps apart: it cannot be read as a decimal mark.
 * @param space as wide as the place has it: narrow in a window, a plain one on a terminal
 */
export function groupedBy(space: string, value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, space)
}
