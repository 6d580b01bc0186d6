import { describe, expect, it } from 'vitest'
import { parseHidden } from '../../../src/cli/commands/new'
import { alignedTable, count, duration, measure, nearest, plural, shortened } from '../../../src/cli/text'
import { UsageError } from '../../../src/cli/usage-error'

describe('text for people', () => {
  it('aligns columns', () => {
    const rows = [
      ['Name', 'Rows', 'Note'],
      ['a', '5', ''],
      ['größer', '12 345', 'x']
    ]
    expect(alignedTable(rows, ['left', 'right', 'left'])).toBe(
      'Name      Rows  Note\na            5\ngrößer  12 345  x\n'
    )
  })

  it.each([
    [0, '0'],
    [0.051234, '0.05123'],
    [12.3456, '12.35'],
    [1234567, '1.235e+6'],
    [0.0000123, '1.230e-5'],
    [-3.5, '-3.5'],
    [null, '–']
  ])('writes the measure %s as %s', (value, text) => {
    expect(measure(value)).toBe(text)
  })

  it.each([
    [0.00281, '2.81 ms'],
    [4.2, '4.20 s'],
    [42.4, '42 s'],
    [185, '3:05'],
    [3723, '1:02:03']
  ])('writes %s seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })

  it('writes counts and plurals', () => {
    expect([count(12400), count(7), count(1234567.4)]).toEqual(['12 400', '7', '1 234 567'])
    expect([plural(1, 'row'), plural(0, 'row'), plural(2000, 'row')]).toEqual(['1 row', '0 rows', '2 000 rows'])
    expect([shortened('abcdef', 4), shortened('abc', 4)]).toEqual(['abc…', 'abc'])
  })

  it.each([
    ['specie', 'species'],
    ['SPECIES', 'species'],
    ['petal_lenght', 'petal_length'],
    ['colour', null]
  ])('takes %j for %j', (wanted, expected) => {
    expect(nearest(wanted, ['sepal_length', 'petal_length', 'species'])).toBe(expected)
  })
})

describe('hidden layers on the command line', () => {
  it.each([
    [
      '16:relu,16:relu',
      [
        { units: 16, function: 'relu' },
        { units: 16, function: 'relu' }
      ]
    ],
    ['32', [{ units: 32, function: 'relu' }]],
    [
      ' 8:Tanh , 4:leakyrelu ',
      [
        { units: 8, function: 'tanh' },
        { units: 4, function: 'leakyRelu' }
      ]
    ],
    ['none', []]
  ])('%j', (text, layers) => {
    expect(parseHidden(text)).toEqual(layers)
  })

  it.each(['', 'a', '0:relu', '16:relu:x', '16:', '70000', '1.5', '16:swoosh', '16,,16'])('refuse %j', (text) => {
    expect(() => parseHidden(text)).toThrow(UsageError)
  })
})
