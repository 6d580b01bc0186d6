import type { TableSummary } from '../../shared/dataset'
import type { ColumnSummary } from '../../shared/table/profile'
import type { DatasetSettings, Design, DesignDataset } from '../../shared/design/schema'
import {
  asTarget,
  settingOf,
  takenByDefault,
  type ColumnSetting,
  type ColumnType
} from '../../shared/table/column-types'
import type { DialectOverrides } from '../../shared/table/dialect'
import { proposeDesign, proposeTarget, targetTypeOf, taskOf } from '../../shared/network/propose'
import { headFits, replaceHead } from '../canvas/operations'
import { settingFor } from './type-choices'

/** What a column is used for. */
export type Role = 'target' | 'feature' | 'excluded'

export function columnNamed(table: TableSummary, name: string): ColumnSummary | undefined {
  return table.columns.find((column) => column.name === name)
}

/** The columns the network sees, in the table's order. */
export function featureNames(settings: DatasetSettings, table: TableSummary): string[] {
  const targets = new Set(settings.targets)
  const chosen = settings.features === 'auto' ? null : new Set(settings.features)
  return table.columns
    .filter(
      (column) =>
        !targets.has(column.name) && (chosen === null ? isAutomatic(settings, column) : chosen.has(column.name))
    )
    .map((column) => column.name)
}

/** Whether the column is a feature unless somebody says otherwise. */
function isAutomatic({ columns }: DatasetSettings, { name, excluded, date }: ColumnSummary): boolean {
  return takenByDefault({ name, excluded, isDate: date !== null }, columns)
}

export function roleOf(settings: DatasetSettings, column: ColumnSummary): Role {
  if (settings.targets.includes(column.name)) return 'target'
  if (settings.features === 'auto') return isAutomatic(settings, column) ? 'feature' : 'excluded'
  return settings.features.includes(column.name) ? 'feature' : 'excluded'
}

/** Why a column is read as what it is, in the role it has. */
export function evidenceOf(settings: DatasetSettings, column: ColumnSummary): string {
  if (
    settingOf(settings.columns, column.name) !== undefined &&
    typeOf(settings, column) !== inferredTypeOf(settings, column)
  )
    return 'You chose it.'
  return settings.targets.includes(column.name) ? column.targetEvidence : column.evidence
}

function inferredTypeOf(settings: DatasetSettings, column: ColumnSummary): ColumnType {
  return settings.targets.includes(column.name) ? column.targetType : column.type
}

/** The type a column is read as, in the role it has. */
export function typeOf(settings: DatasetSettings, column: ColumnSummary): ColumnType {
  if (settings.targets.includes(column.name)) return targetTypeOf(column, settings.columns)
  return settingOf(settings.columns, column.name)?.type ?? column.type
}

/**
 * Predict these columns instead. Inferred types of targets are written down (and forgotten again when the column is no
 * target any more), so that a design means the same whatever a later version infers.
 */
export function withTargets<S extends DatasetSettings>(
  settings: S,
  table: TableSummary,
  targets: readonly string[]
): S {
  const before = new Set(settings.targets)
  const columns = { ...settings.columns }
  for (const name of settings.targets) {
    const column = columnNamed(table, name)
    if (!targets.includes(name) && column !== undefined && columns[name]?.type === column.targetType)
      delete columns[name]
  }
  for (const name of targets) {
    const column = columnNamed(table, name)
    if (column === undefined || before.has(name) || columns[name] !== undefined) continue
    if (column.targetType !== column.type) columns[name] = { type: column.targetType }
  }
  const features = settings.features === 'auto' ? 'auto' : settings.features.filter((name) => !targets.includes(name))
  return { ...settings, targets: [...targets], columns, features }
}

/** Use a column as something else. The last target cannot be taken away: then the settings stay as they are. */
export function withRole<S extends DatasetSettings>(settings: S, table: TableSummary, name: string, role: Role): S {
  const column = columnNamed(table, name)
  if (column === undefined || roleOf(settings, column) === role) return settings
  if (role === 'target') return withTargets(settings, table, [...settings.targets, name])
  const targets = settings.targets.filter((target) => target !== name)
  if (targets.length === 0) return settings
  const kept = targets.length === settings.targets.length ? settings : withTargets(settings, table, targets)
  const used = withExpansion(kept, column, role)
  const features = new Set(featureNames(used, table))
  if (role === 'feature') features.add(name)
  else features.delete(name)
  const list = table.columns.map((entry) => entry.name).filter((entry) => features.has(entry))
  const automatic = featureNames({ ...used, features: 'auto' }, table)
  const same = automatic.length === list.length && automatic.every((entry, index) => entry === list[index])
  return { ...used, features: same ? 'auto' : list }
}

/** A date that is used is expanded, as usual unless somebody has said how; one that is not used any more needs no usual way. */
function withExpansion<S extends DatasetSettings>(settings: S, column: ColumnSummary, role: Role): S {
  const { name, date } = column
  const setting = settingOf(settings.columns, name)
  if (date === null) return settings
  const columns = { ...settings.columns }
  if (role === 'feature' && setting === undefined) columns[name] = settingFor(column, 'date')
  else if (role === 'excluded' && setting?.type === 'date' && setting.parts === 'auto' && setting.dateOrder === 'auto')
    delete columns[name]
  return { ...settings, columns }
}

/** Read a column as something; what would be inferred anyway is not written down. */
export function withSetting<S extends DatasetSettings>(
  settings: S,
  table: TableSummary,
  name: string,
  setting: ColumnSetting
): S {
  const column = columnNamed(table, name)
  if (column === undefined) return settings
  const columns = { ...settings.columns }
  // A date is only turned into numbers once somebody says so.
  if (setting.type === column.type && setting.type !== 'date') delete columns[name]
  else columns[name] = setting
  // For a target, silence would mean its inferred role; say what was chosen when it differs from that.
  if (settings.targets.includes(name) && asTarget(setting.type) !== column.targetType) columns[name] = setting
  return { ...settings, columns }
}

/** How many classes the targets have together when they are predicted as one; null when that cannot be said. */
export function classCount(settings: DatasetSettings, table: TableSummary): number | null {
  const [only] = settings.targets
  if (only === undefined || settings.targets.length > 1) return null
  return columnNamed(table, only)?.distinct ?? null
}

/** A design's dataset settings changed, and its head with them where it would no longer fit. */
export interface Retargeted {
  readonly design: Design
  /** Whether the loss and last activation had to change. */
  readonly headReplaced: boolean
}

/** Put changed dataset settings into a design; the head changes only when it fitted before and no longer does. */
export function retarget(design: Design, table: TableSummary, settings: DesignDataset): Retargeted {
  const task = taskOf(table, settings.targets, settings.columns)
  const before = design.dataset
  const next: Design = { ...design, dataset: settings }
  const sameTarget =
    before !== null &&
    taskOf(table, before.targets, before.columns) === task &&
    before.targets.join('\n') === settings.targets.join('\n')
  if (sameTarget || headFits(design.network, task, classCount(settings, table)))
    return { design: next, headReplaced: false }
  const network = replaceHead(design.network, task)
  return { design: { ...next, network }, headReplaced: headFits(network, task, classCount(settings, table)) }
}

/**
 * Make a design about another table and keep its network. Settings that name columns the new table has are kept,
 * so that a newer version of the same file can be opened in place of the old one.
 */
export function adoptTable(design: Design, table: TableSummary, path: string, reading: DialectOverrides = {}): Design {
  const names = new Set(table.columns.map((column) => column.name))
  const old = design.dataset
  if (old !== null && old.targets.every((target) => names.has(target))) {
    const features = old.features === 'auto' ? 'auto' : old.features.filter((name) => names.has(name))
    const columns = Object.fromEntries(Object.entries(old.columns).filter(([name]) => names.has(name)))
    return {
      ...design,
      dataset: { ...old, path, reading, features: features.length === 0 ? 'auto' : features, columns }
    }
  }
  const proposed = proposeDesign(table, targetsFor(table), path).dataset
  if (proposed === null) return design
  return retarget(design, table, { ...proposed, reading }).design
}

/** The targets to start with: the likely one, else the last column there is. */
export function targetsFor(table: TableSummary): string[] {
  const target = proposeTarget(table) ?? table.columns.at(-1)?.name
  return target === undefined ? [] : [target]
}
