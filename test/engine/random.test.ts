import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { multiplyHigh, philox4x32, RandomWords, shuffleEpoch, streams } from '../../src/engine/random'

describe('Philox4x32-10', () => {
  test('gives the known answers of Random123', () => {
    expect(philox4x32([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8])
    const ones = 0xffffffff
    expect(philox4x32([ones, ones, ones, ones], [ones, ones])).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd])
    expect(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1
    ])
  })

  test('word k of a sequence is word k mod 4 of block ⌊k / 4⌋', () => {
    const words = new RandomWords(7, streams.shuffle, 3, 4)
    const drawn = Array.from({ length: 10 }, () => words.next())
    const blocks = [0, 1, 2].flatMap((block) => philox4x32([block, 0, 3, 4], [7, streams.shuffle]))
    expect(drawn).toEqual(blocks.slice(0, 10))
  })
})

test('multiplyHigh is the exact upper half of the product', () => {
  const word = fc.integer({ min: 0, max: 0xffffffff })
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(multiplyHigh(a, b)).toBe(Number((BigInt(a) * BigInt(b)) >> 32n))
    })
  )
  expect(multiplyHigh(0xffffffff, 0xffffffff)).toBe(0xfffffffe)
})

describe('shuffling', () => {
  const shuffled = (length: number, seed: number, epoch: number): number[] => {
    const order = new Uint32Array(length)
    shuffleEpoch(order, seed, epoch)
    return Array.from(order)
  }

  test('is Fisher–Yates with exactly scaled words', () => {
    const expected = Array.from({ length: 9 }, (_, i) => i)
    const words = new RandomWords(5, streams.shuffle, 2, 0)
    for (let i = 8; i >= 1; i--) {
      const j = Number((BigInt(words.next()) * BigInt(i + 1)) >> 32n)
      const [a, b] = [expected[i] ?? -1, expected[j] ?? -1]
      expected[i] = b
      expected[j] = a
    }
    expect(shuffled(9, 5, 2)).toEqual(expected)
  })

  test('visits every sample once', () => {
    expect(shuffled(1000, 1, 0).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
  })

  test('depends on the seed and on all bits of the epoch, and on nothing else', () => {
    expect(shuffled(50, 1, 0)).toEqual(shuffled(50, 1, 0))
    expect(shuffled(50, 1, 0)).not.toEqual(shuffled(50, 2, 0))
    expect(shuffled(50, 1, 0)).not.toEqual(shuffled(50, 1, 1))
    expect(shuffled(50, 1, 0)).not.toEqual(shuffled(50, 1, 2 ** 32))
  })

  test('puts every sample anywhere equally often', () => {
    const counts = new Array<number>(5).fill(0)
    for (let epoch = 0; epoch < 5000; epoch++) {
      const place = shuffled(5, 1, epoch).indexOf(0)
      counts[place] = (counts[place] ?? 0) + 1
    }
    // 1000 expected each, standard deviation 28.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(140)
  })
})
