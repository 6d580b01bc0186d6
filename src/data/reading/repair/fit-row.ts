import { delimiters } from '../../../shared/table/dialect'
import { kindOf } from '../cell-kinds'
import { readRecords, type TextFormat } from '../detect/records'

/** Cells of a row that had another number of them than the table has columns. */
export interface FittedRow {
  readonly cells: readonly string[]
  /** The column where it was changed, from 0. */
  readonly column: number
  readonly change: 'filled' | 'split' | 'trimmed' | 'joined'
}

/** Makes rows fit a table, by what the other rows hold. Text is never lost: what is too much is joined. */
export class RowFitter {
  /** Share of numbers among a column's values; null without values. */
  private readonly numbers: readonly (number | null)[]
  private readonly rowNames: boolean

  /** @param sample rows of the table */
  constructor(
    private readonly columns: number,
    private readonly format: TextFormat,
    sample: readonly (readonly string[])[]
  ) {
    const whole = sample.filter((cells) => cells.length === columns)
    this.rowNames = areRowNames(whole)
    this.numbers = Array.from({ length: columns }, (_, column) => {
      const kinds = whole.map((cells) => kindOf(cells[column] ?? '')).filter((kind) => kind !== 'missing')
      return kinds.length === 0 ? null : kinds.filter((kind) => kind !== 'text').length / kinds.length
    })
  }

  /** @param cells more or fewer than the columns */
  fit(cells: readonly string[]): FittedRow {
    const { columns } = this
    if (cells.length < columns) {
      const split = this.split(cells)
      if (split !== null) return { cells: split, column: 0, change: 'split' }
      const filled = [...cells, ...Array.from({ length: columns - cells.length }, () => '')]
      return { cells: filled, column: cells.length, change: 'filled' }
    }
    if (cells.slice(columns).every((cell) => cell.trim() === '')) {
      return { cells: cells.slice(0, columns), column: columns - 1, change: 'trimmed' }
    }
    // A delimiter inside a cell that should have been quoted: the join that leaves numbers in columns of numbers.
    let best = { cells: this.joined(cells, columns - 1), column: columns - 1 }
    let least = this.misfits(best.cells)
    for (let column = columns - 2; column >= 0; column--) {
      const candidate = this.joined(cells, column)
      const misfits = this.misfits(candidate)
      if (misfits < least) {
        best = { cells: candidate, column }
        least = misfits
      }
    }
    return { ...best, change: 'joined' }
  }

  /**
   * @param names of the columns, more or fewer than there are; R leaves out that of the first column when it names rows
   */
  fitHeader(names: readonly string[]): readonly string[] {
    if (names.length === this.columns) return names
    return this.rowNames && names.length === this.columns - 1 ? ['', ...names] : this.fit(names).cells
  }

  /** Cells of a row that was written with another delimiter; null where none makes it fit. */
  private split(cells: readonly string[]): readonly string[] | null {
    // A text with a single semicolon in it is nothing unusual.
    if (this.columns < 3) return null
    const text = cells.join(this.format.delimiter)
    for (const delimiter of delimiters) {
      if (delimiter === this.format.delimiter || delimiter === ' ') continue
      const [record, next] = readRecords(text, { ...this.format, delimiter, runs: false })
      if (next === undefined && record?.problem === null && record.cells.length === this.columns) return record.cells
    }
    return null
  }

  private joined(cells: readonly string[], column: number): string[] {
    const surplus = cells.length - this.columns
    const one = cells.slice(column, column + surplus + 1).join(this.format.delimiter)
    return [...cells.slice(0, column), one, ...cells.slice(column + surplus + 1)]
  }

  /** How badly cells agree with the other rows. */
  private misfits(cells: readonly string[]): number {
    let sum = 0
    for (const [column, cell] of cells.entries()) {
      const share = this.numbers[column] ?? null
      const kind = kindOf(cell)
      if (share !== null && kind !== 'missing') sum += kind === 'text' ? share : 1 - share
    }
    return sum
  }
}

/** Whether the first cells tell rows apart, by names or by counting; a last column without values is no column. */
function areRowNames(rows: readonly (readonly string[])[]): boolean {
  const names = rows.map((cells) => (cells[0] ?? '').trim())
  if (names.length < 2 || new Set(names).size < names.length) return false
  if (rows.every((cells) => (cells.at(-1) ?? '').trim() === '')) return false
  return names.every((name, index) => name === String(index + 1)) || names.every((name) => kindOf(name) === 'text')
}
