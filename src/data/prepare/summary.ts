import type { PreparedSummary } from '../../shared/dataset'
import type { DatasetSettings } from '../../shared/design/schema'
import type { PreparedManifest } from '../../shared/prepared'
import type { TargetEncoding } from '../../shared/weights/schema'
import type { TableColumn } from '../reading/table'
import type { Fitted } from './fit'
import type { UsableRows } from './missing'
import type { Role } from './roles'

export interface Preparation {
  readonly manifest: PreparedManifest
  readonly features: readonly Role[]
  readonly targets: readonly Role[]
  readonly domains: ReadonlyMap<TableColumn, readonly string[]>
  readonly fitted: Fitted
  readonly rows: UsableRows
  readonly settings: DatasetSettings
  readonly warnings: readonly string[]
}

/** What a person should know about a prepared dataset. */
export function describePreparation(preparation: Preparation): PreparedSummary {
  const { manifest, targets, fitted, domains, rows } = preparation
  const classCounts = targets.flatMap(({ column }) => {
    const use = fitted.categories.get(column)
    if (use === undefined) return []
    const prefix = targets.length > 1 ? `${column.name}=` : ''
    return (domains.get(column) ?? []).map((name, code) => ({ class: `${prefix}${name}`, count: use.train[code] ?? 0 }))
  })
  return {
    id: manifest.id,
    rows: manifest.rows,
    droppedRows: rows.dropped,
    inputs: manifest.inputs,
    outputs: manifest.outputs,
    task: manifest.task,
    inputNames: manifest.preprocessing.features.flatMap((feature) =>
      feature.kind === 'numeric'
        ? [feature.column]
        : feature.categories.map((category) => `${feature.column}=${category}`)
    ),
    outputNames: manifest.preprocessing.targets.flatMap((target) => outputNames(target, targets.length === 1)),
    classCounts,
    warnings: [...preparation.warnings, ...targetWarnings(preparation), ...featureWarnings(preparation)]
  }
}

function outputNames(target: TargetEncoding, only: boolean): string[] {
  if (target.kind === 'numeric') return [target.column]
  const names = target.encoding === 'oneHot' ? target.classes : target.classes.slice(1)
  return only ? names : names.map((name) => `${target.column}=${name}`)
}

function targetWarnings({ targets, fitted, domains, rows, settings }: Preparation): string[] {
  const warnings: string[] = []
  if (rows.withoutTarget > 0 && settings.missing !== 'dropRow') {
    warnings.push(
      `${count(rows.withoutTarget, 'row')} without a target ${rows.withoutTarget === 1 ? 'was' : 'were'} left out: a target cannot be filled in.`
    )
  }
  for (const { column } of targets) {
    const use = fitted.categories.get(column)
    const absent = (domains.get(column) ?? []).filter((_, code) => use !== undefined && use.train[code] === 0)
    if (absent.length > 0) {
      warnings.push(
        `No training row has ${list(absent)} of the target "${column.name}": the network cannot learn ${absent.length === 1 ? 'it' : 'them'}.`
      )
    }
  }
  return warnings
}

function featureWarnings({ features, fitted, domains }: Preparation): string[] {
  return features.flatMap(({ column }) => {
    const moments = fitted.numbers.get(column)
    const use = fitted.categories.get(column)
    if (moments !== undefined && moments.min === moments.max) {
      return [
        `The feature "${column.name}" is ${moments.min} in every training row; the network learns nothing from it.`
      ]
    }
    if (use === undefined) return []
    const unseen = (domains.get(column) ?? []).filter(
      (_, code) => use.train[code] === 0 && (use.elsewhere[code] ?? 0) > 0
    )
    if (unseen.length === 0) return []
    return [
      `No training row has ${list(unseen)} of the feature "${column.name}", but other rows do; there it is encoded as zeros.`
    ]
  })
}

const SHOWN = 5
function list(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => `"${name}"`)
  return names.length > SHOWN ? `${shown.join(', ')} (and ${names.length - SHOWN} more)` : shown.join(' or ')
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
