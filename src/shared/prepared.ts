import { z } from 'zod'
import {
  booleanFeatureSchema,
  categoricalFeatureSchema,
  dateFeatureSchema,
  numericFeatureSchema,
  ordinalFeatureSchema,
  preprocessingSchema
} from './weights/schema'

/** The folder of a prepared dataset holds these; see `manifestSchema`. */
export const MANIFEST_FILE = 'manifest.json'

export const taskSchema = z.enum(['classification', 'regression'])
export type Task = z.infer<typeof taskSchema>

const rows = z.number().int().nonnegative()
export const splitCountsSchema = z.strictObject({ train: rows, validation: rows, test: rows })
export type SplitCounts = z.infer<typeof splitCountsSchema>
export const splitNames = ['train', 'validation', 'test'] as const
export type SplitName = (typeof splitNames)[number]

/** `filled`: used rows in which `missing` stands in. */
const filled = { filled: rows }

/** What preparation made of a feature. */
export const preparedFeatureSchema = z.discriminatedUnion('kind', [
  numericFeatureSchema.extend(filled),
  booleanFeatureSchema.omit({ no: true, yes: true }).extend(filled),
  ordinalFeatureSchema.extend(filled),
  dateFeatureSchema.extend(filled),
  categoricalFeatureSchema.omit({ categories: true }).extend({
    /** Categories that are inputs; fewer than `distinct` where there are more than `maxCategories`. */
    inputs: rows,
    /** How many different categories the training rows have. */
    distinct: rows,
    ...filled
  })
])
export type PreparedFeature = z.infer<typeof preparedFeatureSchema>

/** Folds a table may be dealt into; as many as rows is leave-one-out. */
export const MOST_FOLDS = 10_000

/**
 * One round of k-fold cross-validation in place of the split's validation share: the rows that are not kept for test are
 * dealt into `count` folds, and those of fold `index` are validation. Every round has the same folds.
 */
export const foldSchema = z
  .strictObject({
    /** From 0. */
    index: z.number().int().nonnegative(),
    count: z.number().int().min(2, { error: 'cross-validation needs at least 2 folds' }).max(MOST_FOLDS)
  })
  .refine(({ index, count }) => index < count, { error: 'the index of a fold must be below the number of folds' })
export type Fold = z.infer<typeof foldSchema>

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
