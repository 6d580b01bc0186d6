import type { Dialect, DialectOverrides } from '../../../../src/shared/table/dialect'
import type { Issue, Reading } from '../../../../src/shared/table/reading'

type Counts = Omit<Reading, 'records' | 'rows' | 'sound' | 'issueCount' | 'issues'>

/** One damaged or unusual file, and all there is to know about it. */
export interface Polluted {
  readonly content: string | Uint8Array
  readonly overrides?: DialectOverrides
  /** How it is written, where that is not how most CSV files are. */
  readonly dialect?: Partial<Dialect>
  /** Names, when there is a header, and rows, as a clean file has them. */
  readonly cells: readonly (readonly string[])[]
  /** What is not zero. */
  readonly counts?: Partial<Counts>
  readonly issues?: readonly Partial<Issue>[]
}

export const row = (line: number, found: string, issue: Partial<Issue>): Partial<Issue> => ({
  line,
  found,
  row: line - 1,
  action: 'repaired',
  ...issue
})
export const outside = (line: number, found: string): Partial<Issue> => ({ kind: 'outside', row: null, line, found, action: 'skipped' }) // prettier-ignore
