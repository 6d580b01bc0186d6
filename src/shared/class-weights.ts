import { z } from 'zod'
import { LaminaError } from './errors'
import type { Preprocessing } from './weights/schema'

/** What one class may weigh. */
export const leastClassWeight = 1e-6
export const mostClassWeight = 1e6
const outOfRange = `expected a number from ${leastClassWeight} to ${mostClassWeight}`

/**
 * What the loss of a sample counts, by its class: all the same, each class as much as every other, or numbers of one's
 * own, by name; a class that is not named weighs 1.
 */
export const classWeightsSchema = z
  .union(
    [
      z.enum(['none', 'balanced']),
      z.record(
        z.string().max(10_000),
        z.number({ error: outOfRange }).min(leastClassWeight, outOfRange).max(mostClassWeight, outOfRange)
      )
    ],
    { error: 'expected "none", "balanced", or a number for each class, such as { "yes": 5 }' }
  )
  .default('none')
  .meta({
    title: 'Class weights',
    description:
      'What the loss of a row counts, by its class: "none" for 1 each, "balanced" for n / (k · n_class) over the training rows, or a number for each class. Losses are weighted, accuracies are not.'
  })
export type ClassWeights = z.infer<typeof classWeightsSchema>

/** The weight of one class, for people to see. */
export const classWeightSchema = z.strictObject({ class: z.string(), weight: z.number() })
export type ClassWeight = z.infer<typeof classWeightSchema>

/** How many classes a text lists. */
const MOST_NAMED = 8

/** What a table is to predict. */
export interface PredictedTarget {
  /** The target columns. */
  readonly columns: readonly string[]
  /** In the order of the outputs; null where the first target is a number. */
  readonly classes: readonly string[] | null
}

export function predictedTarget({ targets }: Pick<Preprocessing, 'targets'>): PredictedTarget {
  const [first] = targets
  return {
    columns: targets.map(({ column }) => column),
    classes: first?.kind === 'categorical' ? first.classes : null
  }
}

/**
 * The classes that have weights; null where all rows count the same.
 * @throws LaminaError `invalidDesign` where the target has no classes, or not one that is named
 */
export function weighedClasses(setting: ClassWeights, { columns, classes }: PredictedTarget): readonly string[] | null {
  if (setting === 'none') return null
  const column = columns[0] ?? ''
  if (columns.length > 1) {
    throw new LaminaError(
      'invalidDesign',
      `Class weights need a single target, but there are ${columns.length}. Set them to "none", or choose one target.`
    )
  }
  if (classes === null) {
    throw new LaminaError(
      'invalidDesign',
      `Class weights need a target of classes, but "${column}" is a number. Set them to "none", or make the target categorical.`
    )
  }
  const unknown = setting === 'balanced' ? undefined : Object.keys(setting).find((name) => !classes.includes(name))
  if (unknown !== undefined) {
    const shown = classes.slice(0, MOST_NAMED).map((name) => `"${name}"`)
    const more = classes.length > MOST_NAMED ? ` and ${classes.length - MOST_NAMED} more` : ''
    throw new LaminaError(
      'invalidDesign',
      `The class weights name "${unknown}", but the target "${column}" has the classes ${shown.join(', ')}${more}. Correct the name or remove it.`,
      { class: unknown }
    )
  }
  return classes
}

/**
 * The weight of each class. Balanced ones are n / (k · n_class), as scikit-learn's: k classes are in the n training rows,
 * n_class times each. Their mean over the training rows is 1. Classes that no training row has weigh 1.
 * @param counts training rows of each class
 */
export function weightsOfClasses(
  setting: Exclude<ClassWeights, 'none'>,
  classes: readonly string[],
  counts: readonly number[]
): ClassWeight[] {
  const rows = counts.reduce((sum, count) => sum + count, 0)
  const present = counts.filter((count) => count > 0).length
  return classes.map((name, index) => {
    const count = counts[index] ?? 0
    const balanced = count === 0 ? 1 : rows / (present * count)
    if (setting === 'balanced') return { class: name, weight: balanced }
    return { class: name, weight: Object.hasOwn(setting, name) ? (setting[name] ?? 1) : 1 }
  })
}

/** A weight as it is shown: with three digits. */
export function roundedWeight(weight: number): number {
  return Number(weight.toPrecision(3))
}

/** "no 0.536, yes 7.56" */
export function classWeightsText(weights: readonly ClassWeight[]): string {
  const shown = weights.slice(0, MOST_NAMED).map(({ class: name, weight }) => `${name} ${roundedWeight(weight)}`)
  return weights.length > MOST_NAMED ? `${shown.join(', ')} and ${weights.length - MOST_NAMED} more` : shown.join(', ')
}
