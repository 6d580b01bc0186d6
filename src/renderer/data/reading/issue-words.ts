import { issueKinds, type Issue, type IssueAction } from '../../../shared/table/reading'
import { csvCell } from '../../charts/text'

/** What was done about an issue. */
export const issueWords: Readonly<Record<IssueAction, string>> = {
  repaired: 'repaired',
  skipped: 'left out',
  setAside: 'kept; cells beyond set aside',
  setMissing: 'set missing'
}

const kindWords: Readonly<Record<Issue['kind'], string>> = {
  fewCells: 'Too few cells',
  manyCells: 'Too many cells',
  strayQuote: 'Stray quotes',
  zeroByte: 'Zero bytes',
  outside: 'Beside the table',
  notANumber: 'Not a number'
}

/** The kinds there are among issues, with how many of each. */
export function kindsOf(issues: readonly Issue[]): { kind: Issue['kind']; label: string; count: number }[] {
  return issueKinds.flatMap((kind) => {
    const count = issues.filter((issue) => issue.kind === kind).length
    return count === 0 ? [] : { kind, label: kindWords[kind], count }
  })
}

/** Issues as CSV: places as plain numbers, for a program or a spreadsheet. */
export function issuesCsv(issues: readonly Issue[]): string {
  const rows = issues.map(({ line, byte, row, column, kind, found, expected, action }) => [
    line ?? '',
    byte ?? '',
    row ?? '',
    column ?? '',
    kindWords[kind],
    found,
    expected,
    issueWords[action]
  ])
  return [['line', 'byte', 'row', 'column', 'kind', 'found', 'expected', 'done'], ...rows]
    .map((cells) => `${cells.map((cell) => csvCell(String(cell))).join(',')}\r\n`)
    .join('')
}
