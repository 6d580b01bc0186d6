import type { DateOrder } from './column-types'

export const MS_PER_DAY = 86_400_000
const SECONDS_PER_DAY = 86_400

/**
 * A time of day after a date: 24 hours or AM and PM, seconds and their fraction if any, an offset from UTC if any. The
 * offset is not applied: a date is what calendar and clock showed where it was written.
 */
const TIME =
  '(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}(?:[.,][0-9]{1,9})?))?(?: ?([AaPp])[Mm])?(?: ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?))?)?'
const YEAR = '([12][0-9]{3})'
const OTHER = '([0-9]{1,2})'
const MARK = '([-/.])'

/**
 * How dates are written, in the regular expressions that JavaScript and RE2 share: the three numbers in order with the
 * marks between them, then hour, minute, second and the letter of AM or PM. Both marks must be the same.
 */
export const datePatterns: Readonly<Record<DateOrder, string>> = {
  ymd: `${YEAR}${MARK}${OTHER}${MARK}${OTHER}${TIME}`,
  dmy: `${OTHER}${MARK}${OTHER}${MARK}${YEAR}${TIME}`,
  mdy: `${OTHER}${MARK}${OTHER}${MARK}${YEAR}${TIME}`
}
const expressions: Readonly<Record<DateOrder, RegExp>> = {
  ymd: new RegExp(`^${datePatterns.ymd}$`),
  dmy: new RegExp(`^${datePatterns.dmy}$`),
  mdy: new RegExp(`^${datePatterns.mdy}$`)
}

/** How an order is told and an example of it. */
export const dateOrderNames: Readonly<Record<DateOrder, { readonly label: string; readonly example: string }>> = {
  ymd: { label: 'year, month, day', example: '2024-12-31' },
  dmy: { label: 'day, month, year', example: '31/12/2024' },
  mdy: { label: 'month, day, year', example: '12/31/2024' }
}

/**
 * Days since 1970-01-01T00:00 of a date with or without a time of day; null for what is no date in this order. Years
 * from 1000 to 2999.
 */
export function daysOfDate(text: string, order: DateOrder): number | null {
  const [whole, first = '', mark, second = '', sameMark, third = '', ...time] =
    expressions[order].exec(text.trim()) ?? []
  if (whole === undefined || mark !== sameMark) return null
  const [year, month, day] =
    order === 'ymd' ? [first, second, third] : order === 'dmy' ? [third, second, first] : [third, first, second]
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day))
  const date = new Date(ms)
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null
  const seconds = secondsOfDay(time)
  return seconds === null ? null : ms / MS_PER_DAY + seconds / SECONDS_PER_DAY
}

function secondsOfDay([hour, minute = '0', second = '0', half]: readonly (string | undefined)[]): number | null {
  const given = Number(hour ?? '0')
  const [h, m, s] = [
    half === undefined ? given : (given % 12) + (/p/i.test(half) ? 12 : 0),
    Number(minute),
    Number(second.replace(',', '.'))
  ]
  const possible = half === undefined ? given < 24 : given >= 1 && given <= 12
  return possible && m < 60 && s < 60 ? h * 3600 + m * 60 + s : null
}

/** What calendar and clock show, `days` after 1970-01-01T00:00. */
export interface CalendarDate {
  readonly year: number
  /** From 0, January. */
  readonly month: number
  /** From 0, Monday. */
  readonly weekday: number
  /** Hours since midnight, with their fraction. */
  readonly hour: number
}

export function calendarDate(days: number): CalendarDate {
  const whole = Math.floor(days)
  const date = new Date(whole * MS_PER_DAY)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth(),
    // 1970-01-01 was a Thursday.
    weekday: (((whole + 3) % 7) + 7) % 7,
    hour: (days - whole) * 24
  }
}

/** As ISO 8601, to the second; without a time of day at midnight. */
export function isoDate(days: number): string {
  const text = new Date(Math.round(days * SECONDS_PER_DAY) * 1000).toISOString()
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' ')
}
