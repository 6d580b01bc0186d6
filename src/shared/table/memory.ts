import { z } from 'zod'

/** Less than this is not enough to sort a table with temporary files. */
export const LEAST_TABLE_MEMORY = 256 * 2 ** 20

export const tableMemoryBytesSchema = z.number().int().min(LEAST_TABLE_MEMORY).max(Number.MAX_SAFE_INTEGER)

/** How much memory reading and preparing tables may take; more goes to temporary files. Bytes. */
export const tableMemorySchema = z.strictObject({
  limit: z.number().int().positive(),
  /** What a person chose; null for a quarter of the computer's memory. */
  chosen: tableMemoryBytesSchema.nullable(),
  /** Of the computer. */
  total: z.number().int().positive()
})
export type TableMemory = z.infer<typeof tableMemorySchema>
