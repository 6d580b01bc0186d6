import { describe, expect, it } from 'vitest'
import { relationInWords } from '../../../src/renderer/data/relation-words'
import { rowAt, topOf, type VirtualRows } from '../../../src/renderer/data/virtual-rows'
import { byImportance, isHarmless, titleOf } from '../../../src/renderer/data/warning-titles'
import type { TableWarning } from '../../../src/shared/table/warnings'

describe('rows of which one is opened', () => {
  const closed: VirtualRows = { count: 10, rowHeight: 50, open: null }
  const opened: VirtualRows = { ...closed, open: { index: 2, height: 130 } }

  it('begin one below the other, those after the opened one further down', () => {
    expect([0, 2, 3, 10].map((index) => topOf(closed, index))).toEqual([0, 100, 150, 500])
    expect([0, 2, 3, 10].map((index) => topOf(opened, index))).toEqual([0, 100, 280, 630])
  })

  it('are found at a height', () => {
    expect([0, 49, 50, 499].map((y) => rowAt(closed, y))).toEqual([0, 0, 1, 9])
    expect([99, 100, 149, 150, 279, 280, 329, 330].map((y) => rowAt(opened, y))).toEqual([1, 2, 2, 2, 2, 3, 3, 4])
  })
})

describe('warnings in a list', () => {
  const about = (columns: string[]): { columns: string[]; message: string; advice: string } => ({
    columns,
    message: 'm',
    advice: 'a'
  })
  const constant: TableWarning = { kind: 'constant', ...about(['a']) }
  const leakage: TableWarning = { kind: 'leakage', ...about(['b', 'c']), target: 'y', how: 'equals' }
  const duplicates: TableWarning = { kind: 'duplicateRows', ...about([]), rows: 1200, groups: 1, examples: [[1, 2]] }
  const imbalance: TableWarning = {
    kind: 'imbalance',
    ...about(['y']),
    largest: { value: 'no', count: 1110 },
    smallest: { value: 'yes', count: 11 }
  }

  it('come by importance; what is left out anyway comes last and alarms nobody', () => {
    const sorted = byImportance([constant, duplicates, imbalance, leakage])
    expect(sorted.map(({ kind }) => kind)).toEqual(['leakage', 'imbalance', 'duplicateRows', 'constant'])
    expect(sorted.map(isHarmless)).toEqual([false, false, false, true])
  })

  it('have titles with their figures', () => {
    expect([leakage, duplicates, imbalance, constant].map(titleOf)).toEqual([
      '2 columns give “y” away',
      '1\u202f200 repeated rows',
      'Imbalanced classes, 1\u202f110 to 11',
      '1 constant column left out'
    ])
    expect(titleOf({ ...leakage, columns: ['b'] })).toBe('“b” gives “y” away')
    expect(titleOf({ kind: 'copies', ...about(['a', 'b', 'c']) })).toBe('2 copies of “a”')
  })
})

describe('a relation in words', () => {
  it.each([
    [{ column: 'x', measure: 'pearson', value: -0.36612 } as const, 'Relation to y: correlation r −0.366'],
    [{ column: 'x', measure: 'cramersV', value: 1 } as const, 'Relation to y: Cramér’s V 1.000'],
    [{ column: 'x', measure: 'pearson', value: null } as const, 'No relation to y can be computed']
  ])('%o', (relation, words) => {
    expect(relationInWords(relation, 'y')).toBe(words)
  })
})
