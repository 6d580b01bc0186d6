import { describe, expect, it } from 'vitest'
import { errorCodes, errorDataSchema, LaminaError, messageOf, toErrorData } from '../../../src/shared/errors'

describe('errors', () => {
  it('cross a boundary and come out the same', () => {
    const error = new LaminaError('invalidData', 'Row 3 is broken.', { row: 3 }, new Error('cause'))
    const data = errorDataSchema.parse(structuredClone(error.toData()))
    const again = LaminaError.fromData(data)
    expect(again).toBeInstanceOf(LaminaError)
    expect([again.code, again.message, again.details]).toEqual(['invalidData', 'Row 3 is broken.', { row: 3 }])
    expect(error.cause).toBeInstanceOf(Error)
  })

  it.each([
    [new TypeError('x is undefined'), 'Lamina ran into a defect: x is undefined'],
    ['just text', 'Lamina ran into a defect: just text'],
    [undefined, 'Lamina ran into a defect: undefined']
  ])('that nobody foresaw are called internal', (thrown, message) => {
    expect(toErrorData(thrown)).toEqual({ code: 'internal', message, details: {} })
  })

  it('keep their code when they are LaminaErrors', () => {
    expect(toErrorData(new LaminaError('busy', 'One at a time.'))).toEqual({
      code: 'busy',
      message: 'One at a time.',
      details: {}
    })
  })

  it('have no code twice', () => {
    expect(new Set(errorCodes).size).toBe(errorCodes.length)
  })

  it('give their human part', () => {
    expect([messageOf(new Error('a')), messageOf('b'), messageOf(3)]).toEqual(['a', 'b', '3'])
  })
})
