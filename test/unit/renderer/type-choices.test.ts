import { describe, expect, it } from 'vitest'
import type { ColumnSummary } from '../../../src/shared/table/profile'
import { afterClick } from '../../../src/renderer/data/selection'
import { moved, refusalOf, settingFor, targetChoices } from '../../../src/renderer/data/type-choices'

const texts = (values: readonly string[], more: Partial<ColumnSummary> = {}): ColumnSummary => ({
  name: 'c',
  index: 0,
  type: 'categorical',
  evidence: '',
  targetType: 'categorical',
  targetEvidence: '',
  missing: 0,
  distinct: values.length,
  distinctExact: true,
  numeric: null,
  date: null,
  categories: values.map((value) => ({ value, count: 1 })),
  excluded: null,
  ...more
})

describe('what a column may be read as', () => {
  it('says what keeps it from being something else', () => {
    const words = texts(['red', 'green', 'blue'])
    expect(refusalOf(words, 'categorical')).toBeNull()
    expect(refusalOf(words, 'ordinal')).toBeNull()
    expect(refusalOf(words, 'numeric')).toBe('Not one value is a number.')
    expect(refusalOf(words, 'boolean')).toBe('It needs two values that are words for no and yes.')
    expect(refusalOf(words, 'date')).toBe('Not every value is a date.')
    expect(refusalOf(texts(['12', 'many']), 'numeric')).toBeNull()
    expect(refusalOf(texts(['Yes', 'no']), 'boolean')).toBeNull()
    expect(refusalOf(texts(['a', 'b'], { distinct: 70 }), 'ordinal')).toBe(
      'It has 70 different values, too many to put in order here.'
    )
  })

  it('orders categories as their names, the numbers in them, or a scale people use suggest', () => {
    const orderOf = (...values: string[]) => settingFor(texts(values), 'ordinal')
    expect(orderOf('c', 'a', 'b')).toEqual({ type: 'ordinal', order: ['a', 'b', 'c'] })
    expect(orderOf('10 to 19', '100 or more', '2 to 9')).toEqual({
      type: 'ordinal',
      order: ['2 to 9', '10 to 19', '100 or more']
    })
    expect(orderOf('L', 'S', 'XL', 'M')).toEqual({ type: 'ordinal', order: ['S', 'M', 'L', 'XL'] })
    expect(orderOf('good', 'Very bad', 'bad')).toEqual({ type: 'ordinal', order: ['Very bad', 'bad', 'good'] })
    expect(orderOf('High', 'Low', 'Medium')).toEqual({ type: 'ordinal', order: ['Low', 'Medium', 'High'] })
  })

  it('says of a target what is predicted', () => {
    expect(targetChoices(texts(['red', 'green'])).map(({ label, help, disabled }) => [label, help, disabled])).toEqual([
      ['Number', 'Not one value is a number.', true],
      ['Category', 'Classification: predict one of its values.', false]
    ])
  })

  it('moves one category at a time, and none over the end', () => {
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
    expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b'])
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
  })
})

describe('selecting columns', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const click = (selected: string[], name: string, anchor: string | null, range: boolean) =>
    [...afterClick(new Set(selected), names, name, anchor, range)].sort()

  it('takes one, gives it back, and takes or gives back all between two', () => {
    expect(click([], 'b', null, false)).toEqual(['b'])
    expect(click(['b'], 'b', 'b', false)).toEqual([])
    expect(click(['b'], 'd', 'b', true)).toEqual(['b', 'c', 'd'])
    expect(click(['d', 'e'], 'b', 'd', true)).toEqual(['b', 'c', 'd', 'e'])
    expect(click(['a', 'b', 'c'], 'a', 'c', true)).toEqual([])
    expect(click([], 'c', null, true)).toEqual(['c'])
  })

  it('takes one alone when the other end is not shown any more', () => {
    expect(click(['x'], 'c', 'x', true)).toEqual(['c', 'x'])
  })
})
