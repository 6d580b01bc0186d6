import { describe, expect, it } from 'vitest'
import {
  decodeOutputs,
  encodedWidth,
  encodeFeatures,
  substitutionsIn,
  targetWidth
} from '../../../src/shared/weights/preprocessing'
import type { Preprocessing, RawRow } from '../../../src/shared/weights/schema'
import { describeSubstitutions } from '../../../src/shared/weights/substitutions'

const preprocessing: Preprocessing = {
  features: [
    { column: 'age', kind: 'numeric', scaling: 'standard', mean: 40, scale: 10, missing: 35 },
    { column: 'city', kind: 'categorical', categories: ['Bern', 'Oslo', 'Rome'], missing: null },
    { column: 'size', kind: 'numeric', scaling: 'minMax', mean: 2, scale: 4, missing: null }
  ],
  targets: [
    { column: 'class', kind: 'categorical', encoding: 'oneHot', classes: ['a', 'b', 'c'] },
    { column: 'yes', kind: 'categorical', encoding: 'binary', classes: ['no', 'yes'] },
    { column: 'price', kind: 'numeric', mean: 100, scale: 50 }
  ]
}
const encode = (row: RawRow): number[] => {
  const into = new Float32Array(7).fill(9)
  encodeFeatures(preprocessing, row, into, 1)
  return [...into]
}

describe('preprocessing', () => {
  it('knows its widths', () => {
    expect(encodedWidth(preprocessing)).toBe(5)
    expect(targetWidth(preprocessing)).toBe(5)
  })
  it('scales numbers and spreads categories, touching nothing else', () => {
    expect(encode({ age: 60, city: 'Oslo', size: 4 })).toEqual([9, 2, 0, 1, 0, 0.5, 9])
  })
  it('reads numbers that arrive as text', () => {
    expect(encode({ age: '50', city: 'Bern', size: '2' })).toEqual([9, 1, 1, 0, 0, 0, 9])
  })
  it('turns an unseen category into zeros and a missing number into its stand-in', () => {
    expect(encode({ age: null, city: 'Lima', size: 6 })).toEqual([9, -0.5, 0, 0, 0, 1, 9])
  })
  it('takes blanks for a missing value, not for zero', () => {
    expect(encode({ age: '  ', city: 'Oslo', size: 6 })).toEqual([9, -0.5, 0, 1, 0, 1, 9])
    expect(() => encode({ age: 1, city: 'Bern', size: ' ' })).toThrow('Column "size" has no value')
  })
  it('says what it puts in for values that say nothing', () => {
    const order = ['S', 'M', 'L']
    const also: Preprocessing = {
      ...preprocessing,
      features: [
        ...preprocessing.features,
        { column: 'fit', kind: 'ordinal', order, scaling: 'none', mean: 0, scale: 1, missing: 1 }
      ]
    }
    const lines = (row: RawRow): string[] => describeSubstitutions(substitutionsIn(also, row), 1)
    expect(lines({ age: 1, city: 'Oslo', size: 6, fit: 'L' })).toEqual([])
    expect(lines({ age: ' ', city: 'Lima', size: 6, fit: 'XL' })).toEqual([
      'age: no value; 35, fitted in training, was taken.',
      'city: a category the network has no input for: "Lima"; encoded as none of the known ones.',
      'fit: a category outside the order: "XL"; "M", fitted in training, was taken.'
    ])
  })
  it('refuses a missing value without a stand-in, and text for a number', () => {
    expect(() => encode({ age: 1, city: 'Bern', size: '' })).toThrow('Column "size" has no value')
    expect(() => encode({ age: 'old', city: 'Bern', size: 1 })).toThrow('Column "age" must be a number, found "old".')
  })
  it('says predictions in the words and units of the targets', () => {
    expect(decodeOutputs(preprocessing, [9, 0.2, 0.7, 0.1, 0.25, -1], 1)).toEqual([
      {
        column: 'class',
        kind: 'categorical',
        predicted: 'b',
        probabilities: [
          { class: 'a', probability: 0.2 },
          { class: 'b', probability: 0.7 },
          { class: 'c', probability: 0.1 }
        ]
      },
      {
        column: 'yes',
        kind: 'categorical',
        predicted: 'no',
        probabilities: [
          { class: 'no', probability: 0.75 },
          { class: 'yes', probability: 0.25 }
        ]
      },
      { column: 'price', kind: 'numeric', predicted: 50 }
    ])
  })
})
