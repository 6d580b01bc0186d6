import { describe, expect, it } from 'vitest'
import { formatShare, groupedBy } from '../../../src/shared/figures'

describe('figures', () => {
  it.each([
    [0.9734, '97.3 %'],
    [0, '0.0 %'],
    [1, '100.0 %'],
    [null, '–'],
    [undefined, '–'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–']
  ])('the share %s is %s', (value, text) => {
    expect(formatShare(value)).toBe(text)
  })

  it.each([
    [0, '0'],
    [999.5, '1_000'],
    [-12_400, '-12_400'],
    [1_234_567.4, '1_234_567']
  ])('%s is %s in groups', (value, text) => {
    expect(groupedBy('_', value)).toBe(text)
  })
})
