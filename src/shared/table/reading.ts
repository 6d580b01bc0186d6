import { z } from 'zod'

const count = z.number().int().nonnegative()

/** How many issues are listed; all are counted. */
export const LISTED_ISSUES = 1000
/** … and how many of them may be lines beside the rows. */
export const LISTED_OUTSIDE = 100

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
  'outside',
  /** A text in a column that is numbers but for a few cells. */
  'notANumber'
] as const
/**
 * `repaired`: read as what it must have been; `setAside`: the row was kept without its cells beyond the last column;
 * `skipped`: left out; `setMissing`: the cell is a missing value.
 */
export const issueActions = ['repaired', 'setAside', 'skipped', 'setMissing'] as const
export type IssueAction = (typeof issueActions)[number]

/** Something about the file that is not as it should be, and what was done about it. */
export const issueSchema = z.strictObject({
  kind: z.enum(issueKinds),
  /** Row of the table, from 1; 0 for the header; null beside the rows and for rows left out. */
  row: count.nullable(),
  /**
   * Line of the file, from 1, and the byte where it starts, counted from 0 in the file as it stands, but unpacked. Null for
   * a file that has no lines (Parquet, JSON); the byte is null as well where rows end with something else than line ends.
   */
  line: z.number().int().positive().nullable(),
  byte: count.nullable(),
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
  /** Rows that were read as they stand; rows = sound + repaired, those with cells set aside among the latter. */
  sound: count,
  repaired: count,
  skipped: count,
  /** Cells that were set missing. Their rows are as sound as they were. */
  setMissing: count,
  /** Lines that are no rows. */
  blankLines: count,
  commentLines: count,
  preambleLines: count,
  footerLines: count,
  issueCount: count,
  /** The first ones, at most LISTED_ISSUES, and at most LISTED_OUTSIDE of kind `outside`. */
  issues: z.array(issueSchema)
})
export type Reading = z.infer<typeof readingSchema>
