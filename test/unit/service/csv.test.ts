import { describe, expect, it } from 'vitest'
import { csvLine, csvNumber } from '../../../src/service/weights/csv'
import { predictionCells, predictionColumns } from '../../../src/service/weights/prediction-columns'
import type { Preprocessing } from '../../../src/shared/weights/schema'

const plain = { delimiter: ',', decimalMark: '.' } as const
const german = { delimiter: ';', decimalMark: ',' } as const

describe('a line of CSV', () => {
  it.each([
    [['a', 'b'], 'a,b\n'],
    [['a,b', 'c'], '"a,b",c\n'],
    [['say "hi"', null], '"say ""hi""",\n'],
    [['two\nlines', ''], '"two\nlines",\n'],
    [[' kept ', 'x'], '" kept ",x\n']
  ])('%j', (cells, line) => {
    expect(csvLine(cells, plain)).toBe(line)
  })

  it('keeps the delimiter and the decimal mark of its source', () => {
    expect(csvLine(['1,5', 'a;b', csvNumber(0.25, german)], german)).toBe('1,5;"a;b";0,25\n')
    expect(csvNumber(1e-7, german)).toBe('1e-7')
    expect(csvNumber(1.25e-7, german)).toBe('1,25e-7')
  })
})

const species = { column: 'species', kind: 'categorical', encoding: 'oneHot', classes: ['a', 'b'] } as const
const width = { column: 'width', kind: 'numeric', mean: 10, scale: 2 } as const
const preprocessing = (...targets: Preprocessing['targets']): Preprocessing => ({
  features: [{ column: 'x', kind: 'numeric', scaling: 'none', mean: 0, scale: 1, missing: null }],
  targets
})

describe('columns of predictions', () => {
  it('are the class and its probabilities, or the number', () => {
    expect(predictionColumns(preprocessing({ ...species, classes: ['a', 'b'] }), ['x'])).toEqual([
      'predicted_species',
      'probability_a',
      'probability_b'
    ])
    expect(predictionColumns(preprocessing(width), ['x'])).toEqual(['predicted_width'])
  })

  it('name the target where several have classes, and never repeat a name', () => {
    const two = preprocessing({ ...species, classes: ['a', 'b'] }, { ...species, column: 'kind', classes: ['a', 'b'] })
    expect(predictionColumns(two, ['predicted_species', 'predicted_species_2'])).toEqual([
      'predicted_species_3',
      'probability_species_a',
      'probability_species_b',
      'predicted_kind',
      'probability_kind_a',
      'probability_kind_b'
    ])
  })

  it('hold values in the words and units of the target', () => {
    const outputs = new Float32Array([9, 9, 0.25, 0.75, 1.5])
    const both = preprocessing({ ...species, classes: ['a', 'b'] }, width)
    expect(predictionCells(both, outputs, 2, plain)).toEqual(['b', '0.25', '0.75', '13'])
  })

  it('give both probabilities of a yes/no output', () => {
    const binary = preprocessing({ column: 'ill', kind: 'categorical', encoding: 'binary', classes: ['no', 'yes'] })
    expect(predictionColumns(binary, [])).toEqual(['predicted_ill', 'probability_no', 'probability_yes'])
    expect(predictionCells(binary, new Float32Array([0.75]), 0, plain)).toEqual(['yes', '0.25', '0.75'])
  })
})
