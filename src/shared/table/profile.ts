import { z } from 'zod'
import { columnTypeSchema, dateOrderSchema, targetTypeSchema } from './column-types'

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
export const dateProfileSchema = z.strictObject({
  /** Null when day and month cannot be told apart: both readings fit every value. */
  order: dateOrderSchema.nullable(),
  /** Some values are not at midnight. */
  timeOfDay: z.boolean(),
  /** The earliest and the latest, in ISO 8601; null as long as the order is not known. */
  first: z.string().nullable(),
  last: z.string().nullable()
})
export type DateProfile = z.infer<typeof dateProfileSchema>
export const columnSummarySchema = z.strictObject({
  name: z.string(),
  /** Position in the table, from 0. */
  index: count,
  /** What the values look like. */
  type: columnTypeSchema,
  /** Why: what all of its values have in common. */
  evidence: z.string(),
  /** What type the column would have as a target: a few whole numbers are classes. */
  targetType: targetTypeSchema,
  /** Why: how many different values there are, and how often each comes. */
  targetEvidence: z.string(),
  missing: count,
  /** Different values. */
  distinct: count,
  /** Whether they were counted; else their number is an estimate, within some per cent. */
  distinctExact: z.boolean(),
  /** Null for a column without a single number. */
  numeric: numericProfileSchema.nullable(),
  /** Null unless every value is a date. */
  date: dateProfileSchema.nullable(),
  /** The most frequent values first, at most 50. */
  categories: z.array(z.strictObject({ value: z.string(), count })),
  /** Why "auto" leaves it out of the features: constant, identifier, free text, empty. Null when it takes it. */
  excluded: z.string().nullable()
})
export type ColumnSummary = z.infer<typeof columnSummarySchema>
