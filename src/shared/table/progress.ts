import { z } from 'zod'

export const tableStages = ['reading', 'profiling', 'preparing'] as const

/** How far work on a table has come. Figures that are not known, or not known yet, are null. */
export const tableProgressSchema = z.strictObject({
  stage: z.enum(tableStages),
  /** Of the stage, from 0 to 1. */
  fraction: z.number().min(0).max(1).nullable(),
  /** Rows that were read so far. */
  rows: z.number().int().nonnegative().nullable(),
  /** Bytes of the file a second, on average over the stage. */
  bytesPerSecond: z.number().nonnegative().nullable(),
  /** Until the end of the stage, if it goes on like this. */
  secondsLeft: z.number().nonnegative().nullable()
})
export type TableProgress = z.infer<typeof tableProgressSchema>
