import { beforeEach, describe, expect, it } from 'vitest'
import { foldDelta, statesOf } from '../../../src/shared/journal/content'
import { emptyDesign } from '../../../src/shared/network/propose'
import { doc, type DocumentState } from '../../../src/renderer/state/document.svelte'
import { HISTORY_LIMIT } from '../../../src/renderer/state/history'
import {
  journalSteps,
  placeOf,
  timelineDelta,
  timelineOf,
  type Timeline
} from '../../../src/renderer/state/journal-steps'

const now = (): Timeline => timelineOf(doc.state, doc.history)
const rename = (name: string, gesture?: string): void =>
  void doc.transact(`Call it ${name}`, (design) => ({ ...design, name }), gesture === undefined ? {} : { gesture })
const plain = (state: DocumentState) => state as unknown as { design: Record<string, unknown>; table: number | null }
const contentOf = (timeline: Timeline) => ({
  base: plain(timeline.base),
  steps: journalSteps(timeline.steps),
  head: { saved: null }
})
/** What a journal that had one timeline makes of the delta to the next. */
function folded(before: Timeline, after: Timeline): { sent: number; names: unknown[] } {
  const delta = timelineDelta(before, after)
  if (delta === null) throw new Error('They have nothing in common.')
  const { base, steps } = foldDelta(contentOf(before), { ...delta, savedUnchanged: false, head: { saved: null } })
  expect(statesOf(base, steps)).toEqual(statesOf(contentOf(after).base, contentOf(after).steps))
  return { sent: delta.steps.length, names: statesOf(base, steps).map(({ design }) => design['name']) }
}

beforeEach(() => doc.replace({ design: { ...emptyDesign(), name: '0' }, table: null }, null))

describe('what the journal is told', () => {
  it('is each step once, whatever is undone, redone, scrubbed and forgotten', () => {
    let before = now()
    const told = (): { sent: number; names: unknown[] } => {
      const result = folded(before, now())
      before = now()
      return result
    }
    rename('1')
    rename('2')
    expect(told()).toEqual({ sent: 2, names: ['0', '1', '2'] })
    doc.undo()
    expect(told()).toEqual({ sent: 0, names: ['0', '1', '2'] })
    expect(now().cursor).toBe(1)
    doc.redo()
    expect(told().sent).toBe(0)
    rename('3', 'scrub')
    rename('4', 'scrub')
    expect(told()).toEqual({ sent: 1, names: ['0', '1', '2', '4'] })
    rename('5', 'scrub')
    expect(told()).toEqual({ sent: 1, names: ['0', '1', '2', '5'] })
    doc.seal()
    doc.undo()
    doc.undo()
    rename('6')
    expect(told()).toEqual({ sent: 1, names: ['0', '1', '6'] })
    for (let edit = 0; edit < HISTORY_LIMIT; edit++) rename(`e${edit}`)
    const { sent, names } = told()
    expect([sent, names.length, names[0]]).toEqual([HISTORY_LIMIT, HISTORY_LIMIT + 1, '6'])
  })

  it('is nothing new after saving to the same place, and what is saved is one of the states', () => {
    rename('1')
    const before = now()
    doc.markSaved(doc.state, structuredClone(doc.design), { id: 'f', name: 'f.lamina', location: '' })
    expect(folded(before, now()).sent).toBe(0)
    expect(doc.saved === null ? null : placeOf(doc.saved, now())).toBe(1)
    doc.undo()
    rename('other')
    expect(doc.saved === null ? null : placeOf(doc.saved, now())).toBe(-1)
  })

  it('is the whole when another document takes the place', () => {
    rename('1')
    const before = now()
    doc.replace({ design: emptyDesign(), table: null }, null)
    expect(timelineDelta(before, now())).toBeNull()
  })

  it('leaves out the oldest steps of a history that would take too much, never the present', () => {
    for (const name of ['a', 'b', 'c', 'd']) rename(name.repeat(1000))
    expect(timelineOf(doc.state, doc.history, 2500)).toMatchObject({
      cursor: 2,
      base: { design: { name: 'b'.repeat(1000) } }
    })
    for (let index = 0; index < 4; index++) doc.undo()
    expect(timelineOf(doc.state, doc.history, 0)).toMatchObject({ cursor: 0, base: { design: { name: '0' } } })
  })
})
