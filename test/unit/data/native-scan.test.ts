import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { NativeScan } from '../../../src/data/reading/native-scan'
import { scanFile } from '../../../src/data/reading/scan-file'
import type { Dialect } from '../../../src/shared/table/dialect'
import { dataBench } from './harness'
import { addon, referenceScan, scans } from './scans'

const runs = Number(process.env['LAMINA_FUZZ_RUNS'] ?? 400)
const seed = Number(process.env['LAMINA_FUZZ_SEED'] ?? 20_260)

const cell = fc.oneof(
  fc.constantFrom(
    ...['', '0', '-0', '007', '-', '+5', '1e5', '1.5e-3', '.5', '5.', '-.5', '1.234', '12.345', '123.456', '1234.567'],
    ...['1,5', '1,234', '1.234,5', '1,234.5', "1'234.5", '1 234', '1\u00a0234,5', 'NA', ' n/a ', '#N/A', 'null', '\\N'],
    ...[
      '999999999999999',
      '1234567890123456',
      '0.1234567890123456789',
      '12345678901.2345678',
      'x',
      ' a b ',
      'é',
      'C53'
    ],
    ...['"q"', '"a ""b"""', '"1.5"', '"line\nend"', '"r\r\nn"', '"1,5"', '"" ', ' "p"', '"x"y', '"', "'s'", '\t7']
  ),
  fc.double({ noNaN: true }).map(String),
  fc.integer().map(String)
)
const line = fc.tuple(fc.array(cell, { minLength: 0, maxLength: 4 }), fc.constantFrom('\n', '\n', '\n', '\r\n', '\r'))
const dialects: readonly Pick<Dialect, 'delimiter' | 'quote' | 'header'>[] = [
  { delimiter: ',', quote: '"', header: true },
  { delimiter: ';', quote: '"', header: false },
  { delimiter: ',', quote: '', header: false },
  { delimiter: '\t', quote: "'", header: true },
  { delimiter: ' ', quote: '"', header: true }
]

const bench = dataBench()

describe.skipIf(addon === null)('the native scan', () => {
  test('gives back its memory when it is given up', async () => {
    const path = await bench.file('table.csv', 'a,b\n1,2\n')
    const dispose = vi.spyOn(NativeScan.prototype, 'dispose')
    const kept = { marks: { decimalMark: '.', thousandsMark: '' }, storage: ['number', 'number'] } as const
    const format = { delimiter: ',', quote: '"', header: true, columns: 2 } as const
    const scan = scanFile(path, format, { byte: 0, line: 1 }, kept, () => {
      throw new Error('given up')
    })
    await expect(scan).rejects.toThrow('given up')
    expect(dispose).toHaveBeenCalledTimes(1)
  })

  test('finds what the reference finds, in whatever text and chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 12 }),
        fc.constantFrom(...dialects),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 40 }),
        async (lines, dialect, columns, chunk) => {
          const text = lines.map(([cells, end]) => cells.join(dialect.delimiter) + end).join('')
          const bytes = Buffer.from(text)
          const expected = await referenceScan(bytes, dialect, columns, chunk)
          // Where else a row starts may be noted, too.
          const { landmarks: _, ...facts } = expected
          for (const [, scan] of scans) {
            const found = await scan(bytes, dialect, columns, chunk)
            expect(found).toMatchObject(facts)
            expect(found.landmarks).toEqual(expect.arrayContaining(expected.landmarks as never[]))
          }
        }
      ),
      { numRuns: runs, seed }
    )
  })
})
