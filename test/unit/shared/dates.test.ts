import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calendarDate, daysOfDate, isoDate } from '../../../src/shared/table/dates'

describe('dates', () => {
  it.each([
    // (datetime(…) - datetime(1970, 1, 1)).total_seconds() / 86400
    ['1970-01-01', 'ymd', 0],
    ['1969-12-31T12:00', 'ymd', -0.5],
    ['2024.2.29', 'ymd', 19782],
    ['29/02/2024 06:00:00', 'dmy', 19782.25],
    ['2-29-2024 6:00 pm', 'mdy', 19782.75],
    ['2024-02-29 12:00 AM', 'ymd', 19782],
    ['2024-02-29T18:00:00.000+01:00', 'ymd', 19782.75],
    ['2024-02-29T18:00Z', 'ymd', 19782.75]
  ] as const)('%s in the order %s', (text, order, days) => {
    expect(daysOfDate(text, order)).toBe(days)
  })

  it.each([
    ['2023-02-29', 'ymd'],
    ['2024-00-01', 'ymd'],
    ['2024-1-1-1', 'ymd'],
    ['2024-01/01', 'ymd'],
    ['0999-01-01', 'ymd'],
    ['2024-01-01 24:00', 'ymd'],
    ['2024-01-01 13:00 PM', 'ymd'],
    ['31/12/2024', 'mdy'],
    ['31/12/24', 'dmy'],
    ['20241231', 'ymd'],
    ['', 'ymd']
  ] as const)('%s is none in the order %s', (text, order) => {
    expect(daysOfDate(text, order)).toBeNull()
  })

  it('are read back as they are written, and the calendar is that of Date', () => {
    const second = fc.integer({ min: Date.UTC(1000) / 1000, max: Date.UTC(2999) / 1000 })
    fc.assert(
      fc.property(second, (seconds) => {
        const date = new Date(seconds * 1000)
        const days = daysOfDate(isoDate(seconds / 86_400), 'ymd')
        expect(days).toBeCloseTo(seconds / 86_400, 9)
        const found = calendarDate(days ?? Number.NaN)
        expect([found.year, found.month, (found.weekday + 1) % 7]).toEqual([
          date.getUTCFullYear(),
          date.getUTCMonth(),
          date.getUTCDay()
        ])
        expect(found.hour * 3600).toBeCloseTo(((seconds % 86_400) + 86_400) % 86_400, 3)
      })
    )
  })
})
