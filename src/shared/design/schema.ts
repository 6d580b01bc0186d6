import { z } from 'zod'
import { nodeIdSchema, nodeSchema } from '../catalogue/blocks'
import { optimizerSchema } from '../catalogue/optimizers'
import { defaultsOf, shapeOf } from '../catalogue/parameter'
import { earlyStoppingSchema, scheduleSchema } from '../catalogue/schedules'
import { encodingParameters, splitParameters, trainingParameters } from '../catalogue/training'
import { classWeightsSchema } from '../class-weights'
import { columnSettingSchema } from '../table/column-types'
import { dialectOverridesSchema } from '../table/dialect'

export const DESIGN_FORMAT = 'lamina-design'
export const DESIGN_VERSION = 1
export const DESIGN_EXTENSION = '.lamina'

export const edgeSchema = z.strictObject({ source: nodeIdSchema, target: nodeIdSchema })
export type DesignEdge = z.infer<typeof edgeSchema>

export const networkSchema = z.strictObject({
  nodes: z.array(nodeSchema).max(10_000),
  edges: z.array(edgeSchema).max(20_000)
})
export type Network = z.infer<typeof networkSchema>

export const scalings = ['standard', 'minMax', 'robust', 'none'] as const
export const scalingSchema = z.enum(scalings)
export type Scaling = z.infer<typeof scalingSchema>

export const missingPolicies = ['error', 'dropRow', 'mean', 'median', 'mode'] as const
export const missingPolicySchema = z.enum(missingPolicies)
export type MissingPolicy = z.infer<typeof missingPolicySchema>

const columnName = z.string().max(10_000)

/** How a table becomes matrices: everything of `design.dataset` but where the table is. */
export const datasetSettingsSchema = z.strictObject({
  /** Columns to predict. */
  targets: z.array(columnName).min(1).max(1000),
  /** Columns to predict from; "auto" takes every column that is neither a target nor excluded for a reason. */
  features: z.union([z.literal('auto'), z.array(columnName).max(100_000)]).default('auto'),
  /** What a person decided about single columns, over what was inferred. */
  columns: z.record(columnName, columnSettingSchema).default({}),
  scaling: scalingSchema.default('standard'),
  missing: missingPolicySchema.default('error'),
  ...shapeOf(encodingParameters),
  split: z
    .strictObject(shapeOf(splitParameters))
    .refine((split) => split.validation + split.test < 1, {
      error: 'validation and test shares must leave rows to train on: their sum must be below 1'
    })
    .default(defaultsOf(splitParameters))
})
export type DatasetSettings = z.infer<typeof datasetSettingsSchema>

export const designDatasetSchema = datasetSettingsSchema.extend({
  /** The table's file, relative to the design's folder. */
  path: z.string().min(1).max(4096),
  /** What a person decided about how it is read; everything else is detected. */
  reading: dialectOverridesSchema.default({})
})
export type DesignDataset = z.infer<typeof designDatasetSchema>

/** What a design says about its table but for where it is and how it is read. */
export function datasetSettingsOf({ path: _path, reading: _reading, ...settings }: DesignDataset): DatasetSettings {
  return settings
}

export const trainingSettingsSchema = z.strictObject({
  optimizer: optimizerSchema,
  ...shapeOf(trainingParameters),
  classWeights: classWeightsSchema,
  schedule: scheduleSchema.default(null),
  earlyStopping: earlyStoppingSchema.default(null)
})
export type TrainingSettings = z.infer<typeof trainingSettingsSchema>

export const designSchema = z.strictObject({
  format: z.literal(DESIGN_FORMAT),
  version: z.literal(DESIGN_VERSION),
  name: z.string().min(1).max(200),
  network: networkSchema,
  dataset: designDatasetSchema.nullable(),
  training: trainingSettingsSchema
})
/** A whole design document, defaults filled in. */
export type Design = z.infer<typeof designSchema>
