import { LaminaError } from '../errors'
import type { FeatureEncoding, Preprocessing, RawRow, TargetEncoding } from './schema'

/** n[0]: how many inputs the encoded features take. */
export function encodedWidth(preprocessing: Preprocessing): number {
  return preprocessing.features.reduce((sum, feature) => sum + featureWidth(feature), 0)
}
export function featureWidth(feature: FeatureEncoding): number {
  return feature.kind === 'numeric' ? 1 : feature.categories.length
}
/** n[L]: how many outputs the encoded targets take. */
export function targetWidth(preprocessing: Preprocessing): number {
  return preprocessing.targets.reduce((sum, target) => sum + targetUnits(target), 0)
}
export function targetUnits(target: TargetEncoding): number {
  return target.kind === 'categorical' && target.encoding === 'oneHot' ? target.classes.length : 1
}

/**
 * One raw row as A[0], written into `into` at `offset` (`encodedWidth` numbers).
 * A category never seen in training becomes all zeros; a missing value takes the fitted stand-in.
 * @throws LaminaError `invalidData` for a missing value without a stand-in, or text where a number belongs
 */
export function encodeFeatures(preprocessing: Preprocessing, row: RawRow, into: Float32Array, offset: number): void {
  let at = offset
  for (const feature of preprocessing.features) {
    const raw = row[feature.column]
    const missing = raw === undefined || raw === null || (typeof raw === 'string' && raw.trim() === '')
    const value = missing ? feature.missing : raw
    if (value === null) {
      throw new LaminaError(
        'invalidData',
        `Column "${feature.column}" has no value, and this network was prepared with missing values being an error. Fill it in.`,
        { column: feature.column }
      )
    }
    if (feature.kind === 'numeric') {
      const number = typeof value === 'number' ? value : Number(value)
      if (!Number.isFinite(number)) {
        throw new LaminaError('invalidData', `Column "${feature.column}" must be a number, found "${String(value)}".`, {
          column: feature.column,
          found: value
        })
      }
      into[at++] = (number - feature.mean) / feature.scale
    } else {
      const text = String(value)
      for (const category of feature.categories) into[at++] = category === text ? 1 : 0
    }
  }
}

export type DecodedTarget =
  | { column: string; kind: 'categorical'; predicted: string; probabilities: { class: string; probability: number }[] }
  | { column: string; kind: 'numeric'; predicted: number }

/** The outputs Ŷ of one sample as predictions in the targets' own words and units. */
export function decodeOutputs(preprocessing: Preprocessing, outputs: ArrayLike<number>, offset = 0): DecodedTarget[] {
  let at = offset
  return preprocessing.targets.map((target) => {
    if (target.kind === 'numeric')
      return {
        column: target.column,
        kind: 'numeric',
        predicted: (outputs[at++] ?? Number.NaN) * target.scale + target.mean
      }
    if (target.encoding === 'binary') {
      const second = outputs[at++] ?? Number.NaN
      return decodedClass(target.column, target.classes, [1 - second, second])
    }
    const probabilities = target.classes.map(() => outputs[at++] ?? Number.NaN)
    return decodedClass(target.column, target.classes, probabilities)
  })
}

function decodedClass(column: string, classes: readonly string[], probabilities: readonly number[]): DecodedTarget {
  const pairs = classes.map((name, index) => ({ class: name, probability: probabilities[index] ?? Number.NaN }))
  const best = pairs.reduce(
    (a, b) => (b.probability > a.probability ? b : a),
    pairs[0] ?? { class: '', probability: Number.NaN }
  )
  return { column, kind: 'categorical', predicted: best.class, probabilities: pairs }
}
