import { basename } from 'node:path'
import type { PreparedSummary } from '../../shared/dataset'
import { LaminaError } from '../../shared/errors'
import type { DatasetSettings } from '../../shared/design/schema'
import type { PreparedManifest } from '../../shared/prepared'
import { encodedWidth, targetWidth } from '../../shared/weights/preprocessing'
import type { CategoricalEncoding, FeatureEncoding, Preprocessing, TargetEncoding } from '../../shared/weights/schema'
import type { Database } from '../database'
import { firstNonNumber } from '../encode/column-values'
import { FEATURES_FILE, TARGETS_FILE, writeMatrices } from '../encode/write-matrices'
import type { ColumnSurvey } from '../profile/survey'
import type { Table, TableColumn } from '../reading/table'
import { classifyRows, domainsOf } from './classes'
import { fitColumns, fittedCategories, scaleOf, standInsFor, type Fitted } from './fit'
import { usableRows } from './missing'
import { assignRoles, targetEncodingOf, type Role } from './roles'
import { sampleRows } from './samples'
import { splitRows, type Split } from './split'
import { describePreparation } from './summary'

export interface PreparationRequest {
  readonly id: string
  readonly settings: DatasetSettings
  readonly categoricalEncoding: CategoricalEncoding
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
  const { settings } = request
  const { features, targets, warnings } = assignRoles(table, surveys, settings)
  for (const role of [...targets, ...features]) await refuseText(database, table, role)
  const rows = await usableRows(database, table, features, targets, settings.missing)
  const targetDomains = await domainsOf(database, table, targets, 'target')
  const classCounts = targets.map(({ column }) => targetDomains.get(column)?.length ?? 0)
  const classes = await classifyRows(database, table, targets, targetDomains, rows.usable)
  const encoding = targetEncodingOf(targets, classCounts, request.categoricalEncoding)
  const featureDomains = await domainsOf(database, table, features, 'feature')
  const split = splitRows(
    table.rows,
    rows.usable,
    settings.split.stratify ? classes : null,
    settings.split,
    table.source.name
  )
  onProgress(0.2)
  const domains = new Map([...targetDomains, ...featureDomains])
  const fitted = await fitColumns(database, table, [...features, ...targets], domains, split.parts, (done) =>
    onProgress(0.2 + 0.3 * done)
  )
  const preprocessing: Preprocessing = {
    features: await fitFeatures(database, table, features, featureDomains, fitted, split, settings),
    targets: targets.map(({ column }) => fitTarget(column, targetDomains, fitted, encoding, settings))
  }
  const job = { table, preprocessing, parts: split.parts, counts: split.counts, withTargets: true, folder }
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
  const summary = describePreparation({ manifest, features, targets, domains, fitted, rows, settings, warnings })
  return { manifest, summary }
}

/** @throws LaminaError `invalidData` naming the first cell of a column that was made numeric and holds text */
async function refuseText(database: Database, table: Table, { column, kind }: Role): Promise<void> {
  const bad = kind === 'numeric' ? await firstNonNumber(database, table, column) : null
  if (bad === null) return
  throw new LaminaError(
    'invalidData',
    `"${table.source.name}", row ${bad.row + 1}, column "${column.name}": expected a number, found "${bad.text}". Correct the cell, or make the column categorical.`,
    { file: table.source.stamp.path, row: bad.row + 1, column: column.name, found: bad.text }
  )
}

async function fitFeatures(
  database: Database,
  table: Table,
  features: readonly Role[],
  domains: ReadonlyMap<TableColumn, readonly string[]>,
  fitted: Fitted,
  split: Split,
  settings: DatasetSettings
): Promise<FeatureEncoding[]> {
  for (const { column } of features) refuseUnseen(column, fitted, split)
  const numbers = new Map(features.flatMap(({ column }) => pairOf(column, fitted.numbers.get(column))))
  const standIns = await standInsFor(database, table, numbers, split.parts, settings.missing)
  return features.flatMap(({ column }): FeatureEncoding[] => {
    const moments = fitted.numbers.get(column)
    const use = fitted.categories.get(column)
    if (moments !== undefined) {
      const { scaling } = settings
      const missing = standIns.get(column) ?? null
      return [{ column: column.name, kind: 'numeric', scaling, ...scaleOf(moments, scaling), missing }]
    }
    return use === undefined ? [] : [fittedCategories(column, domains.get(column) ?? [], use, settings.missing)]
  })
}

function pairOf<K, V>(key: K, value: V | undefined): [K, V][] {
  return value === undefined ? [] : [[key, value]]
}

/** @throws LaminaError `invalidData` for a feature that has no value in the training rows */
function refuseUnseen(column: TableColumn, fitted: Fitted, split: Split): void {
  const counts = fitted.categories.get(column)?.train ?? new Uint32Array(0)
  const values = fitted.numbers.get(column)?.count ?? counts.reduce((sum, count) => sum + count, 0)
  if (values > 0) return
  throw new LaminaError(
    'invalidData',
    `The feature "${column.name}" has no value in any of the ${split.counts.train} training rows, so nothing can be learned about it. Leave it out of the features.`,
    { column: column.name }
  )
}

function fitTarget(
  column: TableColumn,
  domains: ReadonlyMap<TableColumn, string[]>,
  fitted: Fitted,
  encoding: CategoricalEncoding | null,
  settings: DatasetSettings
): TargetEncoding {
  const moments = fitted.numbers.get(column)
  if (encoding !== null || moments === undefined) {
    return {
      column: column.name,
      kind: 'categorical',
      encoding: encoding ?? 'oneHot',
      classes: domains.get(column) ?? []
    }
  }
  if (moments.min === moments.max) {
    throw new LaminaError(
      'invalidData',
      `The target "${column.name}" is ${moments.min} in every training row: there is nothing to learn. Choose another target.`,
      {
        column: column.name
      }
    )
  }
  return { column: column.name, kind: 'numeric', ...scaleOf(moments, settings.scaling) }
}
