import type { DatasetSettings } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import type { Fold, SplitCounts } from '../../shared/prepared'
import { SplitRandom } from './random'

/** Where a row goes. */
export const parts = { train: 0, validation: 1, test: 2, dropped: 255 } as const

export interface Split {
  /** A value of `parts` for every row of the table. */
  readonly parts: Uint8Array
  readonly counts: SplitCounts
}

export interface RowClasses {
  /** A class from 0 for every row; what stands at dropped rows does not matter. */
  readonly classes: Uint32Array
  readonly count: number
}

/**
 * Deal the rows out: ⌊n·share⌉ to validation and to test, the rest to training. Which ones is decided by the seed
 * alone. With classes each part has the classes' shares, by largest remainder, and every class keeps a row for
 * training. For a fold, the rows that are not for test are dealt out in turn, class after class in the order the seed
 * shuffled them into: folds differ by one row at most, in all and in every class, and test has the same rows as without.
 * @param usable 0 for rows that are left out, or null when none is
 * @throws LaminaError `invalidData` when a part that is asked for would have no row
 */
export function splitRows(
  rows: number,
  usable: Uint8Array | null,
  stratification: RowClasses | null,
  settings: DatasetSettings['split'],
  fileName: string,
  fold: Fold | null = null
): Split {
  const into = new Uint8Array(rows)
  let available = rows
  if (usable !== null) {
    for (let row = 0; row < rows; row++) {
      if (usable[row] !== 0) continue
      into[row] = parts.dropped
      available -= 1
    }
  }
  // Test rows come after the validation rows of the plain split, so that one is made even where folds replace it.
  const validationShare = fold !== null && settings.test === 0 ? 0 : settings.validation
  const validation = partSize(available, validationShare, 'validation', fileName)
  const test = partSize(available, settings.test, 'test', fileName)
  if (validation + test >= available) {
    throw new LaminaError(
      'invalidData',
      `"${fileName}" has too few rows for this split: of ${rowsText(available)}, ${validation} would go to validation and ${test} to test, which leaves none to train on. Use smaller shares or a larger table.`,
      { rows: available, validation, test }
    )
  }
  const random = new SplitRandom(settings.seed)
  const groups = stratification === null ? [everyRow(into, available)] : rowsByClass(into, stratification)
  const forValidation = allot(
    groups.map((group) => group.length),
    validation,
    stratification === null ? null : keepOne(groups)
  )
  const left = groups.map((group, index) => group.length - (forValidation[index] ?? 0))
  const forTest = allot(
    groups.map((group) => group.length),
    test,
    stratification === null ? null : left.map((count) => Math.max(0, count - 1))
  )
  for (const [index, group] of groups.entries()) {
    random.shuffle(group)
    const first = forValidation[index] ?? 0
    const second = first + (forTest[index] ?? 0)
    for (let i = 0; i < second; i++) into[group[i] ?? 0] = i < first ? parts.validation : parts.test
  }
  if (fold !== null) return dealFold(into, groups, fold, fileName)
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)
  const counts = { validation: total(forValidation), test: total(forTest) }
  return { parts: into, counts: { train: available - counts.validation - counts.test, ...counts } }
}

/**
 * Make the rows of one fold validation, and those of all others training.
 * @param into a split, whose test rows stay
 * @param groups the rows by class, shuffled
 */
function dealFold(into: Uint8Array, groups: readonly Uint32Array[], { index, count }: Fold, fileName: string): Split {
  const counts = { train: 0, validation: 0, test: 0 }
  let dealt = 0
  for (const group of groups) {
    for (const row of group) {
      if (into[row] === parts.test) {
        counts.test += 1
        continue
      }
      const name = dealt++ % count === index ? 'validation' : 'train'
      into[row] = parts[name]
      counts[name] += 1
    }
  }
  if (dealt < count) {
    throw new LaminaError(
      'invalidData',
      `"${fileName}" has too few rows for ${count} folds: ${rowsText(dealt)} can be dealt out, and every fold needs one to validate on. Use ${dealt < 2 ? 'a larger table' : `at most ${dealt} folds`}.`,
      { rows: dealt, folds: count }
    )
  }
  return { parts: into, counts }
}

function partSize(rows: number, share: number, part: string, fileName: string): number {
  const size = Math.round(rows * share)
  if (share > 0 && size === 0) {
    throw new LaminaError(
      'invalidData',
      `"${fileName}" has too few rows for this split: a ${part} share of ${share} of ${rowsText(rows)} is no row at all. Use a larger share, or 0 for none.`,
      { rows, share, part }
    )
  }
  return size
}

const rowsText = (rows: number): string => (rows === 1 ? '1 row' : `${rows} rows`)
const keepOne = (groups: readonly Uint32Array[]): number[] => groups.map((group) => Math.max(0, group.length - 1))

function everyRow(into: Uint8Array, available: number): Uint32Array {
  const rows = new Uint32Array(available)
  let filled = 0
  for (let row = 0; row < into.length; row++) if (into[row] === parts.train) rows[filled++] = row
  return rows
}

function rowsByClass(into: Uint8Array, { classes, count }: RowClasses): Uint32Array[] {
  const sizes = new Uint32Array(count)
  for (let row = 0; row < into.length; row++) {
    if (into[row] === parts.train) sizes[classes[row] ?? 0] = (sizes[classes[row] ?? 0] ?? 0) + 1
  }
  const groups = Array.from(sizes, (size) => new Uint32Array(size))
  const filled = new Uint32Array(count)
  for (let row = 0; row < into.length; row++) {
    if (into[row] !== parts.train) continue
    const group = classes[row] ?? 0
    const at = filled[group] ?? 0
    const rows = groups[group]
    if (rows !== undefined) rows[at] = row
    filled[group] = at + 1
  }
  return groups
}

/**
 * Divide `total` in proportion to `sizes`: every group gets the whole part of its share, and what is left over goes to
 * the largest remainders, the first of equal ones first.
 * @param most what a group may get at most, or null
 */
export function allot(sizes: readonly number[], total: number, most: readonly number[] | null): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0)
  const limit = (index: number): number => most?.[index] ?? Infinity
  const exact = sizes.map((size) => (all === 0 ? 0 : (size * total) / all))
  const given = exact.map((share, index) => Math.min(Math.floor(share), limit(index)))
  let left = total - given.reduce((sum, count) => sum + count, 0)
  const order = exact
    .map((share, index) => ({ index, remainder: share - Math.floor(share), size: sizes[index] ?? 0 }))
    .sort((a, b) => b.remainder - a.remainder || b.size - a.size || a.index - b.index)
  // Groups that are full pass on to the next, so it may take several rounds.
  while (left > 0) {
    const before = left
    for (const { index } of order) {
      if (left === 0) break
      if ((given[index] ?? 0) >= Math.min(limit(index), sizes[index] ?? 0)) continue
      given[index] = (given[index] ?? 0) + 1
      left -= 1
    }
    if (left === before) break
  }
  return given
}
