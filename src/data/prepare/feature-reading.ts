import { LaminaError } from '../../shared/errors'
import { noWords, yesWords } from '../../shared/table/boolean-words'
import { dateOrders, type ColumnSetting, type DateOrder, type DatePart } from '../../shared/table/column-types'
import { dateOrderNames } from '../../shared/table/dates'
import type { DateProfile } from '../../shared/table/profile'
import { expectedOf } from '../../shared/weights/preprocessing'
import type { Database } from '../database'
import { firstNotUnderstood } from '../encode/column-values'
import { measureOf, type FeatureReading } from '../encode/readings'
import { typeOf } from '../profile/judge'
import type { ColumnSurvey } from '../profile/survey'
import type { Table } from '../reading/table'
import type { FeatureRole } from './roles'

/**
 * What a feature is read as: what a person said, else what its values are.
 * @throws LaminaError `invalidDesign` for dates whose order has to be chosen
 */
export function readingOf(table: Table, survey: ColumnSurvey, setting: ColumnSetting | undefined): FeatureReading {
  const wanted = setting ?? inferredSetting(survey)
  switch (wanted.type) {
    case 'numeric':
    case 'categorical':
      return { kind: wanted.type }
    case 'boolean':
      return { kind: 'boolean', no: noWords, yes: yesWords }
    case 'ordinal':
      return { kind: 'ordinal', order: wanted.order }
    case 'date': {
      const dates = survey.storage === 'text' ? survey.dates : null
      const order = wanted.dateOrder === 'auto' ? orderOf(table, survey, dates) : wanted.dateOrder
      return { kind: 'date', order, parts: wanted.parts === 'auto' ? usualParts(dates) : wanted.parts }
    }
  }
}

function inferredSetting(survey: ColumnSurvey): ColumnSetting {
  const { type } = typeOf(survey)
  return type === 'date' ? { type, parts: 'auto', dateOrder: 'auto' } : { type }
}

function usualParts(dates: DateProfile | null): DatePart[] {
  return ['time', 'year', 'month', 'weekday', ...(dates?.timeOfDay === true ? (['hour'] as const) : [])]
}

/** @throws LaminaError `invalidDesign` where the values do not decide it */
function orderOf(table: Table, { column }: ColumnSurvey, dates: DateProfile | null): DateOrder {
  // What is no column of dates is refused with the first cell that is none.
  if (dates === null) return 'ymd'
  if (dates.order !== null) return dates.order
  const choices = dateOrders
    .filter((order) => order !== 'ymd')
    .map((order) => `"${order}" (${dateOrderNames[order].label})`)
  throw new LaminaError(
    'invalidDesign',
    `"${table.source.name}", column "${column.name}": every date could begin with the day or with the month. Choose dateOrder ${choices.join(' or ')}.`,
    { column: column.name }
  )
}

const advice: Readonly<Record<FeatureReading['kind'], string>> = {
  numeric: 'Correct the cell, or make the column categorical.',
  boolean: 'Correct the cell, or make the column categorical.',
  ordinal: 'Add it to the order, correct the cell, or make the column categorical.',
  date: 'Correct the cell, choose another order of year, month and day, or make the column categorical.',
  categorical: ''
}

/** @throws LaminaError `invalidData` naming the first cell of a feature that cannot be read as what it is to be */
export async function refuseNotUnderstood(database: Database, table: Table, role: FeatureRole): Promise<void> {
  const { column, reading } = role
  // What is stored as numbers is nothing else.
  if (reading.kind === 'categorical' || (reading.kind === 'numeric' && column.storage === 'number')) return
  const bad = await firstNotUnderstood(database, table, column, measureOf(table, column, reading))
  if (bad === null) return
  throw new LaminaError(
    'invalidData',
    `"${table.source.name}", row ${bad.row + 1}, column "${column.name}": expected ${expectedOf(reading)}, found "${bad.text}". ${advice[reading.kind]}`,
    { file: table.source.stamp.path, row: bad.row + 1, column: column.name, found: bad.text }
  )
}
