import { z } from 'zod'
import { preparedFeatureSchema, splitCountsSchema, taskSchema } from './prepared'
import { dialectConfidenceSchema, dialectSchema } from './table/dialect'
import { columnSummarySchema } from './table/profile'
import { readingSchema } from './table/reading'
import { tableWarningSchema } from './table/warnings'

const count = z.number().int().nonnegative()

/** What reading a table found. */
export const tableSummarySchema = z.strictObject({
  name: z.string(),
  sha256: z.string(),
  bytes: count,
  /** Data rows, header not counted. */
  rows: count,
  dialect: dialectSchema,
  confidence: dialectConfidenceSchema,
  reading: readingSchema,
  columns: z.array(columnSummarySchema),
  /** The first rows as text, null for a missing value. */
  preview: z.array(z.array(z.string().nullable())),
  /** Things a person should know: skipped lines, renamed columns. */
  notes: z.array(z.string()),
  /** What about the values matters for training, whatever the target is. */
  warnings: z.array(tableWarningSchema)
})
export type TableSummary = z.infer<typeof tableSummarySchema>

/** What preparing a table for training made. */
export const preparedSummarySchema = z.strictObject({
  id: z.string(),
  /** Of the table's file as it was read for this: another one than the open table's when the file has changed since. */
  tableSha256: z.string(),
  /** Rows of the table. */
  tableRows: count,
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
  /** What became of each feature, in the order of the inputs. */
  features: z.array(preparedFeatureSchema),
  /** For classification: rows of each class in the training split, in the order of outputNames. */
  classCounts: z.array(z.strictObject({ class: z.string(), count })),
  warnings: z.array(z.string())
})
export type PreparedSummary = z.infer<typeof preparedSummarySchema>
