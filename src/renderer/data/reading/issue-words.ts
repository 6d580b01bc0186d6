import type { IssueAction } from '../../../shared/table/reading'

/** What was done about an issue. */
export const issueWords: Readonly<Record<IssueAction, string>> = {
  repaired: 'repaired',
  skipped: 'left out',
  setAside: 'kept; cells beyond set aside',
  setMissing: 'set missing'
}
