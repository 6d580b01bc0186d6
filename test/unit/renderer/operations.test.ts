import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Network } from '../../../src/shared/design/schema'
import { checkNetwork } from '../../../src/shared/network/check'
import { BLOCK_SPACING } from '../../../src/shared/network/propose'
import { GRID, overlaps } from '../../../src/renderer/canvas/geometry'
import {
  addAfter,
  addBlock,
  addConnected,
  addOnWire,
  connect,
  copyBlocks,
  describeHead,
  disconnect,
  formatFragment,
  freePlace,
  headFits,
  headOf,
  nudgeBlocks,
  parseFragment,
  pasteBlocks,
  placeBlocks,
  reconnect,
  remove,
  removeAndHeal,
  renameBlock,
  replaceHead,
  setValues,
  spliceBlock,
  tidy,
  wireAt,
  wireId,
  wireOf,
  withoutLastDropout
} from '../../../src/renderer/canvas/operations'
import { anyNetwork, chain, flaw, someIds } from './networks'

const place = (network: Network, id: string): { x: number; y: number } => {
  const node = network.nodes.find((entry) => entry.id === id)
  if (node === undefined) throw new Error(`no block ${id}`)
  return node.position
}
const wires = (network: Network): string[] => network.edges.map(wireId).sort()

describe('adding blocks', () => {
  it('numbers ids above all in use, so a deleted id does not come back', () => {
    const without = remove(chain(), { blocks: new Set(['dense-1']), wires: new Set() })
    expect(addBlock(without, { type: 'dense' }, { x: 0, y: 0 }).id).toBe('dense-3')
    expect(addBlock(without, { type: 'activation' }, { x: 0, y: 0 }).id).toBe('act-3')
  })
  it('fills in the catalogue’s defaults, takes given values and snaps to the grid', () => {
    const { network, id } = addBlock(chain(), { type: 'dense', values: { units: 7 } }, { x: 33, y: -9 })
    expect(network.nodes.find((node) => node.id === id)).toEqual({
      id,
      type: 'dense',
      units: 7,
      initializer: 'he',
      position: { x: 40, y: 0 }
    })
  })
  it('finds a free place below blocks in the way', () => {
    const found = freePlace(chain(), { x: 0, y: 0 })
    expect(found.x).toBe(0)
    expect(chain().nodes.some((node) => overlaps(node.position, found))).toBe(false)
  })
  it('adds after a block and takes over its wires', () => {
    const { network, id } = addAfter(chain(), { type: 'activation' }, 'dense-1')
    expect(wires(network)).toEqual([
      'act-1>dense-2',
      'act-2>output',
      'act-3>act-1',
      'dense-1>act-3',
      'dense-2>act-2',
      'input>dense-1'
    ])
    expect(place(network, id)).toEqual({ x: 2 * BLOCK_SPACING, y: 0 })
    expect(place(network, 'act-1').x).toBe(3 * BLOCK_SPACING)
    expect(checkNetwork(network, { features: 4, outputs: 3, task: 'classification' }).plan?.operations).toHaveLength(5)
  })
  it('adds at the loose end of a wire, connected, in either direction', () => {
    const forward = addConnected(chain(), { type: 'dense' }, { block: 'input', port: 'source' }, { x: 100, y: 200 })
    expect(wires(forward.network)).toContain(`input>${forward.id}`)
    const backward = addConnected(chain(), { type: 'dense' }, { block: 'output', port: 'target' }, { x: 100, y: 200 })
    expect(wires(backward.network)).toContain(`${backward.id}>output`)
    expect(wires(backward.network)).not.toContain('act-2>output')
  })
})

describe('wires', () => {
  it('names a wire and finds it again', () => {
    expect(wireOf(wireId({ source: 'dense-1', target: 'act-1' }))).toEqual({ source: 'dense-1', target: 'act-1' })
    expect(wireOf('nonsense')).toBeNull()
  })
  it('replaces what arrived before', () => {
    expect(wires(connect(chain(), 'input', 'dense-2'))).toEqual([
      'act-2>output',
      'dense-1>act-1',
      'dense-2>act-2',
      'input>dense-1',
      'input>dense-2'
    ])
  })
  it('leaves the network alone when a wire is refused or already there', () => {
    const network = chain()
    expect(connect(network, 'act-2', 'dense-1')).toBe(network)
    expect(connect(network, 'output', 'dense-1')).toBe(network)
    expect(connect(network, 'input', 'dense-1')).toBe(network)
    expect(reconnect(network, { source: 'input', target: 'dense-1' }, { source: 'dense-2', target: 'dense-1' })).toBe(
      network
    )
  })
  it('moves an end elsewhere', () => {
    const moved = reconnect(chain(), { source: 'dense-1', target: 'act-1' }, { source: 'input', target: 'act-1' })
    expect(wires(moved)).toContain('input>act-1')
    expect(wires(moved)).not.toContain('dense-1>act-1')
  })
  it('splices a block in and shifts what follows aside', () => {
    const { network, id } = addBlock(chain(), { type: 'activation' }, { x: 1.5 * BLOCK_SPACING, y: 40 })
    const spliced = spliceBlock(network, id, { source: 'dense-1', target: 'act-1' })
    expect(wires(spliced)).toEqual([
      'act-1>dense-2',
      'act-2>output',
      'act-3>act-1',
      'dense-1>act-3',
      'dense-2>act-2',
      'input>dense-1'
    ])
    expect(place(spliced, id)).toEqual({ x: 2 * BLOCK_SPACING, y: 0 })
    for (const after of ['act-1', 'dense-2', 'act-2', 'output'])
      expect(place(spliced, after).x).toBe(place(chain(), after).x + BLOCK_SPACING)
    expect(place(spliced, 'input')).toEqual(place(chain(), 'input'))
  })
  it('finds the wire under a point', () => {
    const between = { x: 200, y: 20 }
    expect(wireAt(chain(), between, 10)).toEqual({ source: 'input', target: 'dense-1' })
    expect(wireAt(chain(), { x: 200, y: 60 }, 10)).toBeNull()
    expect(wireAt(chain(), between, 10, 'input')).toBeNull()
  })
})

describe('deleting', () => {
  it('takes wires along, and keeps Input and Output', () => {
    const rest = remove(chain(), { blocks: new Set(['input', 'act-1', 'output']), wires: new Set() })
    expect(rest.nodes.map((node) => node.id)).toEqual(['input', 'dense-1', 'dense-2', 'act-2', 'output'])
    expect(wires(rest)).toEqual(['act-2>output', 'dense-2>act-2', 'input>dense-1'])
  })
  it('heals across several blocks in a row', () => {
    const healed = removeAndHeal(chain(), { blocks: new Set(['dense-1', 'act-1']), wires: new Set() })
    expect(wires(healed)).toEqual(['act-2>output', 'dense-2>act-2', 'input>dense-2'])
  })
  it('deletes single wires', () => {
    expect(wires(removeAndHeal(chain(), { blocks: new Set(), wires: new Set(['dense-1>act-1']) }))).not.toContain(
      'dense-1>act-1'
    )
    expect(disconnect(chain(), { source: 'dense-1', target: 'act-1' }).edges).toHaveLength(4)
  })
})

describe('copy and paste', () => {
  it('keeps wires inside, cuts wires to others, gives new ids', () => {
    const fragment = copyBlocks(chain(), new Set(['input', 'dense-1', 'act-1']))
    expect(fragment.nodes.map((node) => node.id)).toEqual(['dense-1', 'act-1'])
    const { network, ids } = pasteBlocks(chain(), fragment, { x: 40, y: 100 })
    expect(ids).toEqual(['dense-3', 'act-3'])
    expect(wires(network).filter((wire) => wire.includes('-3'))).toEqual(['dense-3>act-3'])
    expect(place(network, 'dense-3')).toEqual({ x: BLOCK_SPACING + 40, y: 100 })
  })
  it('survives the clipboard and ignores other text', () => {
    const fragment = copyBlocks(chain(), new Set(['dense-1', 'act-1']))
    expect(parseFragment(formatFragment(fragment))).toEqual(fragment)
    expect(parseFragment('hello')).toBeNull()
    expect(parseFragment('{"format":"lamina-blocks","nodes":[{"id":"x"}],"edges":[]}')).toBeNull()
    expect(parseFragment('{"format":"lamina-blocks","nodes":[],"edges":[]}')).toBeNull()
  })
})

describe('parameters and names', () => {
  it('sets only parameters a block has', () => {
    const set = setValues(chain(), new Set(['dense-1', 'act-1']), { units: 8 })
    expect(set.nodes.find((node) => node.id === 'dense-1')).toMatchObject({ units: 8 })
    expect(set.nodes.find((node) => node.id === 'act-1')).toEqual(chain().nodes.find((node) => node.id === 'act-1'))
  })
  it('renames, and forgets an empty or usual name', () => {
    const named = renameBlock(chain(), 'dense-1', '  Hidden ')
    expect(named.nodes[1]).toMatchObject({ name: 'Hidden' })
    expect(renameBlock(named, 'dense-1', '')).toEqual(chain())
    expect(renameBlock(named, 'dense-1', 'Dense')).toEqual(chain())
  })
})

describe('the head', () => {
  it('is replaced for a number and back for classes', () => {
    const regression = replaceHead(chain(), 'regression')
    expect(describeHead(regression)).toBe('mean squared error')
    expect(regression.nodes.map((node) => node.id)).not.toContain('act-2')
    expect(headFits(regression, 'regression', null)).toBe(true)
    expect(headFits(regression, 'classification', 3)).toBe(false)
    const back = replaceHead(regression, 'classification')
    expect(describeHead(back)).toBe('softmax with cross-entropy')
    expect(checkNetwork(back, { features: 4, outputs: 3, task: 'classification' }).problems).toEqual([])
  })
  it('keeps hidden activations when a number is predicted', () => {
    const plain = remove(chain(), { blocks: new Set(['act-2']), wires: new Set() })
    const ending = connect(remove(plain, { blocks: new Set(['dense-2']), wires: new Set() }), 'act-1', 'output')
    expect(wires(replaceHead(ending, 'regression'))).toEqual(wires(ending))
  })
  it('fits a sigmoid with two classes, not with three, and fixed units only when they match', () => {
    const binary = setValues(
      setValues(chain(), new Set(['output']), { loss: 'binaryCrossEntropy' }),
      new Set(['act-2']),
      { function: 'sigmoid' }
    )
    expect(headFits(binary, 'classification', 2)).toBe(true)
    expect(headFits(binary, 'classification', 3)).toBe(false)
    const fixed = setValues(chain(), new Set(['dense-2']), { units: 3 })
    expect(headFits(fixed, 'classification', 3)).toBe(true)
    expect(headFits(fixed, 'classification', 4)).toBe(false)
    expect(headOf(replaceHead(fixed, 'classification'))?.dense?.units).toBe('auto')
  })
})

describe('Dropout at the head', () => {
  /** The chain with Dropout blocks after the named ones. */
  const withDropout = (...after: string[]): Network =>
    after.reduce((network, id) => addAfter(network, { type: 'dropout' }, id).network, chain())
  /** From the Input along the wires to the end of the chain. */
  const way = (network: Network): string[] => {
    const found = ['input']
    for (;;) {
      const next = network.edges.find((edge) => edge.source === found.at(-1))
      if (next === undefined) return found
      found.push(next.target)
    }
  }
  const inOrder = (network: Network): boolean =>
    way(network).every((id, index, ids) => index === 0 || place(network, id).x > place(network, ids[index - 1] ?? '').x)

  it('passes units on, so that the Dense block before it still makes the outputs', () => {
    const network = withDropout('dense-2')
    expect(headOf(network)?.dense?.id).toBe('dense-2')
    expect(headFits(network, 'classification', 3)).toBe(true)
  })
  it('fits nothing right before the Output', () => {
    expect(headFits(withDropout('act-2'), 'classification', 3)).toBe(false)
    const regression = replaceHead(chain(), 'regression')
    expect(headFits(regression, 'regression', null)).toBe(true)
    expect(headFits(addAfter(regression, { type: 'dropout' }, 'dense-2').network, 'regression', null)).toBe(false)
  })
  it('moves before the last Dense block, and places move along', () => {
    const network = withDropout('act-2')
    const moved = withoutLastDropout(network)
    expect(way(moved)).toEqual(['input', 'dense-1', 'act-1', 'dropout-1', 'dense-2', 'act-2', 'output'])
    expect(place(moved, 'dropout-1')).toEqual(place(network, 'dense-2'))
    expect(inOrder(moved)).toBe(true)
    expect(withoutLastDropout(chain())).toEqual(chain())
  })
  it('moves however many there are, and stays where there is no Dense block', () => {
    const two = withoutLastDropout(withDropout('act-2', 'dropout-1'))
    expect(headOf(two)?.last?.id).toBe('act-2')
    expect(inOrder(two)).toBe(true)
    const none = removeAndHeal(withDropout('act-2'), { blocks: new Set(['dense-1', 'dense-2']), wires: new Set() })
    expect(withoutLastDropout(none)).toBe(none)
  })
  it('leaves another branch what the Output gets', () => {
    const branched = addConnected(
      withDropout('act-2'),
      { type: 'dense' },
      { block: 'dropout-1', port: 'source' },
      { x: 2000, y: 300 }
    ).network
    expect(wires(withoutLastDropout(branched))).toEqual(
      expect.arrayContaining(['act-2>output', 'act-2>dense-3', 'act-1>dropout-1', 'dropout-1>dense-2'])
    )
  })
  it('never ends up there when the head is replaced', () => {
    for (const after of [['dense-2'], ['act-2'], ['dense-2', 'act-2']]) {
      for (const task of ['regression', 'classification'] as const) {
        const network = replaceHead(withDropout(...after), task)
        expect([after, task, headFits(network, task, null)]).toEqual([after, task, true])
      }
    }
  })
})

describe('tidy', () => {
  it('lays a scrambled chain out in its order, on the grid, the Input unmoved', () => {
    const scrambled = placeBlocks(
      chain(),
      new Map(chain().nodes.map((node, index) => [node.id, { x: (index * 7919) % 600, y: (index * 104729) % 400 }]))
    )
    const result = tidy(scrambled)
    expect(place(result, 'input')).toEqual(place(scrambled, 'input'))
    const xs = ['input', 'dense-1', 'act-1', 'dense-2', 'act-2', 'output'].map((id) => place(result, id).x)
    expect(xs.map((x, index) => x - (xs[index - 1] ?? x))).toEqual([0, 220, 220, 220, 220, 220])
    for (const node of result.nodes) expect(node.position.x % GRID).toBe(0)
  })
})

describe('whatever a person does', () => {
  const picks = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 })
  const point = fc.record({ x: fc.integer({ min: -1000, max: 1000 }), y: fc.integer({ min: -1000, max: 1000 }) })

  it('leaves a network that can stand in a document', () => {
    fc.assert(
      fc.property(anyNetwork, picks, point, fc.nat(), fc.nat(), (network, chosen, at, a, b) => {
        const ids = someIds(network, chosen)
        const one = network.nodes[a % network.nodes.length]
        const wire = network.edges[b % Math.max(1, network.edges.length)]
        expect(flaw(network)).toBeNull()
        expect(flaw(remove(network, { blocks: ids, wires: new Set() }))).toBeNull()
        expect(flaw(removeAndHeal(network, { blocks: ids, wires: new Set() }))).toBeNull()
        expect(flaw(pasteBlocks(network, copyBlocks(network, ids), at).network)).toBeNull()
        expect(flaw(nudgeBlocks(network, ids, at))).toBeNull()
        expect(flaw(tidy(network))).toBeNull()
        expect(flaw(replaceHead(network, 'regression'))).toBeNull()
        expect(flaw(replaceHead(network, 'classification'))).toBeNull()
        if (one !== undefined) {
          expect(flaw(addAfter(network, { type: 'dense' }, one.id).network)).toBeNull()
          expect(
            flaw(addConnected(network, { type: 'dense' }, { block: one.id, port: 'source' }, at).network)
          ).toBeNull()
          expect(
            flaw(addConnected(network, { type: 'dense' }, { block: one.id, port: 'target' }, at).network)
          ).toBeNull()
        }
        if (wire !== undefined) {
          expect(flaw(addOnWire(network, { type: 'activation' }, wire, at).network)).toBeNull()
          if (one !== undefined && one.id !== wire.source && one.id !== wire.target)
            expect(flaw(spliceBlock(network, one.id, wire))).toBeNull()
        }
      }),
      { numRuns: 200 }
    )
  })
  it('pastes all wires inside the copied blocks and none to others', () => {
    fc.assert(
      fc.property(anyNetwork, picks, (network, chosen) => {
        const fragment = copyBlocks(network, someIds(network, chosen))
        const { network: pasted, ids } = pasteBlocks(network, fragment, { x: 0, y: 0 })
        const fresh = new Set(ids)
        expect(ids).toHaveLength(fragment.nodes.length)
        expect(pasted.edges.filter((edge) => fresh.has(edge.source) && fresh.has(edge.target))).toHaveLength(
          fragment.edges.length
        )
        expect(pasted.edges.filter((edge) => fresh.has(edge.source) !== fresh.has(edge.target))).toEqual([])
        expect(pasted.edges.slice(0, network.edges.length)).toEqual(network.edges)
      })
    )
  })
})
