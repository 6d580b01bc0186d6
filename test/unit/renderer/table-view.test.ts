import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { plainView, type TablePage, type TableView, type TableWindow } from '../../../src/shared/table/view'
import { inOneLine } from '../../../src/renderer/data/table/cell-text'
import { ColumnLayout } from '../../../src/renderer/data/table/column-layout'
import { filterWords, readLimit, readRow } from '../../../src/renderer/data/table/filter-words'
import { keyMove } from '../../../src/renderer/data/table/key-moves'
import { PAGE_COLUMNS, PAGE_ROWS, PagedRows } from '../../../src/renderer/data/table/paged-rows'
import { RowSlots } from '../../../src/renderer/data/table/row-slots'
import { MOST_PIXELS, ScrollScale } from '../../../src/renderer/data/table/scroll-scale'

describe('a scroll scale', () => {
  const scales = fc
    .record({
      rows: fc.integer({ min: 0, max: 100_000_000 }),
      rowHeight: fc.integer({ min: 12, max: 60 }),
      viewport: fc.integer({ min: 60, max: 3000 })
    })
    .map(({ rows, rowHeight, viewport }) => new ScrollScale(rows, rowHeight, viewport))

  it('reaches every row, whatever there is of them, with an element of bounded height', () => {
    fc.assert(
      fc.property(scales, fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0 }), (scale, share, from) => {
        expect(scale.height).toBeLessThanOrEqual(Math.max(MOST_PIXELS, scale.viewport))
        if (scale.rows === 0) return
        const row = Math.floor(share * (scale.rows - 1))
        const top = scale.revealing(row, scale.clamped(from))
        const seen = scale.visible(top)
        expect(row).toBeGreaterThanOrEqual(seen.from)
        expect(row).toBeLessThan(seen.to)
        // Whole, not in part.
        expect(row * scale.rowHeight).toBeGreaterThanOrEqual(top)
        expect((row + 1) * scale.rowHeight - top).toBeLessThanOrEqual(scale.viewport)
      })
    )
  })

  it('mirrors places on the scroll bar, from its start to its end', () => {
    fc.assert(
      fc.property(scales, fc.double({ min: 0, max: 1, noNaN: true }), (scale, share) => {
        const end = Math.max(0, scale.height - scale.viewport)
        expect(scale.topAt(0)).toBe(0)
        expect(scale.topAt(end)).toBe(scale.lastTop)
        const bar = scale.scrollTopFor(share * scale.lastTop)
        expect(bar).toBeLessThanOrEqual(end)
        expect(scale.topAt(bar)).toBeCloseTo(share * scale.lastTop, 3)
      })
    )
  })

  it('moves as the element does where that is high enough', () => {
    const scale = new ScrollScale(1000, 24, 400)
    expect([scale.scaled, scale.height, scale.topAt(1234.5), scale.topAt(1e9)]).toEqual([false, 24_000, 1234.5, 23_600])
  })
})

describe('the layout of columns', () => {
  it('takes its widths from names and first rows, between limits', () => {
    const layout = ColumnLayout.of(
      ['a', 'name', 'text'].map((name) => ({ name, numeric: null, categories: [] })),
      [
        ['1', 'x'.repeat(15), null],
        ['2', '', 'y'.repeat(500)]
      ]
    )
    expect([layout.widthOf(0), layout.widthOf(1), layout.widthOf(2)]).toEqual([67, 125, 260])
    expect(layout.width).toBe(452)
  })

  it('leaves room for the longest number and the longest category of all rows, and for what a hand wants', () => {
    const numeric = { min: -5, max: 9_876_543, mean: 0, median: 0, standardDeviation: 1, integer: false, histogram: [] }
    const layout = ColumnLayout.of(
      [
        { name: 'n', numeric, categories: [] },
        { name: 'kind', numeric: null, categories: [{ value: 'k'.repeat(20), count: 1 }] },
        { name: 'p', numeric: { ...numeric, max: 2e30 }, categories: [] }
      ],
      [['1.25', 'a', '2e30']]
    )
    // 7 digits, the point and 2 more; 20 letters; what the first rows show of powers of ten.
    expect([layout.charactersOf(0), layout.charactersOf(1), layout.widthOf(2)]).toEqual([10, 20, 67])
    const wider = layout.with(1, 400)
    expect([wider.widthOf(0), wider.widthOf(1), wider.start(2)]).toEqual([
      layout.widthOf(0),
      400,
      layout.widthOf(0) + 400
    ])
    expect(layout.with(1, 3).widthOf(1)).toBe(64)
    expect(ColumnLayout.widthFor('a', ['x'.repeat(100)])).toBe(720)
  })

  it('knows what is in sight of very many columns', () => {
    const layout = ColumnLayout.of(
      Array.from({ length: 10_000 }, () => ({ name: 'a', numeric: null, categories: [] })),
      []
    )
    expect(layout.visible(0, 67)).toEqual({ from: 0, to: 1 })
    expect(layout.visible(66, 68)).toEqual({ from: 0, to: 2 })
    expect(layout.visible(67 * 9_999, 67 * 10_050, 1)).toEqual({ from: 9_998, to: 10_000 })
    expect(layout.revealing(5_000, 0, 670)).toBe(67 * 4_991)
    expect(layout.revealing(5, 67 * 100, 670)).toBe(67 * 5)
    expect(layout.revealing(105, 67 * 100, 670)).toBe(67 * 100)
  })
})

describe('a cell in a row', () => {
  it('marks where its text goes on in another line, and hands on no more than can be seen', () => {
    expect(inOneLine('two\nlines\r\nor\rfour', 20)).toBe('two↵lines↵or↵four')
    expect(inOneLine('x'.repeat(5_000_000), 10)).toBe('x'.repeat(40))
  })
})

describe('row slots', () => {
  const numbersOf = (found: { slot: number; row: number }[]): number[][] => found.map(({ slot, row }) => [slot, row])

  it('leave a row that stays in sight its element and use those of the others again', () => {
    const slots = new RowSlots()
    expect(numbersOf(slots.assign([0, 1, 2, 3]))).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3]
    ])
    expect(numbersOf(slots.assign([1, 2, 3, 4]))).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [0, 4]
    ])
    // Row 2 has the focus and stays, far from the rest.
    expect(numbersOf(slots.assign([2, 500, 501, 502]))).toEqual([
      [2, 2],
      [0, 500],
      [1, 501],
      [3, 502]
    ])
  })
})

describe('keys', () => {
  const extent = { rows: 100, columns: 5, page: 10 }
  const plain = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }
  test.each([
    ['ArrowDown', false, 3, 2, [4, 2]],
    ['ArrowUp', false, 0, 2, [-1, 2]],
    ['ArrowUp', false, -1, 2, [-1, 2]],
    ['ArrowDown', false, 99, 2, [99, 2]],
    ['ArrowLeft', false, 3, 0, [3, 0]],
    ['ArrowRight', false, 3, 4, [3, 4]],
    ['Home', false, 3, 2, [3, 0]],
    ['End', false, 3, 2, [3, 4]],
    ['Home', true, 3, 2, [0, 0]],
    ['End', true, 3, 2, [99, 4]],
    ['PageDown', false, 3, 2, [13, 2]],
    ['PageDown', false, -1, 2, [10, 2]],
    ['PageDown', false, 95, 2, [99, 2]],
    ['PageUp', false, 5, 2, [0, 2]],
    ['ArrowDown', true, 3, 2, [99, 2]]
  ] as const)('%s (with Ctrl: %s) from %i, %i', (key, ctrlKey, row, column, [toRow, toColumn]) => {
    expect(keyMove({ ...plain, key, ctrlKey }, { row, column }, extent)).toEqual({ row: toRow, column: toColumn })
  })

  it('that mean nothing here are left alone', () => {
    expect(keyMove({ ...plain, key: 'a' }, { row: 0, column: 0 }, extent)).toBeNull()
    expect(keyMove({ ...plain, key: 'ArrowUp', shiftKey: true }, { row: 1, column: 0 }, extent)).toBeNull()
  })

  it('stay in the heading when there are no rows', () => {
    expect(keyMove({ ...plain, key: 'ArrowDown' }, { row: -1, column: 0 }, { ...extent, rows: 0 })).toEqual({
      row: -1,
      column: 0
    })
  })
})

describe('paged rows', () => {
  interface Asked {
    view: TableView
    window: TableWindow
    answer(shown?: number): Promise<void>
    fail(): Promise<void>
  }
  function paged(columns = 3, rows = 10_000): { asked: Asked[]; rows: PagedRows; failures: string[] } {
    const asked: Asked[] = []
    const failures: string[] = []
    const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    const made = new PagedRows({
      columns,
      rows,
      fetch: (view, window) =>
        new Promise<TablePage>((resolve, reject) => {
          asked.push({
            view,
            window,
            answer: (shown = rows) => {
              const length = Math.max(0, Math.min(shown - window.offset, window.limit))
              const from = view.sort === null ? window.offset : rows - shown + window.offset
              resolve({
                shown,
                rows: Array.from({ length }, (_, index) => ({
                  row: from + index + 1,
                  cells: Array.from(
                    { length: window.columns.to - window.columns.from },
                    (_, column) => `${from + index + 1}:${window.columns.from + column}`
                  )
                }))
              })
              return settled()
            },
            fail: () => {
              reject(new Error('refused'))
              return settled()
            }
          })
        }),
      changed: () => undefined,
      failed: (error) => failures.push(String(error))
    })
    return { asked, rows: made, failures }
  }
  const sorted: TableView = { ...plainView, sort: { column: 0, direction: 'ascending' } }
  const all = { from: 0, to: 3 }
  const offsets = (asked: readonly Asked[]): number[] => asked.map(({ window }) => window.offset)

  it('never asks for what was scrolled past while a page was under way', async () => {
    const { asked, rows } = paged()
    rows.see({ from: 0, to: 20 }, all)
    for (let from = 100; from < 9000; from += 100) rows.see({ from, to: from + 20 }, all)
    rows.see({ from: 9090, to: 9110 }, all)
    expect(offsets(asked)).toEqual([0])
    await asked[0]?.answer()
    await asked[1]?.answer()
    await asked[2]?.answer()
    expect(offsets(asked)).toEqual([0, 9000, 9100])
    expect([rows.cellAt(9100, 2), rows.cellAt(5000, 0), rows.rowAt(5000)]).toEqual(['9101:2', undefined, 5001])
  })

  it('asks only for the columns in sight of a wide table', async () => {
    const { asked, rows } = paged(200)
    rows.see({ from: 0, to: 20 }, { from: 60, to: 70 })
    await asked[0]?.answer()
    await asked[1]?.answer()
    expect(asked.map(({ window }) => window.columns)).toEqual([
      { from: 0, to: PAGE_COLUMNS },
      { from: PAGE_COLUMNS, to: 2 * PAGE_COLUMNS }
    ])
    rows.see({ from: 0, to: 20 }, { from: 195, to: 200 })
    await asked[2]?.answer()
    expect(asked[2]?.window.columns).toEqual({ from: 192, to: 200 })
    expect([rows.cellAt(5, 63), rows.cellAt(5, 64), rows.cellAt(5, 199), rows.cellAt(5, 130)]).toEqual([
      '6:63',
      '6:64',
      '6:199',
      undefined
    ])
  })

  it('shows the old view until the new one is there, and only the newest', async () => {
    const { asked, rows } = paged()
    rows.see({ from: 0, to: 20 }, all)
    await asked[0]?.answer()
    const filtered: TableView = { ...plainView, search: 'x' }
    rows.show(filtered)
    rows.show(sorted)
    expect(rows.cellAt(0, 0)).toBe('1:0')
    await asked[1]?.answer(7)
    expect([rows.view, rows.shown, rows.pending]).toEqual([plainView, 10_000, sorted])
    await asked[2]?.answer(50)
    expect([rows.view, rows.shown, rows.pending]).toEqual([sorted, 50, null])
    expect([rows.rowAt(0), rows.cellAt(0, 1), rows.rowAt(50)]).toEqual([9951, '9951:1', null])
  })

  it('keeps a bounded number of pages', async () => {
    const { asked, rows } = paged(3, 1_000_000)
    for (let page = 0; page < 100; page++) {
      rows.see({ from: page * PAGE_ROWS, to: page * PAGE_ROWS + 20 }, all)
      await asked[page]?.answer(1_000_000)
    }
    expect(asked.length).toBe(100)
    expect([rows.cellAt(0, 0), rows.cellAt(9999, 0)]).toEqual([undefined, '10000:0'])
    rows.see({ from: 0, to: 20 }, all)
    expect(offsets(asked).at(-1)).toBe(0)
  })

  it('tells of a failure once, and asks again when the page comes back into sight or the view changes', async () => {
    const { asked, rows, failures } = paged()
    rows.see({ from: 0, to: 20 }, all)
    await asked[0]?.fail()
    rows.see({ from: 1, to: 21 }, all)
    expect([asked.length, failures]).toEqual([1, ['Error: refused']])
    rows.see({ from: 500, to: 520 }, all)
    await asked[1]?.answer()
    rows.see({ from: 0, to: 20 }, all)
    await asked[2]?.fail()
    expect([offsets(asked), failures.length]).toEqual([[0, 500, 0], 2])
    rows.show(sorted)
    await asked[3]?.fail()
    expect([rows.view, rows.pending, failures.length]).toEqual([plainView, null, 3])
    rows.show(sorted)
    await asked[4]?.answer()
    expect([rows.view, rows.cellAt(0, 0)]).toEqual([sorted, '1:0'])
  })

  it('asks for nothing more once it is closed', async () => {
    const { asked, rows } = paged()
    rows.see({ from: 0, to: 220 }, all)
    rows.close()
    await asked[0]?.answer()
    expect([asked.length, rows.cellAt(0, 0)]).toEqual([1, undefined])
  })
})

describe('words', () => {
  it('say what a filter asks for', () => {
    const range = (min: number | null, max: number | null): string =>
      filterWords({ kind: 'range', column: 0, min, max }, 'price')
    expect([range(1, 2.5), range(null, 3), range(4, null), range(null, null)]).toEqual([
      'price from 1 to 2.5',
      'price ≤ 3',
      'price ≥ 4',
      'price is a number'
    ])
    expect(filterWords({ kind: 'contains', column: 0, text: 'a b' }, 'name')).toBe('name contains “a b”')
  })

  test.each([
    ['', null],
    [' ', null],
    ['1,5', 1.5],
    ['-.5', -0.5],
    ['−3', -3],
    ['1e3', 1000],
    ['0x10', undefined],
    ['abc', undefined],
    ['1 2', undefined]
  ])('read the limit %j', (text, expected) => {
    expect(readLimit(text)).toBe(expected)
  })

  test.each([
    ['1', 1],
    ['12 345', 12_345],
    ['12\u202f345', 12_345],
    ['0', null],
    ['20001', null],
    ['-1', null],
    ['1.5', null],
    ['', null]
  ])('read the row %j', (text, expected) => {
    expect(readRow(text, 20_000)).toBe(expected)
  })
})
