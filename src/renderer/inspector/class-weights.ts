import {
  roundedWeight,
  weighedClasses,
  weightsOfClasses,
  type ClassWeight,
  type ClassWeights,
  type PredictedTarget
} from '../../shared/class-weights'
import type { PreparedSummary } from '../../shared/dataset'
import { messageOf } from '../../shared/errors'
import type { DatasetSettings, Design } from '../../shared/design/schema'

/** A class of the target with its training rows. */
export type ClassCount = PreparedSummary['classCounts'][number]

/** The classes that can have weights: those of a single target; none where there is no such target. */
export function weighableClasses(settings: DatasetSettings | null, prepared: PreparedSummary | null): ClassCount[] {
  return settings?.targets.length === 1 ? (prepared?.classCounts ?? []) : []
}

/** Why a design's class weights cannot be used with its table, or null. */
export function classWeightsProblem(
  setting: ClassWeights,
  settings: DatasetSettings,
  prepared: PreparedSummary
): string | null {
  const classes = prepared.task === 'classification' ? prepared.classCounts.map((entry) => entry.class) : null
  const target: PredictedTarget = { columns: settings.targets, classes }
  try {
    weighedClasses(setting, target)
    return null
  } catch (error) {
    return messageOf(error)
  }
}

/** What a setting makes each class weigh. */
export function weightsNow(setting: ClassWeights, classes: readonly ClassCount[]): ClassWeight[] {
  if (setting === 'none') return []
  return weightsOfClasses(
    setting,
    classes.map((entry) => entry.class),
    classes.map(({ count }) => count)
  )
}

export function withClassWeights(design: Design, classWeights: ClassWeights): Design {
  return { ...design, training: { ...design.training, classWeights } }
}

/** Numbers of one's own to begin with: those that balance the classes, to three digits. */
export function weightsByHand(classes: readonly ClassCount[]): Exclude<ClassWeights, string> {
  return Object.fromEntries(
    weightsNow('balanced', classes).map(({ class: name, weight }) => [name, roundedWeight(weight)])
  )
}

/** One class with another weight; names that are no class of the target any more are dropped. */
export function withClassWeight(
  design: Design,
  classes: readonly ClassCount[],
  changed: string,
  weight: number
): Design {
  const entries = weightsNow(design.training.classWeights, classes).map((entry) => {
    return [entry.class, entry.class === changed ? weight : entry.weight] as const
  })
  return withClassWeights(design, Object.fromEntries(entries))
}
