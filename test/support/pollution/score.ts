import type { CleanTable } from './tables'

/** How much of what was expected was found, and how much of what was found was expected, 0 … 1. */
interface Agreement {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** Compares two collections without regard to order: what comes twice has to be found twice. */
function agreement(expected: readonly string[], found: readonly string[]): Agreement {
  if (expected.length === 0 && found.length === 0) return { precision: 1, recall: 1, f1: 1 }
  const open = new Map<string, number>()
  for (const item of expected) open.set(item, (open.get(item) ?? 0) + 1)
  let both = 0
  for (const item of found) {
    const left = open.get(item) ?? 0
    if (left === 0) continue
    both += 1
    open.set(item, left - 1)
  }
  const precision = found.length === 0 ? 0 : both / found.length
  const recall = expected.length === 0 ? 0 : both / expected.length
  return { precision, recall, f1: both === 0 ? 0 : (2 * precision * recall) / (precision + recall) }
}

/**
 * How well a table was read, 0 … 10: one for being read at all, and one for each of precision, recall and F1 of the
 * names, of whole rows, and of cells.
 * @param found null when nothing could be read
 */
export function scoreOf(expected: CleanTable, found: CleanTable | null): number {
  if (found === null) return 0
  const asText = (cells: readonly string[]): string => JSON.stringify(cells)
  const parts = [
    agreement(expected.header ?? [], found.header ?? []),
    agreement(expected.rows.map(asText), found.rows.map(asText)),
    agreement(expected.rows.flat(), found.rows.flat())
  ]
  return parts.reduce((sum, { precision, recall, f1 }) => sum + precision + recall + f1, 1)
}
