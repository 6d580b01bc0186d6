import { LaminaError } from '../../shared/errors'
import type { ColumnType, DatasetSettings } from '../../shared/design/schema'
import type { CategoricalEncoding } from '../../shared/weights/schema'
import { suggestNames } from '../near-names'
import { exclusionOf, targetTypeOf } from '../profile/judge'
import type { ColumnSurvey } from '../profile/survey'
import type { Table, TableColumn } from '../reading/table'

/** A column with a part to play, and as what. */
export interface Role {
  readonly column: TableColumn
  readonly kind: ColumnType
}

export interface Roles {
  readonly features: readonly Role[]
  readonly targets: readonly Role[]
  readonly warnings: readonly string[]
}

/**
 * Which columns are targets and features, and whether as numbers or as categories.
 * @throws LaminaError `invalidDesign` for settings that do not fit the table
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
  const typeOf = (survey: ColumnSurvey, inferred: ColumnType): ColumnType =>
    (Object.hasOwn(settings.columns, survey.column.name) ? settings.columns[survey.column.name]?.type : undefined) ??
    inferred
  refuseRepeats(settings.targets, 'target')
  const targets = settings.targets.map((name) => find(name, 'target'))
  const chosen = settings.features === 'auto' ? null : settings.features
  if (chosen !== null) refuseRepeats(chosen, 'feature')
  const warnings = Object.keys(settings.columns)
    .filter((name) => !names.includes(name))
    .map((name) => `A type is set for the column "${name}", which "${table.source.name}" does not have.`)
  const features =
    chosen === null ? automaticFeatures(table, surveys, targets, warnings) : chosen.map((name) => find(name, 'feature'))
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
    features: features.map((survey) => ({ column: survey.column, kind: typeOf(survey, survey.column.type) })),
    targets: targets.map((survey) => ({ column: survey.column, kind: typeOf(survey, targetTypeOf(survey)) })),
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
  warnings: string[]
): ColumnSurvey[] {
  const others = surveys.filter((survey) => !targets.includes(survey))
  const taken = others.filter((survey) => exclusionOf(survey) === null)
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
  targets: readonly Role[],
  classes: readonly number[],
  wanted: CategoricalEncoding
): CategoricalEncoding | null {
  const categorical = targets.filter((target) => target.kind === 'categorical')
  if (categorical.length === 0) return null
  const quoted = (roles: readonly Role[]): string => roles.map((role) => `"${role.column.name}"`).join(', ')
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
