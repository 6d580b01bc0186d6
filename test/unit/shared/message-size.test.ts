import { describe, expect, it } from 'vitest'
import { DEEPEST, MOST_VALUES, excessOf } from '../../../src/shared/message-size'

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

describe('a message', () => {
  it.each([
    ['nothing at all', null],
    ['text', 'x'],
    ['as deep as allowed', nested(DEEPEST)],
    ['as large as allowed', new Array<number>(MOST_VALUES).fill(0)],
    ['with typed arrays, however long', { weights: [new Float32Array(MOST_VALUES + 1)] }]
  ])('%s is looked at', (_what, message) => {
    expect(excessOf(message)).toBeNull()
  })

  it('that claims more places than it has is not', () => {
    expect(excessOf({ params: new Array<number>(4_294_967_295) })).toBe('it holds more than 2000000 values')
  })

  it('that holds one array many times over is not', () => {
    let doubled: unknown[] = [1]
    for (let times = 0; times < 40; times++) doubled = [doubled, doubled]
    expect(excessOf(doubled)).toBe('it holds more than 2000000 values')
  })

  it('that is too deep, or contains itself, is not', () => {
    const loop: Record<string, unknown> = {}
    loop['self'] = loop
    expect(excessOf(nested(DEEPEST + 1))).toBe('it is nested deeper than 64 levels')
    expect(excessOf(loop)).toBe('it is nested deeper than 64 levels')
  })
})
