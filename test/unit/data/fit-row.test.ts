import { describe, expect, test } from 'vitest'
import { RowFitter } from '../../../src/data/reading/repair/fit-row'

const csv = { delimiter: ',', quote: '"', escape: 'doubled', runs: false, spaced: false } as const
const fitter = new RowFitter(3, csv, [
  ['1', 'x', '0.5'],
  ['2', 'y', '1.5'],
  ['3', 'z', 'NA'],
  ['4', 'w', 'error']
])

describe('a row that does not fit', () => {
  test('is filled up at its end when it is short', () => {
    expect(fitter.fit(['1', 'x'])).toEqual({ cells: ['1', 'x', ''], column: 2, change: 'filled' })
    expect(fitter.fit([''])).toEqual({ cells: ['', '', ''], column: 1, change: 'filled' })
  })

  test('is split where another delimiter makes it fit', () => {
    expect(fitter.fit(['1;x;0.5'])).toEqual({ cells: ['1', 'x', '0.5'], column: 0, change: 'split' })
    expect(fitter.fit(['1|"x', ' y"|0'])).toMatchObject({ cells: ['1', 'x, y', '0'], change: 'split' })
    expect(fitter.fit(['1;x'])).toMatchObject({ cells: ['1;x', '', ''], change: 'filled' })
    expect(new RowFitter(2, csv, []).fit(['x;y'])).toMatchObject({ cells: ['x;y', ''] })
  })

  test('loses nothing but empty cells when it is long', () => {
    expect(fitter.fit(['1', 'x', '2', '', ' '])).toEqual({ cells: ['1', 'x', '2'], column: 2, change: 'trimmed' })
  })

  test('is joined where numbers then stand in columns of numbers', () => {
    expect(fitter.fit(['1', 'x', ' y', '2.5'])).toEqual({ cells: ['1', 'x, y', '2.5'], column: 1, change: 'joined' })
    expect(fitter.fit(['1', 'x', 'y', '', 'z', '2'])).toMatchObject({ cells: ['1', 'x,y,,z', '2'], column: 1 })
    expect(new RowFitter(2, csv, [['x', '1']]).fit(['x', 'y', '2'])).toMatchObject({ cells: ['x,y', '2'], column: 0 })
  })

  test('has what stands beyond the last column set aside where that column holds no such text', () => {
    const rows = Array.from({ length: 20 }, (_, row) => [String(row), '0.5', row % 2 === 0 ? 'yes' : 'no'])
    const classes = new RowFitter(3, csv, rows)
    const aside = { cells: ['120', '0.4', 'no'], column: 2, change: 'setAside' }
    expect(classes.fit(['120', '0.4', 'no', 'extra'])).toEqual(aside)
    expect(classes.fit(['120', '0.4', 'no', ' extra', '7', ''])).toEqual(aside)
    const numbers = new RowFitter(2, csv, rows.map(([id = '', x = '']) => [id, x])) // prettier-ignore
    expect(numbers.fit(['7', '0.5', '8'])).toEqual({ cells: ['7', '0.5'], column: 1, change: 'setAside' })
    const texts = rows.map(([id = '', x = ''], row) => [id, x, `text no. ${row}`])
    const joined = { cells: ['1', '2', 'well, yes'], change: 'joined' }
    expect(new RowFitter(3, csv, texts).fit(['1', '2', 'well', ' yes'])).toMatchObject(joined)
  })

  test('is joined at its end where nothing tells', () => {
    const texts = new RowFitter(2, { ...csv, delimiter: ';' }, [['x', 'y']])
    expect(texts.fit(['a', 'b', 'c'])).toEqual({ cells: ['a', 'b;c'], column: 1, change: 'joined' })
    expect(new RowFitter(2, { ...csv, delimiter: ';' }, []).fit(['1', '2', '3'])).toMatchObject({ cells: ['1', '2;3'] })
  })
})

describe('a header that does not fit', () => {
  const named = (rows: readonly (readonly string[])[]): readonly string[] =>
    new RowFitter(3, csv, rows).fitHeader(['a', 'b'])

  test('lacks its first name where rows have names or are counted, as R writes them', () => {
    expect(named([['Ann', '1', '2'], ['Bob', '3', '4']])).toEqual(['', 'a', 'b']) // prettier-ignore
    expect(named([['1', '5', '2'], ['2', '3', '4']])).toEqual(['', 'a', 'b']) // prettier-ignore
  })

  test('lacks its last name otherwise', () => {
    expect(named([['Ann', '1', '2'], ['Ann', '3', '4']])).toEqual(['a', 'b', '']) // prettier-ignore
    expect(named([['7', '1', '2'], ['8', '3', '4']])).toEqual(['a', 'b', '']) // prettier-ignore
    expect(named([['Ann', '1', ''], ['Bob', '3', '']])).toEqual(['a', 'b', '']) // prettier-ignore
    expect(named([['Ann', '1', '2']])).toEqual(['a', 'b', ''])
  })

  test('stays as it is when it does fit', () => {
    expect(fitter.fitHeader(['a', 'b', ''])).toEqual(['a', 'b', ''])
    expect(fitter.fitHeader(['a', 'b', 'c', 'd'])).toEqual(['a', 'b', 'c,d'])
  })
})
