import { LISTED_ISSUES, LISTED_OUTSIDE, type Issue } from '../../../shared/table/reading'
import type { TextRecord } from '../detect/records'
import { countOriginalBytes, type OriginalBytes } from '../original-bytes'

const SHOWN_CHARACTERS = 80

/** A record as it was found, with its place in the file. */
export interface Found {
  readonly record: TextRecord
  /** Bytes of UTF-8 as characters of Latin-1. */
  readonly text: string
  readonly line: number
  /** Of the original; null where it cannot be told. */
  readonly byte: number | null
  readonly afterBlank: boolean
}

type Place = Pick<Found, 'text' | 'line' | 'byte'>
type Done = Pick<Issue, 'row' | 'action'>

/** Counts everything that is not as it should be, and lists the first of it. */
export class IssueList {
  readonly listed: Issue[] = []
  count = 0
  private outsideCount = 0

  constructor(
    private readonly names: readonly string[],
    private readonly columns: number,
    private readonly original: OriginalBytes | null
  ) {}

  /** A line that is none of the rows. */
  outside(found: Place): void {
    this.count += 1
    this.outsideCount += 1
    // There may be any number of comments, and no damage should go unlisted because of them.
    if (this.outsideCount > LISTED_OUTSIDE) return
    this.list({ kind: 'outside', row: null, column: null, expected: 'rows of the table', action: 'skipped' }, found)
  }

  /** @param text all that stands before the table */
  skippedText(text: string): void {
    const { original } = this
    const bytes = Buffer.from(text).toString('latin1')
    let byte = original?.from ?? 0
    let line = 1
    for (const [whole, content = ''] of bytes.matchAll(/([^\r\n]*)(?:\r\n|\n|\r|$)/g)) {
      if (content.trim() !== '') this.outside({ text: content, line, byte: original === null ? null : byte })
      if (original !== null) byte += countOriginalBytes(original, whole)
      line += 1
    }
  }

  /** What is wrong with the text of a record. */
  damage(found: Found, done: Done): void {
    if (found.record.problem !== null) {
      this.add(
        { ...done, kind: 'strayQuote', column: null, expected: 'quotes closed, and doubled inside a cell' },
        found
      )
    }
    if (found.text.includes('\0')) {
      this.add({ ...done, kind: 'zeroByte', column: null, expected: 'text without zero bytes' }, found)
    }
  }

  /** A record of more or fewer cells than there are columns. @param done with the column where it was changed, from 0 */
  misfit(found: Found, { column, ...done }: Done & { readonly column: number | null }): void {
    const { length } = found.record.cells
    this.add(
      {
        ...done,
        kind: length < this.columns ? 'fewCells' : 'manyCells',
        column: column === null ? null : (this.names[column] ?? null),
        expected: `${this.columns} ${this.columns === 1 ? 'cell' : 'cells'}`
      },
      found,
      `${length} ${length === 1 ? 'cell' : 'cells'}: `
    )
  }

  /** A record whose cells beyond the last column are not read. */
  setAside(found: Found, done: Done): void {
    const { cells } = found.record
    const aside = cells.slice(this.columns).join(', ')
    const shown = aside.length > SHOWN_CHARACTERS / 2 ? `${aside.slice(0, SHOWN_CHARACTERS / 2)}…` : aside
    const expected = `${this.columns} ${this.columns === 1 ? 'cell' : 'cells'}`
    const before = `${cells.length} cells, "${Buffer.from(shown, 'latin1').toString('utf8')}" beyond the last column: `
    this.add({ ...done, kind: 'manyCells', column: null, expected }, found, before)
  }

  private add(issue: Omit<Issue, 'line' | 'byte' | 'found'>, found: Found, before = ''): void {
    this.count += 1
    this.list(issue, found, before)
  }

  private list(issue: Omit<Issue, 'line' | 'byte' | 'found'>, { text, line, byte }: Place, before = ''): void {
    if (this.listed.length >= LISTED_ISSUES) return
    const whole = Buffer.from(text.slice(0, 4 * SHOWN_CHARACTERS), 'latin1').toString('utf8')
    const shown = whole.length > SHOWN_CHARACTERS ? `${whole.slice(0, SHOWN_CHARACTERS - 1)}…` : whole
    this.listed.push({ ...issue, line, byte, found: before + shown })
  }
}
