import { describe, expect, it } from 'vitest'
import {
  classWeightsSchema,
  classWeightsText,
  weighedClasses,
  weightsOfClasses
} from '../../../src/shared/class-weights'
import { parse } from '../../../src/shared/validate'

describe('class weights', () => {
  it('are none where a design says nothing', () => {
    expect(classWeightsSchema.parse(undefined)).toBe('none')
  })

  const either = 'expected "none", "balanced", or a number for each class, such as { "yes": 5 }'
  const number = 'at yes: expected a number from 0.000001 to 1000000'
  it.each([
    ['balance', either],
    [3, either],
    [null, either],
    [{ yes: 0 }, number],
    [{ yes: '2' }, either],
    [{ yes: 1e7 }, number]
  ])('%j is none', (value, message) => {
    expect(() => parse(classWeightsSchema, value, { what: 'It', code: 'invalidDesign' })).toThrow(
      `It is not valid: ${message}`
    )
  })

  it('balance classes as scikit-learn does', () => {
    // compute_class_weight('balanced', classes=np.unique(y), y=y), y = [0]*50 + [1]*7 + [2]*93
    const weights = weightsOfClasses('balanced', ['a', 'b', 'c'], [50, 7, 93]).map(({ weight }) => weight)
    expect(weights).toEqual([1, 7.142857142857143, 0.5376344086021505])
    // A class no row has is not among np.unique(y).
    expect(weightsOfClasses('balanced', ['a', 'b', 'c'], [50, 0, 93])).toEqual([
      { class: 'a', weight: 1.43 },
      { class: 'b', weight: 1 },
      { class: 'c', weight: 0.7688172043010753 }
    ])
  })

  it('are 1 for classes that are not named', () => {
    expect(weightsOfClasses({ b: 3 }, ['a', 'b', 'toString'], [1, 1, 1]).map(({ weight }) => weight)).toEqual([1, 3, 1])
  })

  it('need one target of classes', () => {
    const found = { columns: ['y'], classes: ['no', 'yes'] }
    expect(weighedClasses('none', { columns: ['a', 'b'], classes: null })).toBeNull()
    expect(weighedClasses('balanced', found)).toEqual(['no', 'yes'])
    expect(weighedClasses({ yes: 2 }, found)).toEqual(['no', 'yes'])
    expect(() => weighedClasses('balanced', { columns: ['a', 'b'], classes: ['no', 'yes'] })).toThrow(
      'Class weights need a single target, but there are 2. Set them to "none", or choose one target.'
    )
    expect(() => weighedClasses({ yes: 2 }, { columns: ['y'], classes: null })).toThrow(
      'Class weights need a target of classes, but "y" is a number. Set them to "none", or make the target categorical.'
    )
    expect(() => weighedClasses({ yes: 2, maybe: 3 }, found)).toThrow(
      'The class weights name "maybe", but the target "y" has the classes "no", "yes". Correct the name or remove it.'
    )
  })

  it('are told in few words', () => {
    const many = Array.from({ length: 10 }, (_, index) => ({ class: `c${index}`, weight: 1 / 3 }))
    expect(classWeightsText(many.slice(0, 2))).toBe('c0 0.333, c1 0.333')
    expect(classWeightsText(many)).toMatch(/^c0 0\.333, .*, c7 0\.333 and 2 more$/)
  })
})
