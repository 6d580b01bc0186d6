import { z } from 'zod'
import { targetTypeSchema } from './column-types'
import { tableWarningSchema, valueCountSchema } from './warnings'

const count = z.number().int().nonnegative()

/**
 * How a relation is measured: Pearson's r between numbers (−1 … 1), the correlation ratio η between categories and
 * numbers, Cramér's V with bias correction between categories (both 0 … 1).
 */
export const relationMeasures = ['pearson', 'correlationRatio', 'cramersV'] as const
export type RelationMeasure = (typeof relationMeasures)[number]

export const relationSchema = z.strictObject({
  column: z.string(),
  measure: z.enum(relationMeasures),
  /** Over the rows with a value in both columns; null for identifiers, free text, and where one of the two never varies. */
  value: z.number().min(-1).max(1).nullable()
})
export type Relation = z.infer<typeof relationSchema>

export const targetRelationsSchema = z.strictObject({
  target: z.string(),
  /** As what the target is taken. */
  type: targetTypeSchema,
  /** Why: what a person chose, or what its values look like. */
  evidence: z.string(),
  /** Of a categorical target: how many classes there are, and rows of the most frequent 50. */
  classes: z.strictObject({ distinct: count, top: z.array(valueCountSchema) }).nullable(),
  /** One for every other column, in the table's order. */
  relations: z.array(relationSchema)
})
export type TargetRelations = z.infer<typeof targetRelationsSchema>

/** What every column has to do with the targets. */
export const relationsSchema = z.strictObject({
  targets: z.array(targetRelationsSchema),
  /** Columns that give a target away, and classes that are rare. */
  warnings: z.array(tableWarningSchema)
})
export type Relations = z.infer<typeof relationsSchema>
