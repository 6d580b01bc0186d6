import { z } from 'zod'
import { activations, losses, type ActivationName, type LossName } from '../catalogue/functions'
import { nodeIdSchema } from '../catalogue/blocks'
import { scalingSchema } from '../design/schema'
import { dateOrderSchema } from '../table/column-types'
import { missingWordsSchema } from '../table/dialect'

export const WEIGHTS_FORMAT = 'lamina-weights'
export const WEIGHTS_VERSION = 1
export const WEIGHTS_EXTENSION = '.weights.json'

const finite = z.number({ error: 'expected a finite number' })
const count = z.number().int().positive()
/** What is divided by; constant columns have 1. */
const scale = z.number({ error: 'expected a number above 0' }).positive({ error: 'expected a number above 0' })
const activationName = z.enum(activations.map((a) => a.value) as [ActivationName, ...ActivationName[]])
const lossName = z.enum(losses.map((l) => l.value) as [LossName, ...LossName[]])

export const denseLayerSchema = z.strictObject({
  id: nodeIdSchema,
  type: z.literal('dense'),
  /** n[l−1] */
  inputs: count,
  /** n[l] */
  units: count,
  /** W_B: `units` rows of `inputs + 1` numbers, the bias last. */
  weights: z.array(z.array(finite))
})
export const activationLayerSchema = z.strictObject({
  id: nodeIdSchema,
  type: z.literal('activation'),
  function: activationName
})
export const layerSchema = z.discriminatedUnion('type', [denseLayerSchema, activationLayerSchema])
export type WeightsLayer = z.infer<typeof layerSchema>

/**
 * x′ = (x − mean) / scale. By scaling, of the training rows: standard has mean and standard deviation, minMax minimum
 * and range, robust median and interquartile range, none 0 and 1.
 */
export const numericFeatureSchema = z.strictObject({
  column: z.string(),
  kind: z.literal('numeric'),
  /** How mean and scale were fitted; computing needs only those. */
  scaling: scalingSchema.default('standard'),
  mean: finite,
  scale,
  /** What stands in for a missing value, in the column's units; null when a missing value is an error. */
  missing: finite.nullable().default(null)
})
/** One-hot: one input per category, in this order; a category not listed here becomes all zeros. */
export const categoricalFeatureSchema = z.strictObject({
  column: z.string(),
  kind: z.literal('categorical'),
  categories: z.array(z.string()).min(1),
  /** The category that stands in for a missing value; null when a missing value is an error. */
  missing: z.string().nullable().default(null)
})
/** One input, 0 for a word in `no` and 1 for one in `yes`, in any case; any other value counts as missing. */
export const booleanFeatureSchema = z.strictObject({
  column: z.string(),
  kind: z.literal('boolean'),
  no: z.array(z.string()).min(1),
  yes: z.array(z.string()).min(1),
  /** What stands in for a missing value; null when a missing value is an error. */
  missing: z
    .union([z.literal(0), z.literal(1)])
    .nullable()
    .default(null)
})
/** One input, x′ = (rank − mean) / scale: rank 0 for the first category of the order; any other value counts as missing. */
export const ordinalFeatureSchema = z.strictObject({
  column: z.string(),
  kind: z.literal('ordinal'),
  order: z.array(z.string()).min(2),
  scaling: scalingSchema.default('standard'),
  mean: finite,
  scale,
  /** The rank that stands in for a missing value; null when a missing value is an error. */
  missing: finite.nullable().default(null)
})
/**
 * What a date is turned into, t being days since 1970-01-01T00:00 as its calendar and clock showed them: x′ = (t − mean)
 * / scale; x′ = (year − mean) / scale; and sin and cos of 2π · m/12 with m = 0 in January, of 2π · w/7 with w = 0 on
 * Monday, and of 2π · h/24 with h the hours since midnight.
 */
export const encodedDatePartSchema = z.discriminatedUnion('part', [
  z.strictObject({ part: z.enum(['time', 'year']), mean: finite, scale }),
  z.strictObject({ part: z.enum(['month', 'weekday', 'hour']) })
])
export type EncodedDatePart = z.infer<typeof encodedDatePartSchema>
/** One input for each number and two for each point on a circle, in this order. */
export const dateFeatureSchema = z.strictObject({
  column: z.string(),
  kind: z.literal('date'),
  order: dateOrderSchema,
  scaling: scalingSchema.default('standard'),
  parts: z.array(encodedDatePartSchema).min(1),
  /** The t that stands in for a missing value; null when a missing value is an error. */
  missing: finite.nullable().default(null)
})
export const featureEncodingSchema = z.discriminatedUnion('kind', [
  numericFeatureSchema,
  categoricalFeatureSchema,
  booleanFeatureSchema,
  ordinalFeatureSchema,
  dateFeatureSchema
])
export type FeatureEncoding = z.infer<typeof featureEncodingSchema>

/** y = output · scale + mean, in the column's units. */
export const numericTargetSchema = z.strictObject({
  column: z.string(),
  kind: z.literal('numeric'),
  mean: finite,
  scale
})
export const targetEncodings = ['oneHot', 'binary'] as const
/** oneHot: an output per class, in this order. binary: one output, the probability of the second class. */
export const categoricalTargetSchema = z.strictObject({
  column: z.string(),
  kind: z.literal('categorical'),
  encoding: z.enum(targetEncodings).default('oneHot'),
  classes: z.array(z.string()).min(2)
})
export const targetSchema = z.discriminatedUnion('kind', [categoricalTargetSchema, numericTargetSchema])
export type TargetEncoding = z.infer<typeof targetSchema>
export type CategoricalEncoding = (typeof targetEncodings)[number]

/** Everything fitted on the training rows that turns a raw row into A[0] and back. */
export const preprocessingSchema = z.strictObject({
  features: z.array(featureEncodingSchema).min(1),
  targets: z.array(targetSchema).min(1),
  /** Words that were taken for missing besides empty cells, NA and the like; in any case. */
  missingWords: missingWordsSchema.optional()
})
export type Preprocessing = z.infer<typeof preprocessingSchema>

/** A raw row: what stands in the table, by column; a number for numeric columns, text for categorical ones. */
export const rawRowSchema = z.record(z.string(), z.union([finite, z.string(), z.null()]))
export type RawRow = z.infer<typeof rawRowSchema>

export const weightsSchema = z.strictObject({
  format: z.literal(WEIGHTS_FORMAT),
  version: z.literal(WEIGHTS_VERSION),
  name: z.string(),
  layers: z.array(layerSchema).min(1),
  loss: lossName,
  preprocessing: preprocessingSchema,
  training: z.strictObject({
    epochs: z.number().int().nonnegative(),
    seed: z.number().int().nonnegative(),
    dataset: z.strictObject({ sha256: z.string(), rows: z.number().int().nonnegative() }),
    metrics: z.record(z.string(), finite)
  }),
  /** Rows of the table with what the network puts out for them: any loader can be checked against these. */
  testVectors: z.array(z.strictObject({ input: rawRowSchema, output: z.array(finite) }))
})
/** A trained network that can be used anywhere. */
export type WeightsDocument = z.infer<typeof weightsSchema>
