import { afterEach, describe, expect, it, vi } from 'vitest'
import { LaminaError } from '../../../src/shared/errors'
import type { Issue } from '../../../src/shared/table/reading'
import { issuesCsv, kindsOf } from '../../../src/renderer/data/reading/issue-words'
import { openingFailed } from '../../../src/renderer/state/dataset.svelte'
import { notices } from '../../../src/renderer/state/notices.svelte'

const issues: readonly Issue[] = [
  {
    kind: 'strayQuote',
    row: 5,
    line: 6,
    byte: 86,
    column: null,
    found: '"a,b',
    expected: 'quotes',
    action: 'repaired'
  },
  { kind: 'notANumber', row: 5, line: null, byte: null, column: 'n', found: 'a', expected: '1', action: 'setMissing' },
  { kind: 'fewCells', row: null, line: 9, byte: 120, column: null, found: '1', expected: '2 cells', action: 'skipped' },
  { kind: 'strayQuote', row: 0, line: 1, byte: 0, column: null, found: '"', expected: 'quotes', action: 'repaired' }
]

afterEach(() => vi.unstubAllGlobals())

describe('what is said of a table that is read', () => {
  it('counts issues by kind, and writes them as CSV', () => {
    expect(kindsOf(issues).map(({ label, count }) => [label, count])).toEqual([
      ['Too few cells', 1],
      ['Stray quotes', 2],
      ['Not a number', 1]
    ])
    expect(issuesCsv(issues.slice(0, 3)).split('\r\n')).toEqual([
      'line,byte,row,column,kind,found,expected,done',
      '6,86,5,,Stray quotes,"""a,b",quotes,repaired',
      ',,5,n,Not a number,a,1,set missing',
      '9,120,,,Too few cells,1,2 cells,left out',
      ''
    ])
  })

  it('says what to do when the process that read a file has ended', () => {
    const failed = openingFailed(new LaminaError('workerFailed', 'The data worker was killed.'), 'big.csv')
    expect(failed).toMatchObject({ code: 'workerFailed' })
    expect(String(failed)).toMatch(/big\.csv was not opened\. The data worker was killed\. .* Open the file again/)
    const other = new LaminaError('invalidData', 'It is empty.')
    expect(openingFailed(other, 'big.csv')).toBe(other)
  })

  it('keeps one notice of a topic, the latest', () => {
    vi.stubGlobal('window', globalThis)
    notices.info('The end is softmax.', null, 'head')
    notices.info('Something else.')
    const last = notices.info('The end is the identity.', null, 'head')
    expect(notices.list.map(({ text }) => text)).toEqual(['Something else.', 'The end is the identity.'])
    for (const { id } of notices.list) notices.dismiss(id)
    expect(last).toBeGreaterThan(0)
  })
})
