import { expect, it } from 'vitest'
import type { Machine } from '../../bench/machine'
import { reportText } from '../../bench/report'
import { ratioOf, spreadOf } from '../../bench/statistics'

const machine: Machine = {
  processor: 'Test Processor',
  cores: 2,
  memoryBytes: 8 * 2 ** 30,
  platform: 'linux x64',
  node: '20.0.0',
  lamina: '1.2.3',
  engine: 'Native engine',
  libraries: [{ library: 'PyTorch', version: '9.9', python: '3.99', executable: 'python3', blas: 'openblas 7' }]
}
const ours = [3, 4, 5]
const theirs = [300, 200, 500]

it('prints what was measured as tables, and why the rest was not', () => {
  const text = reportText({
    machine,
    missing: ['scikit-learn is not measured.'],
    rounds: 3,
    training: [
      {
        case: 'S',
        sizes: [4, 16, 3],
        batchSize: 16,
        optimizer: 'sgd',
        goal: 60,
        entries: [
          { name: 'Lamina', threads: 1, microseconds: spreadOf(ours), ratio: null },
          { name: 'PyTorch', threads: 2, microseconds: spreadOf(theirs), ratio: ratioOf(theirs, ours) }
        ]
      }
    ],
    inference: [
      {
        case: 'XL',
        sizes: [8, 4],
        samples: 2048,
        entries: [{ name: 'Lamina', threads: 2, microseconds: spreadOf([51_200]), ratio: null }]
      }
    ]
  })
  expect(text).toBe(
    [
      'Test Processor, 2 cores, 8.0 GiB, linux x64, Node 20.0.0',
      'Lamina 1.2.3: Native engine',
      'PyTorch 9.9 (Python 3.99 at python3, openblas 7)',
      '',
      'scikit-learn is not measured.',
      '',
      "Medians of 3 rounds, in brackets from the lower to the upper quartile; ratios are medians of each round's ratio.",
      '',
      'Training, µs a step. Lamina also computes the accuracy and, for each layer, ‖∂L/∂W‖ and ‖ΔW‖/‖W‖ in every step;',
      'the others do not.',
      'Case  Network  Batch  Optimizer  Library  Threads        µs/step  Lamina is × faster  Goal',
      'S     4–16–3      16  sgd        Lamina         1    4 [3.5–4.5]',
      '                                 PyTorch        2  300 [250–400]        100 [75–100]  ≥ 60',
      '',
      'Predicting all samples in one call, µs a call.',
      'Case  Samples  Library  Threads                 µs/call  Lamina is × faster  Million samples/s',
      'XL      2 048  Lamina         2  51 200 [51 200–51 200]                                   0.04',
      ''
    ].join('\n')
  )
})

it('names what the products are compared with, or that there is nothing', () => {
  const product = { kind: 'forward', samples: 32, inputs: 64, units: 128, cases: ['M'] } as const
  const rates = { engine: spreadOf([90]), openblas: spreadOf([100]), ratio: ratioOf([90], [100]) }
  const alone = { engine: spreadOf([90]), openblas: null, ratio: null }
  const base = { machine, missing: [], rounds: 1 }
  const compared = reportText({
    ...base,
    products: {
      instructionSet: 'avx512',
      openblas: 'OpenBLAS 7',
      products: [{ ...product, ...rates, difference: 1e-7 }],
      cases: [{ case: 'M', ...rates }]
    }
  })
  expect(compared).toContain('avx512 kernels against OpenBLAS 7.\n')
  expect(compared).toMatch(/^M {5}forward +32 × 64 × 128 +90 \[90–90\] +100 \[100–100\] +90 % \[90–90\]$/m)
  expect(compared).toMatch(/^M {5}all of a step +90 \[90–90\] +100 \[100–100\] +90 % \[90–90\]$/m)
  const without = reportText({
    ...base,
    products: {
      instructionSet: 'avx2',
      openblas: null,
      products: [{ ...product, ...alone, difference: null }],
      cases: [{ case: 'M', ...alone }]
    }
  })
  expect(without).toContain('apt install libopenblas0')
  expect(without).toMatch(/^M {5}forward +32 × 64 × 128 +90 \[90–90\] +– +–$/m)
})
