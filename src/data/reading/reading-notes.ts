import type { IssueAction, Reading } from '../../shared/table/reading'
import type { DetectedDialect } from './detect/dialect'

const SHOWN_LINES = 5

/** What stands beside the rows of a table that is not only counted. */
export interface Beside {
  /** Line where another table begins below this one. */
  readonly otherTable: number | null
  /** How often the header comes again among the rows. */
  readonly headersAgain: number
}

export const nothingBeside: Beside = { otherTable: null, headersAgain: 0 }

/** What is said of a file when it is opened: which lines were skipped, and which rows were repaired or left out. */
export function readingNotes(
  reading: Reading,
  dialect: Pick<DetectedDialect, 'skip' | 'furtherNames'>,
  { otherTable, headersAgain }: Beside
): string[] {
  const lines = (count: number, what: string): string[] =>
    count === 0 ? [] : [count === 1 ? `One ${what} line was skipped.` : `${count} ${what} lines were skipped.`]
  const rows = (count: number, done: string): string[] => {
    if (count === 0) return []
    const actions: readonly IssueAction[] = done === 'repaired' ? ['repaired', 'setAside'] : ['skipped']
    const listed = reading.issues.filter(({ action, kind }) => actions.includes(action) && kind !== 'outside')
    const unlisted = reading.issueCount > reading.issues.length
    const at = [...new Set(listed.map((issue) => issue.line))]
    const aside = new Set(listed.flatMap(({ action, line }) => (action === 'setAside' ? [line] : []))).size
    const without =
      aside === 0
        ? ''
        : count === 1
          ? ' Its cells beyond the last column were set aside.'
          : ` Cells beyond the last column were set aside in ${unlisted ? 'at least ' : ''}${aside === 1 ? 'one' : aside} of them.`
    const shown = at.slice(0, SHOWN_LINES).join(', ')
    const where = at.length === 1 ? `line ${shown}` : `lines ${shown}${count > SHOWN_LINES ? ', …' : ''}`
    return [
      `${count === 1 ? 'One row that does not fit was' : `${count} rows that do not fit were`} ${done} (${where}).${without}`
    ]
  }
  return [
    ...lines(reading.blankLines, 'blank'),
    ...lines(reading.commentLines, 'comment'),
    ...(dialect.skip.lines > 0
      ? [`The table begins on line ${dialect.skip.lines + 1}: what is above was skipped.`]
      : []),
    ...lines(dialect.furtherNames, 'further name'),
    ...(headersAgain === 0
      ? []
      : [
          `The header comes again ${headersAgain === 1 ? 'once' : `${headersAgain} times`} among the rows: it was left out there.`
        ]),
    ...lines(otherTable === null ? reading.footerLines : 0, 'closing'),
    ...(otherTable === null
      ? []
      : [`Another table begins on line ${otherTable}. It is not read: save it as a file of its own.`]),
    ...rows(reading.repaired, 'repaired'),
    ...rows(reading.skipped, 'left out')
  ]
}
