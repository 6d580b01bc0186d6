import { delimiters } from '../../../shared/table/dialect'
import { kindOf } from '../cell-kinds'
import { readRecords, type TextFormat } from '../detect/records'
import { ColumnHabits } from './column-habits'

/** Cells of a row that had another number of them than the table has columns. */
export interface FittedRow {
  readonly cells: readonly string[]
  /** The column where it was changed, from 0. */
  readonly column: number
  /**
   * `dropped`: empty cells, because a delimiter stood there twice. `setAside`: what stands beyond the last column, because it
   * belongs to no cell.
   */
  readonly change: 'filled' | 'split' | 'trimmed' | 'dropped' | 'joined' | 'setAside'
}

/** A way to make a row fit: some of its cells are replaced. */
interface Candidate extends Omit<FittedRow, 'cells'> {
  readonly at: number
  readonly removed: number
  readonly inserted: readonly string[]
  /** How badly the row agrees with the other rows then. */
  readonly surprise: number
}

/** What is less plain to see has to agree better with the other rows by so much: about 20 to 1. */
export const MARGIN = 3
/** Joining cells where no space follows the delimiter, as it does in text, or where one of them is empty. */
const UNUSUAL_JOIN = 1
const EMPTY_JOIN = 3
const DROPPED = 0.5
/** Numbers that stand side by side are hardly ever one. */
const NUMBER_JOIN = 2
/** What is longer by more cells is no row with a delimiter too many. */
const MOST_SURPLUS = 50

/** Makes rows fit a table, by what the other rows hold. What is too much is joined, or set aside where no column holds such texts. */
export class RowFitter {
  private readonly whole: readonly (readonly string[])[]
  /** By column, as far as somebody asked: most tables have no row that does not fit. */
  private readonly habits = new Map<number, ColumnHabits>()

  /** @param sample rows of the table */
  constructor(
    private readonly columns: number,
    private readonly format: TextFormat,
    sample: readonly (readonly string[])[]
  ) {
    this.whole = sample.filter((cells) => cells.length === columns)
  }

  /** @param cells more or fewer than the columns */
  fit(cells: readonly string[]): FittedRow {
    const written = cells.length < this.columns ? this.split(cells) : null
    if (written !== null) return { cells: written, column: 0, change: 'split' }
    const candidates = cells.length < this.columns ? this.extensions(cells) : this.reductions(cells)
    const { at, removed, inserted, column, change } = best(candidates)
    return { cells: cells.toSpliced(at, removed, ...inserted), column, change }
  }

  /**
   * @param names of the columns, more or fewer than there are; R leaves out that of the first column when it names rows
   */
  fitHeader(names: readonly string[]): readonly string[] {
    const { columns } = this
    const missing = columns - names.length
    if (missing === 0) return withoutSpaces(names)
    if (missing < 0) {
      const gap = emptyRun(names, -missing)
      if (gap >= 0) return names.toSpliced(gap, -missing)
      return [...names.slice(0, columns - 1), names.slice(columns - 1).join(this.format.delimiter)]
    }
    const written = this.writtenOtherwise(names)
    if (written !== null) return written
    const [split, another] = this.splitCells(names)
    if (split !== undefined && another === undefined) return names.toSpliced(split.column, 1, ...split.parts)
    if (missing === 1 && areRowNames(this.whole)) return ['', ...names]
    return [...names, ...Array.from({ length: missing }, () => '')]
  }

  /** Names that another delimiter separates, spaces last; null where none makes as many as there are columns. */
  writtenOtherwise(names: readonly string[]): readonly string[] | null {
    const found = this.split(names) ?? this.splitAtSpaces(names)
    return found === null || found.some(isEmpty) ? null : found
  }

  /** How unlike the other cells of its column a cell is, from 0; a text like no other is at least MARGIN. */
  surpriseOf(cell: string, column: number): number {
    return this.habitsOf(column)?.surprise(cell) ?? 0
  }

  /** @returns undefined beyond the last column */
  private habitsOf(column: number): ColumnHabits | undefined {
    const known = this.habits.get(column)
    if (known !== undefined || column < 0 || column >= this.columns) return known
    const habits = new ColumnHabits(this.whole.map((cells) => cells[column] ?? ''))
    this.habits.set(column, habits)
    return habits
  }

  private *reductions(cells: readonly string[]): Generator<Candidate> {
    const { columns } = this
    const surplus = cells.length - columns
    if (cells.slice(columns).every(isEmpty)) {
      const column = columns - 1
      yield { at: columns, removed: surplus, inserted: [], column, change: 'trimmed', surprise: 0 }
      return
    }
    const { before, after } = this.surprises(cells, surplus)
    const least = surplus > MOST_SURPLUS ? columns - 1 : 0
    yield {
      ...{ at: columns, removed: surplus, inserted: [], column: columns - 1, change: 'setAside' },
      surprise: (before[columns] ?? 0) + MARGIN
    }
    for (let column = columns - 1; column >= least; column--) {
      // A delimiter inside a cell that should have been quoted …
      const parts = cells.slice(column, column + surplus + 1)
      const joined = parts.join(this.format.delimiter + (this.format.spaced ? ' ' : ''))
      const around = (before[column] ?? 0) + (after[column + surplus + 1] ?? 0)
      const surprise = around + this.surpriseOf(joined, column) + unlikelyJoin(parts)
      yield { at: column, removed: surplus + 1, inserted: [joined], column, change: 'joined', surprise }
      // … or one that is there twice.
      if (parts.slice(0, surplus).every(isEmpty)) {
        const surprise = (before[column] ?? 0) + (after[column + surplus] ?? 0) + DROPPED
        yield { at: column, removed: surplus, inserted: [], column, change: 'dropped', surprise }
      }
    }
  }

  private *extensions(cells: readonly string[]): Generator<Candidate> {
    const missing = this.columns - cells.length
    const { before, after } = this.surprises(cells, -missing)
    const inserted = Array.from({ length: missing }, () => '')
    let empty = 0
    for (let column = cells.length; column < this.columns; column++) empty += this.surpriseOf('', column)
    for (let column = cells.length; column >= 0; column--) {
      const far = column === cells.length ? 0 : MARGIN
      const surprise = (before[column] ?? 0) + empty + (after[column] ?? 0) + far
      yield { at: column, removed: 0, inserted, column, change: 'filled', surprise }
      if (column > 0) empty += this.surpriseOf('', column - 1) - this.surpriseOf('', column - 1 + missing)
    }
    for (const { column, parts } of this.splitCells(cells)) {
      const inside = parts.reduce((sum, part, index) => sum + this.surpriseOf(part, column + index), 0)
      const surprise = (before[column] ?? 0) + inside + (after[column + 1] ?? 0) + MARGIN
      yield { at: column, removed: 1, inserted: parts, column, change: 'split', surprise }
    }
    const spaced = this.splitAtSpaces(cells)
    if (spaced !== null) {
      const surprise = spaced.reduce((sum, cell, column) => sum + this.surpriseOf(cell, column), MARGIN)
      yield { at: 0, removed: cells.length, inserted: spaced, column: 0, change: 'split', surprise }
    }
  }

  /**
   * Sums over the first cells where they stand, and over the last ones moved by so many columns to the left.
   * @returns each by the index of a cell: those before it, and those from it on
   */
  private surprises(cells: readonly string[], moved: number): { before: number[]; after: number[] } {
    const before = [0]
    for (const [index, cell] of cells.entries()) before.push((before[index] ?? 0) + this.surpriseOf(cell, index))
    const after = Array.from({ length: cells.length + 1 }, () => 0)
    for (let index = cells.length - 1; index >= 0; index--) {
      after[index] = (after[index + 1] ?? 0) + this.surpriseOf(cells[index] ?? '', index - moved)
    }
    return { before, after }
  }

  /** Cells of a row that was written with another delimiter; null where none makes it fit. */
  private split(cells: readonly string[]): readonly string[] | null {
    // A text with a single semicolon in it is nothing unusual.
    if (this.columns < 3) return null
    const text = cells.join(this.format.delimiter)
    for (const delimiter of delimiters) {
      if (delimiter === this.format.delimiter || delimiter === ' ') continue
      const found = this.readAs(text, delimiter)
      if (found !== null) return found
    }
    return null
  }

  /** The same for spaces, which stand in texts as well. */
  private splitAtSpaces(cells: readonly string[]): readonly string[] | null {
    if (this.columns < 3 || this.format.delimiter === ' ') return null
    return this.readAs(cells.join(this.format.delimiter), ' ')
  }

  private readAs(text: string, delimiter: TextFormat['delimiter']): readonly string[] | null {
    const [record, next] = readRecords(text, { ...this.format, delimiter, runs: false, spaced: false })
    return next === undefined && record?.problem === null && record.cells.length === this.columns ? record.cells : null
  }

  /** Cells that are several because another delimiter stands in one place. */
  private splitCells(cells: readonly string[]): { column: number; parts: readonly string[] }[] {
    const missing = this.columns - cells.length
    const others = delimiters.filter((delimiter) => delimiter !== this.format.delimiter && delimiter !== ' ')
    return cells.flatMap((cell, column) =>
      others.flatMap((delimiter) => {
        const parts = cell.split(delimiter, missing + 2)
        return parts.length === missing + 1 ? [{ column, parts }] : []
      })
    )
  }
}

/** The candidate that agrees best; the first among equals. */
function best(candidates: Iterable<Candidate>): Candidate {
  let found: Candidate | null = null
  for (const candidate of candidates) if (found === null || candidate.surprise < found.surprise) found = candidate
  if (found === null) throw new Error('There is no way to make a row fit.')
  return found
}

const isEmpty = (cell: string): boolean => cell.trim() === ''
const isNumber = (cell: string): boolean => !['text', 'missing'].includes(kindOf(cell))

function unlikelyJoin(parts: readonly string[]): number {
  if (parts.some(isEmpty)) return EMPTY_JOIN
  if (parts.every(isNumber)) return NUMBER_JOIN
  return parts.slice(1).every((part) => part.startsWith(' ')) ? 0 : UNUSUAL_JOIN
}

/** Names that were written with a space after each delimiter, though the rows are not. */
function withoutSpaces(names: readonly string[]): readonly string[] {
  const [first = '', ...others] = names
  return others.length > 1 && others.every((name) => /^ \S/.test(name))
    ? [first, ...others.map((name) => name.slice(1))]
    : names
}

/** Where so many empty cells follow one another, or −1. */
function emptyRun(cells: readonly string[], count: number): number {
  return cells.findIndex((_, at) => {
    const run = cells.slice(at, at + count)
    return run.length === count && run.every(isEmpty)
  })
}

/** Whether the first cells tell rows apart, by names or by counting; a last column without values is no column. */
function areRowNames(rows: readonly (readonly string[])[]): boolean {
  const names = rows.map((cells) => (cells[0] ?? '').trim())
  if (names.length < 2 || new Set(names).size < names.length) return false
  if (rows.every((cells) => (cells.at(-1) ?? '').trim() === '')) return false
  return names.every((name, index) => name === String(index + 1)) || names.every((name) => kindOf(name) === 'text')
}
