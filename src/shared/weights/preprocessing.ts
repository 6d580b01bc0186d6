import { LaminaError } from '../errors'
import type { DateOrder } from '../table/column-types'
import { isMissingWord } from '../table/missing-words'
import { calendarDate, dateOrderNames, daysOfDate } from '../table/dates'
import { standInOf, type Substitution } from './substitutions'
import type { EncodedDatePart, FeatureEncoding, Preprocessing, RawRow, TargetEncoding } from './schema'

/** n[0]: how many inputs the encoded features take. */
export function encodedWidth(preprocessing: Preprocessing): number {
  return preprocessing.features.reduce((sum, feature) => sum + featureWidth(feature), 0)
}
export function featureWidth(feature: FeatureEncoding): number {
  switch (feature.kind) {
    case 'numeric':
    case 'boolean':
    case 'ordinal':
      return 1
    case 'categorical':
      return feature.categories.length
    case 'date':
      return feature.parts.reduce((sum, part) => sum + ('mean' in part ? 1 : 2), 0)
  }
}
/** One name per input of a feature: the column, column=category, or the column and what of a date it is. */
export function inputNames(feature: FeatureEncoding): string[] {
  const { column } = feature
  switch (feature.kind) {
    case 'numeric':
    case 'boolean':
    case 'ordinal':
      return [column]
    case 'categorical':
      return feature.categories.map((category) => `${column}=${category}`)
    case 'date':
      return feature.parts.flatMap((encoded) =>
        'mean' in encoded
          ? [`${column} ${encoded.part}`]
          : [`${column} sin ${encoded.part}`, `${column} cos ${encoded.part}`]
      )
  }
}
/** n[L]: how many outputs the encoded targets take. */
export function targetWidth(preprocessing: Preprocessing): number {
  return preprocessing.targets.reduce((sum, target) => sum + targetUnits(target), 0)
}
export function targetUnits(target: TargetEncoding): number {
  return target.kind === 'categorical' && target.encoding === 'oneHot' ? target.classes.length : 1
}

type Feature<K extends FeatureEncoding['kind']> = Extract<FeatureEncoding, { kind: K }>

/** @throws LaminaError `invalidData` for what is no number */
function numberOf(feature: Feature<'numeric'>, value: string | number): number {
  const number = typeof value === 'number' ? value : Number(value)
  if (Number.isFinite(number)) return number
  throw notUnderstood(feature, value)
}

/** @throws LaminaError `invalidData` for what is no date */
function daysOf(feature: Feature<'date'>, value: string | number): number {
  const days = daysOfDate(String(value), feature.order)
  if (days !== null) return days
  throw notUnderstood(feature, value)
}

function booleanOf({ no, yes }: Feature<'boolean'>, value: string | number): 0 | 1 | null {
  const word = String(value).trim().toLowerCase()
  return yes.includes(word) ? 1 : no.includes(word) ? 0 : null
}

function rankOf({ order }: Feature<'ordinal'>, value: string | number): number | null {
  const rank = order.indexOf(String(value).trim())
  return rank < 0 ? null : rank
}

/**
 * One raw row as A[0], written into `into` at `offset` (`encodedWidth` numbers).
 * A category never seen in training becomes all zeros; a missing value takes the fitted stand-in, and so does a value that
 * is not among the words of a boolean or the categories of an order.
 * @throws LaminaError `invalidData` for a missing value without a stand-in, or text where a number or a date belongs
 */
export function encodeFeatures(preprocessing: Preprocessing, row: RawRow, into: Float32Array, offset: number): void {
  let at = offset
  for (const feature of preprocessing.features) {
    encodeFeature(feature, valueIn(row, feature.column, preprocessing.missingWords), into, at)
    at += featureWidth(feature)
  }
}

/** What `encodeFeatures` puts in for values of a row that say nothing it can use, in the order of the features. */
export function substitutionsIn(preprocessing: Preprocessing, row: RawRow): Substitution[] {
  return preprocessing.features.flatMap((feature): Substitution[] => {
    const raw = valueIn(row, feature.column, preprocessing.missingWords)
    const told = (isSo: boolean): Substitution['notUnderstood'] =>
      isSo ? { rows: 1, examples: [String(raw)] } : { rows: 0, examples: [] }
    const notUnderstood =
      raw !== null &&
      ((feature.kind === 'boolean' && booleanOf(feature, raw) === null) ||
        (feature.kind === 'ordinal' && rankOf(feature, raw) === null))
    const unknown = raw !== null && feature.kind === 'categorical' && !feature.categories.includes(String(raw))
    if (raw !== null && !notUnderstood && !unknown) return []
    return [
      {
        column: feature.column,
        kind: feature.kind,
        missing: raw === null ? 1 : 0,
        notUnderstood: told(notUnderstood),
        unknownCategory: told(unknown),
        standIn: standInOf(feature)
      }
    ]
  })
}

/** What stands in a row, null for a missing value: the words for one are those of tables. */
function valueIn(row: RawRow, column: string, words: readonly string[] = []): string | number | null {
  const raw = row[column] ?? null
  return raw === null || isMissingWord(String(raw), words) ? null : raw
}

function encodeFeature(feature: FeatureEncoding, raw: string | number | null, into: Float32Array, at: number): void {
  const missing = raw === null
  switch (feature.kind) {
    case 'categorical': {
      const text = missing ? standIn(feature, raw, feature.missing) : String(raw)
      for (const [index, category] of feature.categories.entries()) into[at + index] = category === text ? 1 : 0
      return
    }
    case 'numeric': {
      const value = missing ? standIn(feature, raw, feature.missing) : numberOf(feature, raw)
      into[at] = (value - feature.mean) / feature.scale
      return
    }
    case 'boolean':
      into[at] = (missing ? null : booleanOf(feature, raw)) ?? standIn(feature, raw, feature.missing)
      return
    case 'ordinal': {
      const rank = (missing ? null : rankOf(feature, raw)) ?? standIn(feature, raw, feature.missing)
      into[at] = (rank - feature.mean) / feature.scale
      return
    }
    case 'date':
      encodeDate(feature.parts, missing ? standIn(feature, raw, feature.missing) : daysOf(feature, raw), into, at)
  }
}

/** @throws LaminaError `invalidData` when nothing stands in */
function standIn<T>(feature: FeatureEncoding, raw: string | number | null, missing: T | null): T {
  if (missing !== null) return missing
  const { column } = feature
  if (raw === null) {
    throw new LaminaError(
      'invalidData',
      `Column "${column}" has no value, and this network was prepared with missing values being an error. Fill it in.`,
      { column }
    )
  }
  throw notUnderstood(feature, raw)
}

function notUnderstood(feature: FeatureEncoding, found: string | number): LaminaError {
  const { column } = feature
  return new LaminaError('invalidData', `Column "${column}" must be ${expectedOf(feature)}, found "${found}".`, {
    column,
    found
  })
}

const SHOWN_CATEGORIES = 10

/** A feature as far as it says what its cells may hold. */
type Expectation =
  | { readonly kind: 'numeric' | 'categorical' | 'boolean' }
  | { readonly kind: 'ordinal'; readonly order: readonly string[] }
  | { readonly kind: 'date'; readonly order: DateOrder }

/** What a cell of a feature may hold, in words. */
export function expectedOf(feature: Expectation): string {
  switch (feature.kind) {
    case 'numeric':
      return 'a number'
    case 'categorical':
      return 'a category'
    case 'boolean':
      return 'a word for no or yes'
    case 'ordinal': {
      const shown = feature.order.slice(0, SHOWN_CATEGORIES).map((category) => `"${category}"`)
      return `one of ${shown.join(', ')}${feature.order.length > shown.length ? ', …' : ''}`
    }
    case 'date': {
      const { label, example } = dateOrderNames[feature.order]
      return `a date (${label}, like ${example})`
    }
  }
}

/**
 * The inputs a date becomes, written into `into` from `at` on.
 * @param days since 1970-01-01T00:00
 */
export function encodeDate(parts: readonly EncodedDatePart[], days: number, into: Float32Array, at: number): void {
  const { year, month, weekday, hour } = calendarDate(days)
  let next = at
  const onCircle = (share: number): void => {
    into[next++] = Math.sin(2 * Math.PI * share)
    into[next++] = Math.cos(2 * Math.PI * share)
  }
  for (const encoded of parts) {
    switch (encoded.part) {
      case 'time':
        into[next++] = (days - encoded.mean) / encoded.scale
        break
      case 'year':
        into[next++] = (year - encoded.mean) / encoded.scale
        break
      case 'month':
        onCircle(month / 12)
        break
      case 'weekday':
        onCircle(weekday / 7)
        break
      case 'hour':
        onCircle(hour / 24)
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
