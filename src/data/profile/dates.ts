import { dateOrders, type DateOrder } from '../../shared/table/column-types'
import { daysOfDate, isoDate } from '../../shared/table/dates'
import type { DateProfile } from '../../shared/table/profile'
import type { Database } from '../database'
import { textAsDays } from '../encode/column-values'
import type { Table, TableColumn } from '../reading/table'

/**
 * Whether every value of a text column is a date in one and the same order. Where days and months can be exchanged in all
 * of them, nothing is guessed; only dates written with points are taken to begin with the day, as they always do.
 * @param top some of its values, to be spared the pass over a table that most columns do not need
 */
export async function recognizeDates(
  database: Database,
  table: Table,
  column: TableColumn,
  top: readonly { readonly value: string }[]
): Promise<DateProfile | null> {
  const possible = dateOrders.filter((order) => top.every(({ value }) => daysOfDate(value, order) !== null))
  if (top.length === 0 || possible.length === 0) return null
  const { stored } = table
  if (stored?.holds(column) === true) return recognizeStored(stored.texts(column).values, possible)
  const figures = possible.map(
    (order) => `count(${order}), min(${order})::DOUBLE, max(${order})::DOUBLE, bool_or(${order} <> floor(${order}))`
  )
  const readings = possible.map((order) => `${textAsDays(column, order)} AS ${order}`)
  const [[present, points, ...found] = []] = await database.rows(
    `SELECT count(*), bool_and(regexp_matches(value, '^[0-9]+[.]')), ${figures.join(', ')}
     FROM (SELECT ${column.id} AS value, ${readings.join(', ')} FROM ${table.id} WHERE ${column.id} IS NOT NULL)`
  )
  const fitting = possible.flatMap((order, index) => {
    const [dates, first, last, timeOfDay] = found.slice(4 * index, 4 * index + 4)
    if (dates !== present) return []
    return [{ order, timeOfDay: timeOfDay === true, first: isoDate(Number(first)), last: isoDate(Number(last)) }]
  })
  return onlyOrder(fitting, points === true)
}

/** The same of all different texts of a column in memory: the database would have to read all of the table first. */
function recognizeStored(texts: readonly string[], possible: readonly DateOrder[]): DateProfile | null {
  const fitting = possible.flatMap((order): DatesInOrder[] => {
    let [first, last, timeOfDay] = [Infinity, -Infinity, false]
    for (const text of texts) {
      const days = daysOfDate(text, order)
      if (days === null) return []
      first = Math.min(first, days)
      last = Math.max(last, days)
      timeOfDay ||= days !== Math.floor(days)
    }
    return [{ order, timeOfDay, first: isoDate(first), last: isoDate(last) }]
  })
  return onlyOrder(fitting, fitting.length > 1 && texts.every((text) => /^[0-9]+[.]/.test(text)))
}

type DatesInOrder = DateProfile & { readonly order: DateOrder }

/** @param points whether all dates are written with points */
function onlyOrder(fitting: readonly DatesInOrder[], points: boolean): DateProfile | null {
  const [only, other] = fitting
  if (only === undefined) return null
  if (other === undefined) return only
  if (points) return fitting.find(({ order }) => order === 'dmy') ?? only
  return { order: null, timeOfDay: only.timeOfDay, first: null, last: null }
}
