import { beforeEach, describe, expect, it, vi } from 'vitest'
import * as editor from '../../../src/renderer/canvas/editor'
import { flow } from '../../../src/renderer/canvas/flow.svelte'
import { wireId } from '../../../src/renderer/canvas/operations'
import { wiring } from '../../../src/renderer/canvas/wiring.svelte'
import { doc } from '../../../src/renderer/state/document.svelte'
import { notices } from '../../../src/renderer/state/notices.svelte'
import { emptyDesign } from '../../../src/shared/network/propose'
import { chain } from './networks'

// Notices time themselves out; nothing here waits for that.
vi.stubGlobal('window', { setTimeout: () => 0, clearTimeout: () => undefined })

const wires = (): string[] => doc.design.network.edges.map(wireId).sort()
const ids = (): string[] => doc.design.network.nodes.map((node) => node.id)
const selected = (): string[] => [...flow.blocks].sort()
const select = (...blocks: string[]): void => flow.select(new Set(blocks))

beforeEach(() => {
  doc.replace({ design: { ...emptyDesign(), network: chain() }, table: null }, null)
  flow.clear()
  for (const notice of notices.list) notices.dismiss(notice.id)
})

describe('the canvas follows the document', () => {
  it('and keeps what has not changed as it is', () => {
    const before = new Map(flow.nodes.map((node) => [node.id, node]))
    const edges = flow.edges
    select('dense-1')
    editor.nudge({ x: 0, y: 1 }, 1)
    expect(flow.nodes.find((node) => node.id === 'act-1')).toBe(before.get('act-1'))
    expect(flow.nodes.find((node) => node.id === 'dense-1')).toMatchObject({
      position: { x: 220, y: 20 },
      selected: true
    })
    expect(flow.edges).toBe(edges)
  })
  it('and forgets the selection of what was deleted', () => {
    select('dense-1', 'act-1')
    editor.deleteSelection(false)
    doc.undo()
    expect(selected()).toEqual([])
  })
})

describe('adding', () => {
  it('goes after the selected block and selects what was added', () => {
    select('dense-1')
    editor.add({ type: 'activation', values: { function: 'tanh' } }, { kind: 'anywhere' })
    expect(wires()).toContain('dense-1>act-3')
    expect(wires()).toContain('act-3>act-1')
    expect([selected(), doc.undoLabel]).toEqual([['act-3'], 'Add Tanh'])
  })
  it('does not go after the Output, which ends the network', () => {
    select('output')
    editor.add({ type: 'dense' }, { kind: 'anywhere' })
    expect(wires().some((wire) => wire.includes('dense-3'))).toBe(false)
  })
})

describe('wires', () => {
  it('are refused in words', () => {
    editor.connect('act-2', 'dense-1')
    expect(notices.list.map((notice) => notice.text)).toEqual(['This wire would close a cycle; data flows one way.'])
    expect(doc.canUndo).toBe(false)
  })
  it('show where they cannot go while they are drawn', () => {
    wiring.begin('act-1', 'source')
    expect([...wiring.refusals.keys()].sort()).toEqual(['dense-1', 'input'])
    wiring.begin('dense-1', 'target')
    expect(wiring.refusals.get('output')).toBe('Output ends the network: no wire can leave it.')
    expect(wiring.wireTo('input')).toEqual({ source: 'input', target: 'dense-1' })
    wiring.end()
    expect(wiring.refusals.size).toBe(0)
  })
  it('do not count against themselves while their end is moved', () => {
    wiring.begin('dense-1', 'source')
    wiring.moving = { source: 'dense-1', target: 'act-1' }
    expect(wiring.refusals.has('act-2')).toBe(false)
    wiring.end()
  })
  it('list their possible ends with reasons', () => {
    const targets = editor.wireTargets('act-1', 'source')
    expect(targets.find((target) => target.id === 'dense-2')).toMatchObject({ connected: true, refused: null })
    expect(targets.find((target) => target.id === 'dense-1')?.refused).toMatch(/cycle/)
    expect(targets.map((target) => target.id)).not.toContain('input')
  })
})

describe('deleting', () => {
  it('heals without taking the wires of a box selection for chosen ones', () => {
    flow.select(new Set(['act-1']), new Set(['dense-1>act-1', 'act-1>dense-2']))
    editor.deleteSelection(true)
    expect(wires()).toContain('dense-1>dense-2')
    expect(doc.undoLabel).toBe('Delete Activation')
  })
  it('says why the ends stay', () => {
    select('input', 'output')
    editor.deleteSelection(false)
    expect([ids().length, doc.canUndo, notices.list.length]).toEqual([6, false, 1])
  })
})

describe('the clipboard', () => {
  it('pastes a little further each time, cut blocks where they were', () => {
    select('dense-1')
    editor.copy()
    editor.paste(null)
    editor.paste(null)
    const place = (id: string) => doc.nodes.get(id)?.position
    expect([place('dense-3'), place('dense-4')]).toEqual([
      { x: 260, y: 40 },
      { x: 300, y: 80 }
    ])
    select('dense-4')
    editor.cut()
    editor.paste(null)
    expect(place('dense-4')).toEqual({ x: 300, y: 80 })
  })
  it('takes blocks from another window and nothing else', () => {
    select('dense-1', 'act-1')
    const text = editor.copy()
    expect(text).not.toBeNull()
    editor.paste('a,b\n1,2')
    expect(ids()).toHaveLength(6)
    editor.paste(text, { x: 1000, y: 500 })
    expect(selected()).toEqual(['act-3', 'dense-3'])
    expect(doc.nodes.get('dense-3')?.position).toEqual({ x: 1000, y: 500 })
    expect(wires()).toContain('dense-3>act-3')
  })
  it('copies nothing that stands only once', () => {
    select('input')
    expect(editor.copy()).toBeNull()
  })
})

describe('gestures', () => {
  it('make one step of a held arrow key, another one after it is released', () => {
    select('dense-1')
    for (let index = 0; index < 3; index++) editor.nudge({ x: 1, y: 0 }, 1)
    doc.seal()
    editor.nudge({ x: 1, y: 0 }, 5)
    expect(doc.nodes.get('dense-1')?.position.x).toBe(220 + 160)
    doc.undo()
    expect(doc.nodes.get('dense-1')?.position.x).toBe(220 + 60)
    doc.undo()
    expect(doc.design.network).toEqual(chain())
  })
  it('make one step of a scrub, and none when it comes back', () => {
    const scrub = (units: number): void =>
      editor.setParameter(new Set(['dense-1']), 'units', units, 'Units', 'dense-1.units')
    for (const units of [17, 18, 19]) scrub(units)
    expect(doc.undoLabel).toBe('Change units')
    scrub(16)
    expect(doc.canUndo).toBe(false)
  })
})

describe('walking', () => {
  it('follows the wires', () => {
    editor.walk('forward')
    expect(flow.single).toBe('input')
    editor.walk('forward')
    expect(flow.single).toBe('dense-1')
    editor.walk('back')
    editor.walk('back')
    expect(flow.single).toBe('input')
  })
})
