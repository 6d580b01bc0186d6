import { kindOf, type CellKind } from '../cell-kinds'
import { dateOrTime } from './date-or-time'

/** Whether the first record is names, and how sure that is, 0 … 1. */
export interface HeaderVerdict {
  readonly header: boolean
  readonly confidence: number
}

const isValue = (kind: CellKind | undefined): boolean => kind !== undefined && kind !== 'text' && kind !== 'missing'
const isDate = (cell: string): boolean => cell.trim() !== '' && dateOrTime.test(cell.trim())
const isYear = (cell: string): boolean => /^\s*(?:19|20)\d\d\s*$/.test(cell)

/**
 * A header is text above numbers. Where every column is text, the first record is a header unless one of its cells is
 * empty or comes again below.
 */
export function judgeHeader(records: readonly (readonly string[])[]): HeaderVerdict {
  const [first = [], ...rest] = records
  const kinds = first.map(kindOf)
  if (rest.length === 0) return { header: !kinds.some(isValue), confidence: 0.5 }
  let above = 0
  let same = 0
  let years = 0
  for (const [column, kind] of kinds.entries()) {
    const below = rest.map((cells) => cells[column] ?? '').filter((cell) => kindOf(cell) !== 'missing')
    if (isDate(first[column] ?? '') && below.some(isDate)) same += 1
    const numbers = below.filter((cell) => isValue(kindOf(cell))).length
    // One odd cell does not make a column of numbers one of text.
    if (below.length === 0 || numbers < 0.8 * below.length) continue
    if (kind === 'text') above += 1
    else if (isYear(first[column] ?? '') && !below.some(isYear)) years += 1
    else if (isValue(kind)) same += 1
  }
  // Years may stand above numbers, beside one name, or above all of them; a single text may be damage.
  if (above > 0 && (above >= same || isCounting(first.slice(-same))))
    return { header: true, confidence: above > same + years ? 0.99 : 0.7 }
  if (same === 0 && years > 1 && new Set(first).size === first.length) return { header: true, confidence: 0.8 }
  if (same + years > 0) return { header: false, confidence: 0.98 }
  const names = first.map((name) => name.trim())
  const header =
    new Set(names).size === names.length &&
    names.every(
      (name, column) => name !== '' && !isValue(kinds[column]) && !rest.some((cells) => cells[column]?.trim() === name)
    )
  return { header, confidence: 0.7 }
}

/** 1, 2, 3 … name columns rather than fill them. */
function isCounting(cells: readonly string[]): boolean {
  return cells.every((cell, index) => index === 0 || Number(cell) === Number(cells[index - 1]) + 1)
}
