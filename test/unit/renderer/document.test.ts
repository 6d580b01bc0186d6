import { beforeEach, describe, expect, it } from 'vitest'
import type { Design } from '../../../src/shared/design/schema'
import { noContext } from '../../../src/shared/network/check'
import { emptyDesign, proposeNetwork } from '../../../src/shared/network/propose'
import { doc } from '../../../src/renderer/state/document.svelte'

const file = { id: 'f1', name: 'mine.lamina', location: '/home' }
const named =
  (name: string) =>
  (design: Design): Design => ({ ...design, name })
const withData = (): Design => ({
  ...emptyDesign(),
  dataset: {
    path: 'iris.csv',
    reading: {},
    targets: ['species'],
    features: 'auto',
    columns: {},
    scaling: 'standard',
    missing: 'error',
    maxCategories: 100,
    split: { validation: 0.2, test: 0, seed: 1, stratify: true }
  }
})

beforeEach(() => doc.replace({ design: emptyDesign(), table: null }, null))

describe('the document', () => {
  it('undoes and redoes exactly, with the labels of the menu', () => {
    const before = doc.design
    doc.transact('Rename', named('A'))
    doc.transact('Rename again', named('B'))
    expect([doc.undoLabel, doc.redoLabel]).toEqual(['Rename again', null])
    doc.undo()
    expect([doc.design.name, doc.undoLabel, doc.redoLabel]).toEqual(['A', 'Rename', 'Rename again'])
    doc.undo()
    expect(doc.design).toBe(before)
    expect([doc.canUndo, doc.canRedo]).toEqual([false, true])
    doc.redo()
    doc.redo()
    expect(doc.design.name).toBe('B')
  })
  it('is modified by an edit and not any more after undoing it', () => {
    expect(doc.modified).toBe(false)
    doc.transact('Rename', named('A'))
    expect(doc.modified).toBe(true)
    doc.undo()
    expect(doc.modified).toBe(false)
  })
  it('records nothing for an edit that changes nothing', () => {
    doc.transact('Nothing', (design) => ({ ...design }))
    expect([doc.canUndo, doc.modified]).toEqual([false, false])
  })
  it('makes one step of a gesture, and another one after it', () => {
    for (const name of ['a', 'ab', 'abc']) doc.transact('Type', named(name), { gesture: 'name' })
    doc.seal()
    doc.transact('Type', named('abcd'), { gesture: 'name' })
    doc.undo()
    expect(doc.design.name).toBe('abc')
    doc.undo()
    expect(doc.design.name).toBe(emptyDesign().name)
  })
  it('does not continue a gesture over another edit', () => {
    doc.transact('Type', named('a'), { gesture: 'name' })
    doc.transact('Other', named('b'))
    doc.transact('Type', named('c'), { gesture: 'name' })
    doc.undo()
    expect(doc.design.name).toBe('b')
    doc.undo()
    expect(doc.design.name).toBe('a')
  })
  it('takes the table along when undoing', () => {
    doc.transactState('Open iris.csv', () => ({ design: withData(), table: 7 }))
    expect(doc.table).toBe(7)
    doc.undo()
    expect([doc.table, doc.design.dataset]).toEqual([null, null])
    doc.redo()
    expect(doc.table).toBe(7)
  })
  it('is saved as it was handed over: later edits stay unsaved', () => {
    doc.transact('Rename', named('A'))
    const handedOver = doc.state
    doc.transact('Rename', named('B'))
    doc.markSaved(handedOver, handedOver.design, file)
    expect([doc.title, doc.modified]).toEqual(['mine.lamina', true])
    doc.undo()
    expect(doc.modified).toBe(false)
  })
  it('learns where the table lies from saving, in the past as well, without a step', () => {
    doc.transactState('Open iris.csv', () => ({ design: withData(), table: 7 }))
    doc.transact('Rename', named('A'))
    const state = doc.state
    const written: Design = {
      ...state.design,
      dataset: state.design.dataset === null ? null : { ...state.design.dataset, path: '../data/iris.csv' }
    }
    doc.markSaved(state, written, file)
    expect([doc.design.dataset?.path, doc.modified, doc.undoLabel]).toEqual(['../data/iris.csv', false, 'Rename'])
    doc.undo()
    expect(doc.design.dataset?.path).toBe('../data/iris.csv')
    doc.redo()
    expect(doc.modified).toBe(false)
  })
  it('attaches a table that was found without a step and without becoming modified', () => {
    doc.replace({ design: withData(), table: null }, file)
    doc.transact('Rename', named('A'))
    doc.attachTable(3)
    doc.undo()
    expect([doc.table, doc.modified, doc.canUndo]).toEqual([3, false, false])
  })
  it('comes back from a backup with its history, and knows what is saved', () => {
    const states = ['A', 'B', 'C'].map((name) => ({ design: named(name)(withData()), table: 3 }))
    doc.restore({ states, labels: ['To B', 'To C'], cursor: 1, saved: states[0] ?? null }, file)
    expect([doc.design.name, doc.modified, doc.undoLabel, doc.redoLabel]).toEqual(['B', true, 'To B', 'To C'])
    doc.undo()
    expect([doc.design.name, doc.modified, doc.canUndo]).toEqual(['A', false, false])
    doc.restore({ states, labels: ['To B', 'To C'], cursor: 2, saved: null }, null)
    expect([doc.design.name, doc.modified, doc.canRedo]).toEqual(['C', true, false])
  })
  it('loads what stands in its file as a step that can be undone', () => {
    doc.replace({ design: withData(), table: 3 }, file)
    doc.transact('Rename', named('Mine'))
    doc.load('Load it', { design: named('Theirs')(withData()), table: 3 })
    expect([doc.design.name, doc.modified, doc.undoLabel]).toEqual(['Theirs', false, 'Load it'])
    doc.undo()
    expect([doc.design.name, doc.modified]).toEqual(['Mine', true])
  })
  it('tells listeners right away, and colours dense layers from input to output', () => {
    let heard = 0
    const stop = doc.onChange(() => (heard += 1))
    doc.transact('Propose', (design) => ({
      ...design,
      network: proposeNetwork('regression', [{ units: 4, function: 'relu' }])
    }))
    stop()
    doc.undo()
    expect(heard).toBe(1)
    doc.redo()
    expect([...doc.layers]).toEqual([
      ['dense-1', 0],
      ['dense-2', 1]
    ])
    expect(doc.context).toEqual(noContext)
    expect(doc.problems.size).toBe(0)
  })
})
