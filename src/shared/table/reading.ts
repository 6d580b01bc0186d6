import { z } from 'zod'

const count = z.number().int().nonnegative()

/** How many issues are listed; all are counted. */
export const LISTED_ISSUES = 1000

/** What was wrong with a row, or with lines beside the rows. */
export const issueKinds = [
  /** Fewer cells than columns. */
  'fewCells',
  /** More cells than columns. */
  'manyCells',
  /** A quote that is neither closed nor doubled. */
  'strayQuote',
  /** A zero byte. */
  'zeroByte',
  /** Lines before the table, after it, or marked as comments. */
  'outside'
] as const
/** `repaired`: read as what it must have been; `skipped`: left out. */
export const issueActions = ['repaired', 'skipped'] as const
export type IssueAction = (typeof issueActions)[number]

/** Something about the file that is not as it should be, and what was done about it. */
export const issueSchema = z.strictObject({
  kind: z.enum(issueKinds),
  /** Row of the table, from 1; 0 for the header; null beside the rows and for rows left out. */
  row: count.nullable(),
  /** Line of the file, from 1, and where it starts: a byte of the file as text (unpacked, in UTF-8). */
  line: z.number().int().positive(),
  byte: count,
  /** Column's name, or null for the whole row. */
  column: z.string().nullable(),
  /** The text, shortened. */
  found: z.string(),
  expected: z.string(),
  action: z.enum(issueActions)
})
export type Issue = z.infer<typeof issueSchema>

/** Where all lines of a file went. Rows are records: a quoted cell may span lines. */
export const readingSchema = z.strictObject({
  /** Records of the file with something in them, but for the header and what is beside the table. */
  records: count,
  /** Rows of the table; records = rows + skipped. */
  rows: count,
  /** Rows that were read as they stand; rows = sound + repaired. */
  sound: count,
  repaired: count,
  skipped: count,
  /** Lines that are no rows. */
  blankLines: count,
  commentLines: count,
  preambleLines: count,
  footerLines: count,
  issueCount: count,
  /** The first ones, at most LISTED_ISSUES. */
  issues: z.array(issueSchema)
})
export type Reading = z.infer<typeof readingSchema>
