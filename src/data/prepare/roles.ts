import { LaminaError } from '../../shared/errors'
import type { DatasetSettings } from '../../shared/design/schema'
import { asTarget, settingOf, type ColumnSettings, type TargetType } from '../../shared/table/column-types'
import type { CategoricalEncoding } from '../../shared/weights/schema'
import type { FeatureReading } from '../encode/readings'
import { suggestNames } from '../near-names'
import { exclusionOf, isAutomatic, targetTypeOf } from '../profile/judge'
import type { ColumnSurvey } from '../profile/survey'
import { columnFor, type Table, type TableColumn } from '../reading/table'
import { readingOf } from './feature-reading'

/** A column to predict, and as what. */
export interface TargetRole {
  readonly column: TableColumn
  readonly kind: TargetType
}

/** A column to predict from, and as what. */
export interface FeatureRole {
  readonly column: TableColumn
  readonly reading: FeatureReading
}

export interface Roles {
  readonly features: readonly FeatureRole[]
  readonly targets: readonly TargetRole[]
  readonly warnings: readonly string[]
}

/**
 * Which columns are targets and features, and as what they are read.
 * @throws LaminaError `invalidDesign` for settings that do not fit the table, `invalidData` for a feature without values
 */
export function assignRoles(table: Table, surveys: readonly ColumnSurvey[], settings: DatasetSettings): Roles {
  const names = table.columns.map((column) => column.name)
  const find = (name: string, part: string): ColumnSurvey => {
    const survey = surveys.find((candidate) => candidate.column.name === name)
    if (survey !== undefined) return survey
    throw new LaminaError(
      'invalidDesign',
      `"${table.source.name}" has no column "${name}", which is chosen as a ${part}.${suggestNames(name, names)}`,
      {
        file: table.source.stamp.path,
        column: name
      }
    )
  }
  refuseRepeats(settings.targets, 'target')
  const targets = settings.targets.map((name) => find(name, 'target'))
  const chosen = settings.features === 'auto' ? null : settings.features
  if (chosen !== null) refuseRepeats(chosen, 'feature')
  const warnings = Object.keys(settings.columns)
    .filter((name) => !names.includes(name))
    .map((name) => `A type is set for the column "${name}", which "${table.source.name}" does not have.`)
  const features =
    chosen === null
      ? automaticFeatures(table, surveys, targets, settings.columns, warnings)
      : chosen.map((name) => find(name, 'feature'))
  for (const feature of features) {
    const name = feature.column.name
    if (settings.targets.includes(name)) {
      throw new LaminaError(
        'invalidDesign',
        `The column "${name}" is both a target and a feature: the network would be told the answer. Take it out of one of them.`,
        {
          column: name
        }
      )
    }
    if (feature.present === 0) {
      throw new LaminaError(
        'invalidData',
        `The feature "${name}" has no value in any row. Leave it out of the features.`,
        { column: name }
      )
    }
  }
  if (features.length === 0) {
    throw new LaminaError('invalidDesign', 'No feature is chosen. Choose at least one column to predict from.', {
      features: []
    })
  }
  return {
    features: features.map((survey) => {
      const reading = readingOf(table, survey, settingOf(settings.columns, survey.column.name))
      return { column: columnFor(survey.column, reading.kind), reading }
    }),
    targets: targets.map((survey) => {
      const setting = settingOf(settings.columns, survey.column.name)
      const kind = setting === undefined ? targetTypeOf(survey).type : asTarget(setting.type)
      return { column: columnFor(survey.column, kind), kind }
    }),
    warnings
  }
}

function refuseRepeats(names: readonly string[], part: string): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) {
    throw new LaminaError('invalidDesign', `The column "${repeated}" is listed twice as a ${part}. List it once.`, {
      column: repeated
    })
  }
}

function automaticFeatures(
  table: Table,
  surveys: readonly ColumnSurvey[],
  targets: readonly ColumnSurvey[],
  settings: ColumnSettings,
  warnings: string[]
): ColumnSurvey[] {
  const others = surveys.filter((survey) => !targets.includes(survey))
  const taken = others.filter((survey) => isAutomatic(survey, settings))
  if (taken.length > 0) return taken
  // x = 1, 2, 3, … beside y is a row number by its looks, but it is all there is.
  const counting = others.filter((survey) => survey.storage === 'number' && survey.countsRows)
  if (counting.length > 0) {
    warnings.push(
      `The feature "${counting[0]?.column.name ?? ''}" counts the rows; it is used because no other column can be.`
    )
    return counting
  }
  const reasons = others.map((survey) => `"${survey.column.name}" (${exclusionOf(survey) ?? ''})`)
  const why =
    reasons.length === 0
      ? 'it has no other column'
      : `its other columns are left out: ${reasons.slice(0, 5).join(', ')}${reasons.length > 5 ? ', …' : ''}`
  throw new LaminaError(
    'invalidDesign',
    `"${table.source.name}" has no column to predict from: ${why}. Choose the features by name.`,
    {
      file: table.source.stamp.path
    }
  )
}

/**
 * How the categorical targets become outputs; null when the targets are numbers.
 * @param classes how many classes each target has
 * @throws LaminaError `invalidDesign` for combinations no output block can express
 */
export function targetEncodingOf(
  targets: readonly TargetRole[],
  classes: readonly number[],
  wanted: CategoricalEncoding
): CategoricalEncoding | null {
  const categorical = targets.filter((target) => target.kind === 'categorical')
  if (categorical.length === 0) return null
  const quoted = (roles: readonly TargetRole[]): string => roles.map((role) => `"${role.column.name}"`).join(', ')
  if (categorical.length < targets.length) {
    const numeric = targets.filter((target) => target.kind === 'numeric')
    throw new LaminaError(
      'invalidDesign',
      `The targets mix categories (${quoted(categorical)}) and numbers (${quoted(numeric)}). A network predicts one or the other: choose targets of one type.`,
      { categorical: categorical.map((role) => role.column.name), numeric: numeric.map((role) => role.column.name) }
    )
  }
  if (targets.length === 1) return wanted === 'binary' && classes[0] === 2 ? 'binary' : 'oneHot'
  const many = targets.findIndex((_, index) => classes[index] !== 2)
  if (many >= 0) {
    throw new LaminaError(
      'invalidDesign',
      `Several categorical targets must have two classes each, but "${targets[many]?.column.name ?? ''}" has ${classes[many] ?? 0}. Choose one target, or only targets with two classes.`,
      { column: targets[many]?.column.name, classes: classes[many] }
    )
  }
  if (wanted === 'oneHot') {
    throw new LaminaError(
      'invalidDesign',
      `Several categorical targets (${quoted(targets)}) cannot share one softmax output. Choose one target, or a sigmoid output with binary cross-entropy.`,
      { columns: targets.map((role) => role.column.name) }
    )
  }
  return 'binary'
}
