import {
  predictedTarget,
  weighedClasses,
  weightsOfClasses,
  type ClassWeight,
  type ClassWeights
} from '../../shared/class-weights'
import type { PreparedManifest } from '../../shared/prepared'
import type { Samples } from '../engine'

/**
 * The weight of each class, in the order of the target's; null where all rows count the same.
 * @param train the training rows, whose classes are counted
 * @throws LaminaError `invalidDesign` where the target has no such classes
 */
export function classWeightsOf(
  setting: ClassWeights,
  { preprocessing }: PreparedManifest,
  train: Samples
): ClassWeight[] | null {
  const classes = weighedClasses(setting, predictedTarget(preprocessing))
  if (classes === null || setting === 'none') return null
  const counts = classes.map(() => 0)
  for (let sample = 0; sample < train.count; sample++) {
    const index = classOf(train, sample)
    counts[index] = (counts[index] ?? 0) + 1
  }
  return weightsOfClasses(setting, classes, counts)
}

/** The same samples, each weighing what its class does. */
export function weighed(samples: Samples, classWeights: readonly ClassWeight[] | null): Samples {
  if (classWeights === null) return samples
  const weights = Float32Array.from({ length: samples.count }, (_, sample) => {
    return classWeights[classOf(samples, sample)]?.weight ?? 1
  })
  return { ...samples, weights }
}

/** One-hot targets have an output per class; a single output is 1 for the second of two. */
function classOf({ count, targets }: Samples, sample: number): number {
  const outputs = targets.length / count
  if (outputs === 1) return (targets[sample] ?? Number.NaN) > 0.5 ? 1 : 0
  return targets.subarray(sample * outputs, (sample + 1) * outputs).indexOf(1)
}
