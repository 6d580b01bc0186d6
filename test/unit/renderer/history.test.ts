import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  emptyHistory,
  HISTORY_LIMIT,
  record,
  redo,
  rewrite,
  seal,
  undo,
  type History
} from '../../../src/renderer/state/history'
import { sameContent } from '../../../src/shared/same-content'

const step = (before: number, after: number, gesture: string | null = null) => ({
  label: `${before} → ${after}`,
  before,
  after,
  gesture
})
const same = Object.is

describe('history', () => {
  it('records, undoes and redoes', () => {
    let history: History<number> = record(record<number>(emptyHistory, step(0, 1), same), step(1, 2), same)
    const undone = undo(history)
    expect(undone?.value).toBe(1)
    history = undone?.history ?? history
    expect(history.future.map((entry) => entry.label)).toEqual(['1 → 2'])
    expect(redo(history)?.value).toBe(2)
    expect(redo(history)?.history.past).toHaveLength(2)
  })
  it('has nothing to undo or redo when it is empty', () => {
    expect(undo<number>(emptyHistory)).toBeNull()
    expect(redo<number>(emptyHistory)).toBeNull()
  })
  it('forgets what could be redone when something new is done', () => {
    const undone = undo(record<number>(emptyHistory, step(0, 1), same))?.history ?? emptyHistory
    expect(record(undone, step(0, 5), same).future).toEqual([])
  })
  it('takes a change that changes nothing for no step', () => {
    expect(record<number>(emptyHistory, step(3, 3), same)).toBe(emptyHistory)
  })
  it('makes one step of a gesture and keeps its first label', () => {
    let history: History<number> = record<number>(emptyHistory, step(0, 1, 'scrub'), same)
    history = record(history, step(1, 2, 'scrub'), same)
    history = record(history, step(2, 3, 'scrub'), same)
    expect(history.past).toEqual([{ label: '0 → 1', before: 0, after: 3, gesture: 'scrub' }])
  })
  it('leaves no step of a gesture that comes back to where it began', () => {
    const history = record(record<number>(emptyHistory, step(0, 1, 'scrub'), same), step(1, 0, 'scrub'), same)
    expect(history.past).toEqual([])
  })
  it('begins anew after a seal, an undo or another gesture', () => {
    const scrubbed = record<number>(emptyHistory, step(0, 1, 'scrub'), same)
    expect(record(seal(scrubbed), step(1, 2, 'scrub'), same).past).toHaveLength(2)
    expect(record(scrubbed, step(1, 2, 'other'), same).past).toHaveLength(2)
    const redone = redo(undo(scrubbed)?.history ?? emptyHistory)?.history ?? emptyHistory
    expect(record(redone, step(1, 2, 'scrub'), same).past).toHaveLength(2)
    expect(seal(seal(scrubbed))).toEqual(seal(scrubbed))
  })
  it('keeps a bounded number of steps', () => {
    let history: History<number> = emptyHistory
    for (let index = 0; index < HISTORY_LIMIT + 7; index++) history = record(history, step(index, index + 1), same)
    expect(history.past).toHaveLength(HISTORY_LIMIT)
    expect(history.past[0]?.before).toBe(7)
  })
  it('rewrites values on both sides', () => {
    const undone =
      undo(record(record<number>(emptyHistory, step(0, 1), same), step(1, 2), same))?.history ?? emptyHistory
    const rewritten = rewrite(undone, (value) => value * 10)
    expect([rewritten.past[0]?.after, rewritten.future[0]?.after]).toEqual([10, 20])
  })
  it('restores exactly, whatever was done', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer(), fc.constantFrom(null, 'a', 'b')), { maxLength: 40 }), (edits) => {
        let history: History<{ n: number }> = emptyHistory
        let value = { n: 0 }
        const first = value
        for (const [n, gesture] of edits) {
          history = record(history, { label: '', before: value, after: { n }, gesture }, sameContent)
          value = { n }
        }
        const last = value
        for (let back = undo(history); back !== null; back = undo(history)) {
          history = back.history
          value = back.value
        }
        expect(value).toEqual(first)
        for (let forth = redo(history); forth !== null; forth = redo(history)) {
          history = forth.history
          value = forth.value
        }
        expect(value).toEqual(last)
      })
    )
  })
})

describe('sameContent', () => {
  it('compares content, not identity, and takes an absent key for undefined', () => {
    expect(sameContent({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true)
    expect(sameContent({ a: 1, b: undefined }, { a: 1 })).toBe(true)
    expect(sameContent({ a: 1 }, { a: 1, b: 2 })).toBe(false)
    expect(sameContent({ a: 1 }, { b: 1 })).toBe(false)
    expect(sameContent([1, 2], [2, 1])).toBe(false)
    expect(sameContent([1], { 0: 1 })).toBe(false)
    expect(sameContent(null, {})).toBe(false)
    expect(sameContent(Number.NaN, Number.NaN)).toBe(true)
  })
})
