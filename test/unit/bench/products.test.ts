import { describe, expect, it } from 'vitest'
import { benchmarkCases } from '../../../src/engine/benchmark'
import { caseProducts, productResult, productsOf } from '../../bench/products'

describe('products of the cases', () => {
  it('are three a layer, but two of the first: nothing is handed back to the input', () => {
    const small = benchmarkCases.filter(({ name }) => name === 'M')
    expect(productsOf(small)).toEqual([
      { kind: 'forward', samples: 32, inputs: 64, units: 128, cases: ['M'] },
      { kind: 'weightGradient', samples: 32, inputs: 64, units: 128, cases: ['M'] },
      { kind: 'forward', samples: 32, inputs: 128, units: 10, cases: ['M'] },
      { kind: 'weightGradient', samples: 32, inputs: 128, units: 10, cases: ['M'] },
      { kind: 'inputGradient', samples: 32, inputs: 128, units: 10, cases: ['M'] }
    ])
  })

  it('are listed once where cases share them, and where layers of one case do', () => {
    const products = productsOf([
      { name: 'S', sizes: [4, 8, 8, 8], batchSize: 2 },
      { name: 'M', sizes: [4, 8], batchSize: 2 }
    ])
    expect(products.map(({ kind, inputs, cases }) => [kind, inputs, cases])).toEqual([
      ['forward', 4, ['S', 'M']],
      ['weightGradient', 4, ['S', 'M']],
      ['forward', 8, ['S']],
      ['weightGradient', 8, ['S']],
      ['inputGradient', 8, ['S']]
    ])
  })
})

const line = {
  kind: 'forward',
  samples: 2,
  inputs: 3,
  units: 4,
  engine: [50, 60],
  openblas: [100, 60],
  difference: 1e-6
}

describe('a measured product', () => {
  it('is compared round by round', () => {
    expect(productResult(line, ['L'])).toMatchObject({
      cases: ['L'],
      engine: { median: 55 },
      openblas: { median: 80 },
      ratio: { rounds: [0.5, 1], median: 0.75 }
    })
  })

  it('stands alone without OpenBLAS', () => {
    expect(productResult({ ...line, openblas: null, difference: null }, ['L'])).toMatchObject({
      engine: { median: 55 },
      openblas: null,
      ratio: null
    })
  })

  it('is refused where the two do not agree on it', () => {
    expect(() => productResult({ ...line, difference: 0.01 }, ['L'])).toThrow('disagree on forward:2:3:4')
  })

  it.each([{ ...line, engine: [] }, { ...line, engine: [0] }, { ...line, kind: 'sideways' }, null])(
    'that says %j is refused',
    (wrong) => {
      expect(() => productResult(wrong, ['L'])).toThrow()
    }
  )

  it('adds up with the others of its case as time does: large ones weigh more', () => {
    const large = productResult({ ...line, samples: 20, engine: [10], openblas: [100] }, ['L'])
    const small = productResult({ ...line, engine: [50], openblas: [100] }, ['L', 'M'])
    // 11 units of work: 10 / 10 + 1 / 50 of time.
    const together = caseProducts('L', [large, small])
    expect(together.engine.median).toBeCloseTo(11 / 1.02, 10)
    expect(together.openblas?.median).toBeCloseTo(100, 10)
    expect(together.ratio?.median).toBeCloseTo(0.11 / 1.02, 10)
    expect(caseProducts('M', [large, small]).engine.median).toBeCloseTo(50, 10)
  })
})
