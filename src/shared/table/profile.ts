import { z } from 'zod'
import { columnTypeSchema } from '../design/schema'

const finite = z.number()
const count = z.number().int().nonnegative()

export const numericProfileSchema = z.strictObject({
  min: finite,
  mean: finite,
  median: finite,
  max: finite,
  standardDeviation: finite,
  integer: z.boolean(),
  /** Counts in equal bins from min to max. */
  histogram: z.array(count)
})
export const columnSummarySchema = z.strictObject({
  name: z.string(),
  /** Position in the table, from 0. */
  index: count,
  /** What the values look like. */
  type: columnTypeSchema,
  /** What type the column would have as a target: a few whole numbers are classes. */
  targetType: columnTypeSchema,
  missing: count,
  distinct: count,
  /** Null for a column without a single number. */
  numeric: numericProfileSchema.nullable(),
  /** The most frequent values first, at most 50. */
  categories: z.array(z.strictObject({ value: z.string(), count })),
  /** Why "auto" leaves it out of the features: constant, identifier, free text, empty. Null when it takes it. */
  excluded: z.string().nullable()
})
export type ColumnSummary = z.infer<typeof columnSummarySchema>
