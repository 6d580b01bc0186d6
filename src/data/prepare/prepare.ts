import { basename } from 'node:path'
import type { PreparedSummary } from '../../shared/dataset'
import { LaminaError } from '../../shared/errors'
import type { DatasetSettings, MissingPolicy, Scaling } from '../../shared/design/schema'
import type { Fold, PreparedManifest } from '../../shared/prepared'
import { encodedWidth, targetWidth } from '../../shared/weights/preprocessing'
import type {
  CategoricalEncoding,
  EncodedDatePart,
  FeatureEncoding,
  Preprocessing,
  TargetEncoding
} from '../../shared/weights/schema'
import type { Database } from '../database'
import type { FeatureReading } from '../encode/readings'
import { FEATURES_FILE, TARGETS_FILE, writeMatrices } from '../encode/write-matrices'
import type { ColumnSurvey } from '../profile/survey'
import type { Table, TableColumn } from '../reading/table'
import { classesOf, classifyRows } from './classes'
import { fitColumns, type Fitted, type NumberFit } from './fit'
import { usableRows } from './missing'
import { refuseNotUnderstood } from './feature-reading'
import { assignRoles, targetEncodingOf, type FeatureRole, type TargetRole } from './roles'
import { sampleRows } from './samples'
import { booleanStandIn, scaleOf, standInOf, statisticsOf, type NumberStatistics } from './scaling'
import { splitRows, type Split } from './split'
import { describePreparation } from './summary'

export interface PreparationRequest {
  readonly id: string
  readonly settings: DatasetSettings
  readonly categoricalEncoding: CategoricalEncoding
  /** In place of the split's validation share. */
  readonly fold: Fold | null
}

/**
 * Turn a table into matrices: choose rows and columns, split, fit on the training rows, encode.
 * @param folder where the matrices go
 * @throws LaminaError `invalidDesign` for settings that do not fit the table, `invalidData` for a table that does not
 * fit the settings
 */
export async function prepareTable(
  database: Database,
  table: Table,
  surveys: readonly ColumnSurvey[],
  request: PreparationRequest,
  folder: string,
  onProgress: (fraction: number) => void
): Promise<{ manifest: PreparedManifest; summary: PreparedSummary }> {
  const { settings, fold } = request
  const { features, targets, warnings } = assignRoles(table, surveys, settings)
  for (const { column, kind } of targets)
    if (kind === 'numeric') await refuseNotUnderstood(database, table, { column, reading: { kind } })
  for (const role of features) await refuseNotUnderstood(database, table, role)
  const rows = await usableRows(database, table, features, targets, settings.missing)
  const classes = await classesOf(database, table, targets)
  const classCounts = targets.map(({ column }) => classes.get(column)?.length ?? 0)
  const rowClasses = await classifyRows(database, table, targets, classes, rows.usable)
  const encoding = targetEncodingOf(targets, classCounts, request.categoricalEncoding)
  const split = splitRows(
    table.rows,
    rows.usable,
    settings.split.stratify ? rowClasses : null,
    settings.split,
    table.source.name,
    fold
  )
  onProgress(0.2)
  const { maxCategories } = settings
  const fitted = await fitColumns(database, table, { features, targets }, classes, split.parts, maxCategories, (done) =>
    onProgress(0.2 + 0.3 * done)
  )
  const preprocessing: Preprocessing = {
    features: await fitFeatures(database, table, features, fitted, split, settings),
    targets:
      encoding === null
        ? await fitNumbers(database, table, targets, fitted, split, settings)
        : targets.map(({ column }) => {
            return { column: column.name, kind: 'categorical', encoding, classes: classes.get(column) ?? [] }
          }),
    ...(table.missingWords.length === 0 ? {} : { missingWords: [...table.missingWords] })
  }
  const { parts, counts } = split
  const job = { table, preprocessing, parts, counts, withTargets: true, counting: false, folder }
  await writeMatrices(database, job, (done) => onProgress(0.5 + 0.5 * done))
  const manifest: PreparedManifest = {
    format: 'lamina-prepared',
    version: 1,
    id: request.id,
    dataset: { name: basename(table.source.stamp.path), sha256: table.source.sha256, rows: table.rows },
    rows: split.counts,
    inputs: encodedWidth(preprocessing),
    outputs: targetWidth(preprocessing),
    task: encoding === null ? 'regression' : 'classification',
    preprocessing,
    files: { features: FEATURES_FILE, targets: TARGETS_FILE },
    samples: await sampleRows(database, table, features, split)
  }
  const summary = describePreparation({ manifest, features, targets, classes, fitted, rows, settings, fold, warnings })
  return { manifest, summary }
}

/** @throws LaminaError `invalidData` for a feature that has no value in the training rows */
async function fitFeatures(
  database: Database,
  table: Table,
  features: readonly FeatureRole[],
  fitted: Fitted,
  { parts, counts }: Split,
  { scaling, missing: policy }: DatasetSettings
): Promise<FeatureEncoding[]> {
  for (const { column } of features) {
    const values = fitted.categories.get(column)?.rows ?? fitted.numbers.get(column)?.moments.count ?? 0
    if (values > 0) continue
    throw new LaminaError(
      'invalidData',
      `The feature "${column.name}" has no value in any of the ${counts.train} training rows, so nothing can be learned about it. Leave it out of the features.`,
      { column: column.name }
    )
  }
  const numbers = numbersAmong(features, fitted)
  const statistics = await statisticsOf(database, table, numbers, parts, scaling, policy)
  return features.map(({ column, reading }): FeatureEncoding => {
    const { name } = column
    const categories = fitted.categories.get(column)
    if (categories !== undefined) {
      const missing = policy === 'error' || policy === 'dropRow' ? null : categories.mode
      return { column: name, kind: 'categorical', categories: [...categories.kept], missing }
    }
    return encodingOf(name, reading, requireStatistics(statistics, column), scaling, policy)
  })
}

/** How a feature is encoded that is measured. */
function encodingOf(
  column: string,
  reading: FeatureReading,
  known: NumberStatistics,
  scaling: Scaling,
  policy: MissingPolicy
): FeatureEncoding {
  switch (reading.kind) {
    case 'categorical':
      throw new Error(`Column "${column}" was fitted as numbers and is categories.`)
    case 'numeric':
      return { column, kind: 'numeric', scaling, ...scaleOf(known, scaling), missing: standInOf(known, policy) }
    case 'boolean': {
      const missing = booleanStandIn(known, policy)
      return { column, kind: 'boolean', no: [...reading.no], yes: [...reading.yes], missing }
    }
    case 'ordinal': {
      // A mean of ranks would be a mean of distances nobody has stated.
      const missing = standInOf(known, policy === 'mean' ? 'median' : policy)
      return { column, kind: 'ordinal', order: [...reading.order], scaling, ...scaleOf(known, scaling), missing }
    }
    case 'date': {
      const parts = reading.parts.map((part): EncodedDatePart => {
        switch (part) {
          case 'time':
            return { part, ...scaleOf(known, scaling) }
          case 'year':
            return { part, ...scaleOf(known.years ?? known, scaling) }
          case 'month':
          case 'weekday':
          case 'hour':
            return { part }
        }
      })
      return { column, kind: 'date', order: reading.order, scaling, parts, missing: standInOf(known, policy) }
    }
  }
}

/** @throws LaminaError `invalidData` for a target that is the same number in all training rows */
async function fitNumbers(
  database: Database,
  table: Table,
  targets: readonly TargetRole[],
  fitted: Fitted,
  { parts }: Split,
  { scaling }: DatasetSettings
): Promise<TargetEncoding[]> {
  const numbers = numbersAmong(targets, fitted)
  for (const [{ name }, { moments }] of numbers) {
    if (moments.min !== moments.max) continue
    throw new LaminaError(
      'invalidData',
      `The target "${name}" is ${moments.min} in every training row: there is nothing to learn. Choose another target.`,
      { column: name }
    )
  }
  const statistics = await statisticsOf(database, table, numbers, parts, scaling, 'error')
  return targets.map(({ column }): TargetEncoding => {
    const known = requireStatistics(statistics, column)
    return { column: column.name, kind: 'numeric', ...scaleOf(known, scaling) }
  })
}

function numbersAmong(roles: readonly (FeatureRole | TargetRole)[], fitted: Fitted): Map<TableColumn, NumberFit> {
  return new Map(
    roles.flatMap(({ column }) => {
      const fit = fitted.numbers.get(column)
      return fit === undefined ? [] : [[column, fit]]
    })
  )
}

function requireStatistics(
  statistics: ReadonlyMap<TableColumn, NumberStatistics>,
  column: TableColumn
): NumberStatistics {
  const found = statistics.get(column)
  if (found === undefined) throw new Error(`Column "${column.name}" was not fitted.`)
  return found
}
