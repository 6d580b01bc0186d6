import { z } from 'zod'

const count = z.number().int().nonnegative()
/** A row of the table, from 1. */
const row = z.number().int().positive()
const share = z.number().min(0).max(1)

const common = {
  /** The columns it is about. */
  columns: z.array(z.string()),
  /** What was found, as a sentence. */
  message: z.string(),
  /** What that means for training and what to do about it. */
  advice: z.string()
}

/** A class, or any value, and on how many rows it stands. */
export const valueCountSchema = z.strictObject({ value: z.string(), count })
export type ValueCount = z.infer<typeof valueCountSchema>

/** How a column gives a target away. */
export const leakages = [
  /** It holds the target's value in every row. */
  'equals',
  /** Each of its values goes with one class only. */
  'determines',
  /** Its relation to the target is almost perfect. */
  'related'
] as const

/** Something about the data that matters for training, as figures and in words. */
export const tableWarningSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('empty'), ...common }),
  z.strictObject({ kind: z.literal('constant'), ...common }),
  z.strictObject({ kind: z.literal('identifier'), ...common }),
  z.strictObject({
    kind: z.literal('duplicateRows'),
    ...common,
    /** Rows that repeat an earlier one in all columns. */
    rows: count,
    /** Different rows that come more than once. */
    groups: count,
    /** The first of those groups, each with its first rows. */
    examples: z.array(z.array(row))
  }),
  /** The first column and its copies. */
  z.strictObject({ kind: z.literal('copies'), ...common }),
  z.strictObject({
    kind: z.literal('missing'),
    ...common,
    /** Share of the rows without a value, for each column. */
    shares: z.array(share)
  }),
  z.strictObject({
    kind: z.literal('manyCategories'),
    ...common,
    /** How many categories each column has. */
    distinct: z.array(count)
  }),
  z.strictObject({
    kind: z.literal('scale'),
    ...common,
    /** Root mean square of the column with the largest values over that of the one with the smallest. */
    ratio: z.number()
  }),
  z.strictObject({
    kind: z.literal('outliers'),
    ...common,
    /** For each column: how many values are far out, and the farthest with the first row it stands in. */
    outliers: z.array(z.strictObject({ count, value: z.number(), row }))
  }),
  z.strictObject({
    kind: z.literal('leakage'),
    ...common,
    target: z.string(),
    how: z.enum(leakages)
  }),
  z.strictObject({
    kind: z.literal('imbalance'),
    ...common,
    largest: valueCountSchema,
    smallest: valueCountSchema
  })
])
export type TableWarning = z.infer<typeof tableWarningSchema>
