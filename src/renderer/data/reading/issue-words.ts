import type { IssueAction } from '../../../shared/table/reading'

/** What was done about an issue. */
export const issueWords: Readonly<Record<IssueAction, string>> = {
  kept: 'kept',
  repaired: 'repaired',
  setMissing: 'set missing',
  skipped: 'left out'
}
