import type { PreparedSummary } from '../../shared/dataset'
import type { DatasetSettings } from '../../shared/design/schema'
import type { Fold, PreparedFeature, PreparedManifest } from '../../shared/prepared'
import { formatShare } from '../../shared/figures'
import { isoDate } from '../../shared/table/dates'
import { inputNames } from '../../shared/weights/preprocessing'
import type { TargetEncoding } from '../../shared/weights/schema'
import type { FeatureReading } from '../encode/readings'
import type { TableColumn } from '../reading/table'
import { NAMED_CATEGORIES } from './categories'
import type { Fitted } from './fit'
import type { UsableRows } from './missing'
import type { FeatureRole, TargetRole } from './roles'

export interface Preparation {
  readonly manifest: PreparedManifest
  readonly features: readonly FeatureRole[]
  readonly targets: readonly TargetRole[]
  /** Of each categorical target. */
  readonly classes: ReadonlyMap<TableColumn, readonly string[]>
  readonly fitted: Fitted
  readonly rows: UsableRows
  readonly settings: DatasetSettings
  readonly fold: Fold | null
  readonly warnings: readonly string[]
}

/** What a person should know about a prepared dataset. */
export function describePreparation(preparation: Preparation): PreparedSummary {
  const { manifest, targets, fitted, classes, rows } = preparation
  const classCounts = targets.flatMap(({ column }) => {
    const counts = fitted.classes.get(column)
    if (counts === undefined) return []
    const prefix = targets.length > 1 ? `${column.name}=` : ''
    const names = classes.get(column) ?? []
    return names.map((name, code) => ({ class: `${prefix}${name}`, count: counts.train[code] ?? 0 }))
  })
  return {
    id: manifest.id,
    tableSha256: manifest.dataset.sha256,
    tableRows: manifest.dataset.rows,
    rows: manifest.rows,
    droppedRows: rows.dropped,
    inputs: manifest.inputs,
    outputs: manifest.outputs,
    task: manifest.task,
    inputNames: manifest.preprocessing.features.flatMap(inputNames),
    outputNames: manifest.preprocessing.targets.flatMap((target) => outputNames(target, targets.length === 1)),
    features: preparedFeatures(preparation),
    classCounts,
    warnings: [...preparation.warnings, ...targetWarnings(preparation), ...featureWarnings(preparation)]
  }
}

function outputNames(target: TargetEncoding, only: boolean): string[] {
  if (target.kind === 'numeric') return [target.column]
  const names = target.encoding === 'oneHot' ? target.classes : target.classes.slice(1)
  return only ? names : names.map((name) => `${target.column}=${name}`)
}

function targetWarnings({ targets, fitted, classes, rows, settings, fold }: Preparation): string[] {
  const warnings: string[] = []
  if (rows.withoutTarget > 0 && settings.missing !== 'dropRow') {
    warnings.push(
      `${count(rows.withoutTarget, 'row')} without a target ${rows.withoutTarget === 1 ? 'was' : 'were'} left out: a target cannot be filled in.`
    )
  }
  for (const { column } of targets) {
    const counts = fitted.classes.get(column)
    if (counts === undefined) continue
    const names = classes.get(column) ?? []
    const absent = names.filter((_, code) => counts.train[code] === 0)
    if (absent.length > 0) {
      warnings.push(
        `No training row has ${list(absent, absent.length)} of the target "${column.name}": the network cannot learn ${absent.length === 1 ? 'it' : 'them'}.`
      )
    }
    if (fold === null) continue
    const rare = names.filter((_, code) => (counts.train[code] ?? 0) + (counts.validation[code] ?? 0) < fold.count)
    if (rare.length > 0) {
      warnings.push(
        `${list(rare, rare.length, 'and')} of the target "${column.name}" ${rare.length === 1 ? 'has' : 'have'} fewer rows than there are folds (${fold.count}): some folds validate without ${rare.length === 1 ? 'it' : 'them'}.`
      )
    }
  }
  return warnings
}

function featureWarnings({ features, fitted, settings }: Preparation): string[] {
  return features.flatMap(({ column, reading }) => {
    const moments = fitted.numbers.get(column)?.moments
    if (moments !== undefined && moments.min === moments.max) {
      return [
        `The feature "${column.name}" is ${valueText(reading, moments.min)} in every training row; the network learns nothing from it.`
      ]
    }
    const categories = fitted.categories.get(column)
    if (categories === undefined) return []
    const { kept, distinct, rows, leftOutRows, unseen } = categories
    const warnings: string[] = []
    if (kept.length < distinct) {
      const others = distinct - kept.length
      warnings.push(
        `The training rows have ${distinct} categories of the feature "${column.name}", more than the ${settings.maxCategories} a column may have (maxCategories): ${kept.length === 1 ? 'the most frequent one is an input' : `the ${kept.length} most frequent are inputs`}, ${others === 1 ? 'the other one' : `the other ${others}`} (${shareOf(leftOutRows, rows)} of the rows) ${others === 1 ? 'is' : 'are'} encoded as zeros.`
      )
    }
    if (unseen.count > 0) {
      warnings.push(
        `No training row has ${list(unseen.first, unseen.count)} of the feature "${column.name}", but other rows do; there it is encoded as zeros.`
      )
    }
    return warnings
  })
}

/** A measured value as it stands in the table, or nearly so. */
function valueText(reading: FeatureReading, value: number): string {
  if (reading.kind === 'date') return isoDate(value)
  return reading.kind === 'ordinal' ? `"${reading.order[value] ?? ''}"` : String(value)
}

function preparedFeatures({ manifest, features, fitted }: Preparation): PreparedFeature[] {
  return features.flatMap(({ column }, index): PreparedFeature[] => {
    const encoding = manifest.preprocessing.features[index]
    const numbers = fitted.numbers.get(column)
    const categories = fitted.categories.get(column)
    // Under `error` nothing is missing, and under `dropRow` rows without a value are not used: then nothing is filled in.
    if (encoding?.kind === 'categorical' && categories !== undefined) {
      const { categories: kept, ...rest } = encoding
      return [{ ...rest, inputs: kept.length, distinct: categories.distinct, filled: categories.missing }]
    }
    if (encoding === undefined || encoding.kind === 'categorical' || numbers === undefined) return []
    if (encoding.kind !== 'boolean') return [{ ...encoding, filled: numbers.missing }]
    const { no: _no, yes: _yes, ...rest } = encoding
    return [{ ...rest, filled: numbers.missing }]
  })
}

/**
 * @param names the first ones at least
 * @param all how many there are
 */
function list(names: readonly string[], all: number, conjunction: 'or' | 'and' = 'or'): string {
  const shown = names.slice(0, NAMED_CATEGORIES).map((name) => `"${name}"`)
  return all > shown.length ? `${shown.join(', ')} (and ${all - shown.length} more)` : shown.join(` ${conjunction} `)
}

/** Never 0 % of something that is there. */
function shareOf(part: number, all: number): string {
  return part < 0.001 * all ? 'less than 0.1 %' : formatShare(part / all)
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
