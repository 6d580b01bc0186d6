import { z } from 'zod'
import { columnTypeSchema } from './design/schema'
import { splitCountsSchema, taskSchema } from './prepared'

const finite = z.number()
const count = z.number().int().nonnegative()

export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const
export const delimiters = [',', ';', '\t', '|'] as const

/** How a text file is read as a table. */
export const dialectSchema = z.strictObject({
  encoding: z.enum(encodings),
  delimiter: z.enum(delimiters),
  quote: z.enum(['"', "'", '']),
  header: z.boolean(),
  decimalMark: z.enum(['.', ','])
})
export type Dialect = z.infer<typeof dialectSchema>
/** What a person overrides; everything else is detected. */
export const dialectOverridesSchema = dialectSchema.partial()
export type DialectOverrides = z.infer<typeof dialectOverridesSchema>

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

/** What reading a table found. */
export const tableSummarySchema = z.strictObject({
  name: z.string(),
  sha256: z.string(),
  bytes: count,
  /** Data rows, header not counted. */
  rows: count,
  dialect: dialectSchema,
  columns: z.array(columnSummarySchema),
  /** The first rows as text, null for a missing value. */
  preview: z.array(z.array(z.string().nullable())),
  /** Things a person should know: skipped lines, renamed columns. */
  notes: z.array(z.string())
})
export type TableSummary = z.infer<typeof tableSummarySchema>

/** What preparing a table for training made. */
export const preparedSummarySchema = z.strictObject({
  id: z.string(),
  rows: splitCountsSchema,
  /** Rows left out because a value was missing (`missing: dropRow`). */
  droppedRows: count,
  inputs: count,
  outputs: count,
  task: taskSchema,
  /** One name per input: a column, or column=category. */
  inputNames: z.array(z.string()),
  /** One name per output: a class, or the target column. */
  outputNames: z.array(z.string()),
  /** For classification: rows of each class in the training split, in the order of outputNames. */
  classCounts: z.array(z.strictObject({ class: z.string(), count })),
  warnings: z.array(z.string())
})
export type PreparedSummary = z.infer<typeof preparedSummarySchema>
