import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LaminaError } from '../../../src/shared/errors'
import { foldDelta, statesOf, type JournalContent } from '../../../src/shared/journal/content'
import { applyPatch, difference, patchSchema } from '../../../src/shared/journal/patch'

/** Values close to each other, as the states of a document are. */
const key = fc.constantFrom('a', 'b', 'c', 'nodes', 'x')
const leaf = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.string({ maxLength: 2 }), fc.boolean(), fc.constant(null))
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true })
  )
}))

describe('a patch', () => {
  it('makes of one value the other one, whatever they are, also after a way over JSON', () => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        const copy = structuredClone(before)
        const patch = patchSchema.parse(JSON.parse(JSON.stringify(difference(before, after))))
        expect(applyPatch(before, patch)).toEqual(after)
        expect(before).toEqual(copy)
      }),
      { numRuns: 2000, seed: 1 }
    )
  })

  it('is as small as the edit and shares what it does not touch', () => {
    const nodes = Array.from({ length: 1000 }, (_, id) => ({ id, position: { x: id, y: 0 } }))
    const before = { name: 'a', network: { nodes, edges: [] as string[] } }
    const moved = nodes.map((node) => (node.id === 500 ? { ...node, position: { ...node.position, y: 7 } } : node))
    const after = { ...before, network: { ...before.network, nodes: moved } }
    const patch = difference(before, after)
    expect(patch).toEqual([{ kind: 'set', path: ['network', 'nodes', 500, 'position', 'y'], value: 7 }])
    const made = applyPatch(before, patch)
    expect(made.network.nodes[499]).toBe(nodes[499])
    expect(made.network.edges).toBe(before.network.edges)
  })

  it('takes a member that is undefined for one that is not there', () => {
    expect(difference({ a: undefined, b: 1 }, { b: 1, c: undefined })).toEqual([])
    expect(applyPatch({ a: 1, b: 1 }, difference({ a: 1, b: 1 }, { a: undefined, b: 1 }))).toEqual({ b: 1 })
  })

  it.each([
    [{ kind: 'set', path: ['b', 'c'], value: 1 }],
    [{ kind: 'set', path: ['list', 9], value: 1 }],
    [{ kind: 'drop', path: ['list', 0] }],
    [{ kind: 'drop', path: ['b'] }],
    [{ kind: 'splice', path: ['list'], at: 1, drop: 5, insert: [] }],
    [{ kind: 'splice', path: ['a'], at: 0, drop: 0, insert: [] }]
  ])('of another value is refused: %j', (change) => {
    expect(() => applyPatch({ a: 1, list: [1, 2] }, patchSchema.parse([change]))).toThrow(LaminaError)
  })

  it('cannot reach a prototype', () => {
    expect(patchSchema.safeParse([{ kind: 'set', path: ['__proto__'], value: {} }]).success).toBe(false)
  })
})

describe('a journal’s content', () => {
  const step = (count: number) => ({ label: `to ${count}`, patch: difference({ count: count - 1 }, { count }) })
  const wrapped = (count: number) => ({
    label: `to ${count}`,
    patch: step(count).patch.map((change) => ({ ...change, path: ['design', ...change.path] }))
  })
  const content: JournalContent<{ saved: unknown; title: string }> = {
    base: { design: { count: 0 }, table: null },
    steps: [wrapped(1), wrapped(2), wrapped(3)],
    head: { saved: 'own', title: 'three' }
  }

  it('forgets the oldest steps, drops the last ones and takes new ones', () => {
    const next = foldDelta(content, {
      forget: 1,
      keep: 1,
      steps: [wrapped(3), wrapped(4)],
      savedUnchanged: true,
      head: { saved: null, title: 'four' }
    })
    expect(next.head).toEqual({ saved: 'own', title: 'four' })
    expect(statesOf(next.base, next.steps).map(({ design }) => design['count'])).toEqual([1, 2, 3, 4])
  })

  it.each([
    { forget: 0, keep: 4 },
    { forget: 4, keep: 0 },
    { forget: 2, keep: 2 }
  ])('is not changed by what does not fit it: %j', (range) => {
    expect(() => foldDelta(content, { ...range, steps: [], savedUnchanged: false, head: content.head })).toThrow(
      LaminaError
    )
  })
})
