import { kindOf, type CellKind } from '../cell-kinds'
import { dateOrTime } from './date-or-time'

/** Whether the first record is names, and how sure that is, 0 … 1. */
export interface HeaderVerdict {
  readonly header: boolean
  readonly confidence: number
}

const isValue = (kind: CellKind | undefined): boolean => kind !== undefined && kind !== 'text' && kind !== 'missing'
const isDate = (cell: string): boolean => cell.trim() !== '' && dateOrTime.test(cell.trim())
const filledOf = (cells: readonly string[]): number => cells.filter((cell) => cell.trim() !== '').length
const isYear = (cell: string): boolean => /^\s*(?:19|20)\d\d\s*$/.test(cell)

/** So many years one after another are names of columns. */
const LEAST_YEARS = 3

function areYearsInOrder(cells: readonly string[]): boolean {
  const years = cells.filter(isYear).map(Number)
  const [first = 0, second = 0] = years
  const step = second - first
  const inOrder = years.every((year, index) => year === first + index * step)
  return years.length >= LEAST_YEARS && Math.abs(step) === 1 && inOrder
}

const isSameRow = (cells: readonly string[], first: readonly string[]): boolean => first.every((cell, column) => cell === cells[column]?.replace(/^\ufeff/, '')) // prettier-ignore

/** A header is text above numbers. Where every column is text, it is what does not come again below. */
export function judgeHeader(records: readonly (readonly string[])[]): HeaderVerdict {
  const [first = [], ...below] = records
  // Where files were put together, the header comes again as a whole, with a byte order mark or without.
  const rest = first.length === 1 ? below : below.filter((cells) => !isSameRow(cells, first))
  const kinds = first.map(kindOf)
  if (areYearsInOrder(first) && !rest.some(areYearsInOrder)) return { header: true, confidence: 0.9 }
  if (rest.length === 0) return { header: below.length === 0 && !kinds.some(isValue), confidence: 0.5 }
  let above = 0
  let same = 0
  let years = 0
  for (const [column, kind] of kinds.entries()) {
    const values = rest.map((cells) => cells[column] ?? '').filter((cell) => kindOf(cell) !== 'missing')
    if (isDate(first[column] ?? '') && values.some(isDate)) same += 1
    const numbers = values.filter((cell) => isValue(kindOf(cell))).length
    // One odd cell does not make a column of numbers one of text.
    if (values.length === 0 || numbers < 0.8 * values.length) continue
    if (kind === 'text') above += 1
    else if (isYear(first[column] ?? '') && !values.some(isYear)) years += 1
    else if (isValue(kind)) same += 1
  }
  // Years may stand above numbers, beside one name, or above all of them; a single text may be damage.
  if (above > 0 && (above >= same || isCounting(first.slice(-same))))
    return { header: true, confidence: above > same + years ? 0.99 : 0.7 }
  if (same === 0 && years > 1 && new Set(first).size === first.length) return { header: true, confidence: 0.8 }
  if (same + years > 0) return { header: false, confidence: 0.98 }
  const logOdds = logOddsOfNames(first, rest, kinds)
  return { header: logOdds > 0, confidence: Math.min(0.95, 1 / (1 + Math.exp(-Math.abs(logOdds)))) }
}

/** Most tables have a header. */
const PRIOR_ODDS = 3
/** How likely a name is empty, is also a value of its column, comes twice in the header, or looks like a value. */
const EMPTY_NAME = 0.05
const NAME_AMONG_VALUES = 0.02
const REPEATED_NAME = 0.2
const VALUE_FOR_NAME = 0.1

/**
 * How much more likely the first of nothing but texts is names than a row like the others, as a logarithm. A row holds
 * values that come again, so far as values do in its column: the chance of a new one is that of values which come once
 * (Good and Turing).
 */
function logOddsOfNames(
  first: readonly string[],
  rest: readonly (readonly string[])[],
  kinds: readonly CellKind[]
): number {
  let logOdds = Math.log(PRIOR_ODDS)
  const names = new Set<string>()
  for (const [column, cell] of first.entries()) {
    const name = cell.trim()
    const counts = new Map<string, number>()
    for (const cells of rest) {
      const value = (cells[column] ?? '').trim()
      counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    const empty = counts.get('') ?? 0
    if (name === '') {
      logOdds += Math.log(EMPTY_NAME / ((empty + 0.5) / (rest.length + 1)))
      continue
    }
    const once = [...counts].filter(([value, count]) => count === 1 && value !== '').length
    const fresh = Math.min(0.95, (once + 0.5) / (rest.length + 1))
    if (counts.has(name)) logOdds += Math.log(NAME_AMONG_VALUES / (1 - fresh))
    else if (empty < rest.length) logOdds += Math.log((1 - NAME_AMONG_VALUES) / fresh)
    if (isValue(kinds[column])) logOdds += Math.log(VALUE_FOR_NAME)
    if (names.has(name)) logOdds += Math.log(REPEATED_NAME)
    names.add(name)
  }
  return logOdds
}

/** Some programs underline the names. */
const UNDERLINE = /^ *[-=]{2,} *$/

/** Lines of names below the first one, at most. */
const MOST_FURTHER_NAMES = 3

/**
 * How many records below the header are names as well, units for example: nothing but texts above columns of numbers or
 * dates, which do not come again; or dashes below each name.
 * @param rows all records below the header
 */
export function countFurtherNames(rows: readonly (readonly string[])[]): number {
  const [next = []] = rows
  if (next.length > 1 && next.every((cell) => UNDERLINE.test(cell))) return 1
  for (let count = Math.min(MOST_FURTHER_NAMES, rows.length - 2); count > 0; count--) {
    // Nothing but texts, which most tables do not have there: then nothing else is looked at.
    const textsOf = (cells: readonly string[]): string[] =>
      cells.filter((cell) => kindOf(cell) === 'text' && !isDate(cell))
    const names = rows.slice(0, count).map((cells) => ({ cells, texts: textsOf(cells) }))
    if (names.some(({ cells, texts }) => texts.length < 2 || texts.length !== filledOf(cells))) continue
    const below = rows.slice(count)
    const valued = (rows[0] ?? []).map((_, column) => {
      const cells = below.map((cells) => cells[column] ?? '').filter((cell) => kindOf(cell) !== 'missing')
      return cells.length > 1 && cells.every((cell) => isValue(kindOf(cell)) || isDate(cell))
    })
    const seen = new Set(below.flat())
    const areNames = names.every(({ cells, texts }) => {
      const above = cells.filter((cell, column) => valued[column] === true && texts.includes(cell))
      return above.length > 1 && !above.some((cell) => seen.has(cell))
    })
    if (areNames) return count
  }
  return 0
}

/** 1, 2, 3 … name columns rather than fill them. */
function isCounting(cells: readonly string[]): boolean {
  return cells.every((cell, index) => index === 0 || Number(cell) === Number(cells[index - 1]) + 1)
}
