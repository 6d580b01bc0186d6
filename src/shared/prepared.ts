import { z } from 'zod'
import { preprocessingSchema } from './weights/schema'

/** The folder of a prepared dataset holds these; see `manifestSchema`. */
export const MANIFEST_FILE = 'manifest.json'

export const taskSchema = z.enum(['classification', 'regression'])
export type Task = z.infer<typeof taskSchema>

const rows = z.number().int().nonnegative()
export const splitCountsSchema = z.strictObject({ train: rows, validation: rows, test: rows })
export type SplitCounts = z.infer<typeof splitCountsSchema>
export const splitNames = ['train', 'validation', 'test'] as const
export type SplitName = (typeof splitNames)[number]

/**
 * A prepared dataset on disk: everything the training worker needs. `features.f32` and `targets.f32` are float32
 * little-endian, one sample after the other (`inputs` and `outputs` numbers each): first all training rows, then
 * validation, then test.
 */
export const manifestSchema = z.strictObject({
  format: z.literal('lamina-prepared'),
  version: z.literal(1),
  /** Hash of the table's content and all settings: the cache key and the folder's name. */
  id: z.string(),
  dataset: z.strictObject({ name: z.string(), sha256: z.string(), rows }),
  rows: splitCountsSchema,
  /** n[0] and n[L] */
  inputs: z.number().int().positive(),
  outputs: z.number().int().positive(),
  task: taskSchema,
  preprocessing: preprocessingSchema,
  files: z.strictObject({ features: z.string(), targets: z.string() }),
  /** Row numbers of the table (from 1, header not counted) of a few rows per split, for test vectors. */
  samples: z.array(
    z.strictObject({
      split: z.enum(splitNames),
      index: rows,
      row: rows,
      values: z.record(z.string(), z.union([z.number(), z.string(), z.null()]))
    })
  )
})
export type PreparedManifest = z.infer<typeof manifestSchema>
