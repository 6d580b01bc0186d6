import type { TextFormat, TextRecord } from '../detect/records'
import { MARGIN, type RowFitter } from './fit-row'

/** More than so much damage in one row is not looked for, … */
const MOST_DAMAGE = 2
/** … nor in so many ways, nor in rows of so many characters. */
const MOST_STEPS = 4000
const MOST_CHARACTERS = 64 << 10

/** What was read of a row, and where the rest of it begins. */
interface Part {
  readonly cell: string
  readonly next: number
  /** Whether another cell follows. */
  readonly more: boolean
  readonly damage: number
}

/** A row of more or fewer cells than there are columns. */
type Misfit = Pick<TextRecord, 'cells' | 'problem'>

/** Reads rows whose quotes are damaged, by the other rows. */
export class QuoteMender {
  constructor(
    private readonly columns: number,
    private readonly format: TextFormat,
    private readonly fitter: RowFitter
  ) {}

  /**
   * The cells of a row with a quote too many before a cell, quotes inside a cell that are not doubled, or a delimiter missing
   * beside a quoted cell. Of the readings with the least damage that give as many cells as there are columns, the one
   * that agrees best with the other rows.
   * @param text of the row, without its line end
   * @returns null where no reading fits, or, though its quotes are as they should be, another way to make it fit does better
   */
  row(found: Misfit, text: string): readonly string[] | null {
    const mended = this.read(text, found)
    if (mended === null || found.problem !== null) return mended
    return this.surprise(mended) + MARGIN < this.surprise(this.fitter.fit(found.cells).cells) ? mended : null
  }

  /** The same for names, none of which is empty. */
  header(found: Misfit, text: string): readonly string[] | null {
    const mended = found.cells.length === this.columns ? null : this.read(text, found)
    return mended?.some((name) => name.trim() === '') === false ? mended : null
  }

  private read(text: string, { problem }: Misfit): readonly string[] | null {
    const { quote, escape, runs, wrapped, delimiter } = this.format
    if (quote === '' || escape === 'backslash' || runs || wrapped === true || delimiter === ' ') return null
    if (!text.includes(quote) || text.length > MOST_CHARACTERS || /[\r\n]/.test(text)) return null
    const row = new DamagedRow(text, this.columns, this.format, problem === null)
    for (let damage = 1; damage <= (problem === null ? 1 : MOST_DAMAGE); damage++) {
      const [first, ...others] = row.readings(damage)
      if (first !== undefined) return others.reduce((a, b) => (this.surprise(b) < this.surprise(a) ? b : a), first)
    }
    return null
  }

  private surprise(cells: readonly string[]): number {
    // Where the other rows tell nothing, as of names, quotes that are left over do.
    const left = cells.join('').split(this.format.quote).length
    return cells.reduce((sum, cell, column) => sum + this.fitter.surpriseOf(cell, column), left)
  }
}

class DamagedRow {
  private steps = 0

  constructor(
    private readonly text: string,
    private readonly columns: number,
    private readonly format: TextFormat,
    /** All quotes stand where they may: only delimiters can be missing. */
    private readonly regular: boolean
  ) {}

  /** All rows of as many cells as there are columns, with so much damage. */
  readings(damage: number): string[][] {
    const found: string[][] = []
    this.steps = 0
    this.read(0, [], damage, found)
    return found
  }

  private read(at: number, cells: readonly string[], damage: number, found: string[][]): void {
    if (cells.length === this.columns || (this.steps += 1) > MOST_STEPS) return
    for (const part of this.parts(at, damage)) {
      const all = [...cells, part.cell]
      if (part.more) this.read(part.next, all, damage - part.damage, found)
      else if (all.length === this.columns && part.damage === damage) found.push(all)
    }
  }

  /** Every way to read the cell that begins here. */
  private *parts(at: number, damage: number): Generator<Part> {
    const { text } = this
    const { quote } = this.format
    const open = this.afterSpaces(at)
    if (text[open] !== quote) {
      yield this.plain(at, 0)
      const inside = text.indexOf(quote, at)
      // A delimiter is missing before a quoted cell.
      if (damage > 0 && inside >= 0 && inside < this.endOfPlain(at))
        yield { cell: text.slice(at, inside), next: inside, more: true, damage: 1 }
      return
    }
    yield* this.quoted(open + 1, damage)
    // The quote is one too many.
    if (damage > 0 && !this.regular) yield this.plain(open + 1, 1)
  }

  /** @param from just after the opening quote */
  private *quoted(from: number, damage: number): Generator<Part> {
    const { text } = this
    const { quote } = this.format
    let strays = 0
    for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
      const doubled = text[at + 1] === quote
      const close = doubled ? at + 1 : at
      const after = this.afterSpaces(close + 1)
      const cell = text.slice(from, close).replaceAll(quote + quote, quote)
      const ends = after >= text.length || text.startsWith(this.format.delimiter, after)
      if (ends) {
        // The first of two is one inside.
        const more = strays + (doubled ? 1 : 0)
        if (more <= damage && (more === 0 || !this.regular)) yield this.ending(cell, after, more)
        if (!doubled) return
      } else if (doubled) {
        // Between two quoted cells a delimiter is missing.
        if (strays < damage)
          yield {
            cell: text.slice(from, at).replaceAll(quote + quote, quote),
            next: at + 1,
            more: true,
            damage: strays + 1
          }
      } else {
        if (strays < damage) yield { cell, next: close + 1, more: true, damage: strays + 1 }
        strays += 1
        if (strays > damage || this.regular) return
      }
      at = close
    }
  }

  private plain(from: number, damage: number): Part {
    const end = this.endOfPlain(from)
    return this.ending(this.text.slice(from, end), end, damage)
  }

  private endOfPlain(from: number): number {
    const end = this.text.indexOf(this.format.delimiter, from)
    return end < 0 ? this.text.length : end
  }

  private ending(cell: string, end: number, damage: number): Part {
    const { delimiter, spaced } = this.format
    if (end >= this.text.length) return { cell, next: end, more: false, damage }
    const next = end + delimiter.length
    return { cell, next: spaced && this.text[next] === ' ' ? next + 1 : next, more: true, damage }
  }

  private afterSpaces(from: number): number {
    let at = from
    while (this.text[at] === ' ') at += 1
    return at
  }
}
