import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parse } from '../../../src/shared/validate'
import { plainValueSchema } from '../../../src/shared/plain-value'

const context = { what: 'request x', code: 'invalidArgument' } as const

describe('values from outside', () => {
  it('are refused in words where a check cannot even look at them', () => {
    const shown = z.number({ error: ({ input }) => `found ${JSON.stringify(input)}` })
    expect(() => parse(shown, 1n, context)).toThrow(/^request x is not valid: it holds a value that cannot be checked/)
    const length = { length: Object.create(null) as unknown }
    expect(() => parse(z.string().min(1), length, context)).toThrow(/^request x is not valid/)
  })

  it('are plain where nobody says what they hold: what JSON can write', () => {
    const circle: unknown[] = []
    circle.push(circle)
    for (const value of [1n, new Date(), new Map(), [[2n]], { a: { b: Symbol('c') } }, circle]) {
      expect(() => parse(plainValueSchema, value, context)).toThrow(/is no plain value/)
    }
    const plain = { a: [1, 'b', null, true, undefined, Number.NaN], c: {} }
    expect(parse(plainValueSchema, plain, context)).toBe(plain)
  })
})
