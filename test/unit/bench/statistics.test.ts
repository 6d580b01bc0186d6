import { describe, expect, it } from 'vitest'
import { ratioOf, spreadOf } from '../../bench/statistics'

describe('spread of rounds', () => {
  it('has the median, the quartiles as NumPy computes them, and the ends', () => {
    expect(spreadOf([7, 1, 3, 10])).toEqual({
      median: 5,
      lowerQuartile: 2.5,
      upperQuartile: 7.75,
      least: 1,
      most: 10,
      rounds: [7, 1, 3, 10]
    })
    expect(spreadOf([4])).toMatchObject({ median: 4, lowerQuartile: 4, upperQuartile: 4, least: 4, most: 4 })
    expect(spreadOf([9, 2, 5])).toMatchObject({ median: 5, lowerQuartile: 3.5, upperQuartile: 7 })
  })

  it('needs a round', () => {
    expect(() => spreadOf([])).toThrow(RangeError)
  })
})

describe('ratio of rounds', () => {
  it('divides round by round: the median ratio is not the ratio of medians', () => {
    // The second round was slow for both sides.
    expect(ratioOf([20, 80, 30], [10, 40, 10])).toMatchObject({ median: 2, rounds: [2, 2, 3] })
  })

  it('refuses rounds that do not pair up', () => {
    expect(() => ratioOf([1, 2], [1])).toThrow('2 rounds to be divided by 1')
  })
})
