import type { Block } from '../blocks'
import { LaminaError } from '../../shared/errors'
import { featureWidth, targetUnits } from '../../shared/weights/preprocessing'
import type { FeatureEncoding, Preprocessing, TargetEncoding } from '../../shared/weights/schema'
import type { Table, TableColumn } from '../reading/table'
import { codesOf, NOT_A_NUMBER, numbersOf, UNKNOWN } from './column-values'

export type CellProblem = 'missing' | 'missingTarget' | 'notANumber' | 'unknownClass' | 'tooLarge'

/** A cell that cannot be encoded; rows count from 0. */
export interface BadCell {
  readonly row: number
  readonly column: TableColumn
  readonly problem: CellProblem
  readonly classes: readonly string[]
}

/** Writes one column of a block into a matrix, a sample after the other. */
interface ColumnEncoder {
  /** For `readBlocks`. */
  readonly value: string
  /**
   * @param places where each row of the block goes in the matrix, −1 for rows that are left out
   * @param into zeros, `width` numbers a row
   * @returns the first cell that cannot be encoded
   */
  readonly encode: (
    cells: Float64Array,
    block: Block,
    places: Int32Array,
    into: Float32Array,
    width: number
  ) => BadCell | null
}

/** Encodes features and targets of a table as fitted, here or elsewhere. */
export class Encoder {
  /** For `readBlocks`: first the features', then the targets'. */
  readonly values: readonly string[]
  private readonly features: readonly ColumnEncoder[]
  private readonly targets: readonly ColumnEncoder[]

  /** @throws LaminaError `invalidData` when the table lacks a column */
  constructor(table: Table, preprocessing: Preprocessing, withTargets: boolean) {
    const { features, targets } = preprocessing
    const needed = [...features, ...(withTargets ? targets : [])]
    refuseLacking(
      table,
      needed.map((encoding) => encoding.column)
    )
    const columnOf = (name: string): TableColumn => {
      const column = table.columns.find((candidate) => candidate.name === name)
      if (column === undefined) throw new Error(`Column "${name}" was not checked.`)
      return column
    }
    let at = 0
    this.features = features.map((encoding) => {
      const encoder = featureEncoder(table, columnOf(encoding.column), encoding, at)
      at += featureWidth(encoding)
      return encoder
    })
    at = 0
    this.targets = (withTargets ? targets : []).map((encoding) => {
      const encoder = targetEncoder(table, columnOf(encoding.column), encoding, at)
      at += targetUnits(encoding)
      return encoder
    })
    this.values = [...this.features, ...this.targets].map((encoder) => encoder.value)
  }

  /** @returns the first cell, by row, that cannot be encoded */
  encode(block: Block, places: Int32Array, features: Matrix, targets: Matrix): BadCell | null {
    let worst: BadCell | null = null
    const apply = (encoder: ColumnEncoder, index: number, matrix: Matrix): void => {
      const cells = block.columns[index]
      const bad = cells === undefined ? null : encoder.encode(cells, block, places, matrix.values, matrix.width)
      if (bad !== null && (worst === null || bad.row < worst.row)) worst = bad
    }
    for (const [index, encoder] of this.features.entries()) apply(encoder, index, features)
    for (const [index, encoder] of this.targets.entries()) apply(encoder, this.features.length + index, targets)
    return worst
  }
}

export interface Matrix {
  readonly values: Float32Array
  /** Numbers a row. */
  readonly width: number
}

function refuseLacking(table: Table, needed: readonly string[]): void {
  const lacking = needed
    .filter((name) => !table.columns.some((column) => column.name === name))
    .map((name) => `"${name}"`)
  if (lacking.length === 0) return
  const shown = lacking.slice(0, 10).join(', ') + (lacking.length > 10 ? ` and ${lacking.length - 10} more` : '')
  const has =
    table.columns
      .slice(0, 10)
      .map((column) => `"${column.name}"`)
      .join(', ') + (table.columns.length > 10 ? ', …' : '')
  throw new LaminaError(
    'invalidData',
    `"${table.source.name}" lacks ${lacking.length === 1 ? 'the column' : 'the columns'} ${shown}, which the network needs. It has ${has}.`,
    { file: table.source.stamp.path, columns: lacking }
  )
}

function featureEncoder(table: Table, column: TableColumn, encoding: FeatureEncoding, at: number): ColumnEncoder {
  if (encoding.kind === 'numeric') {
    return {
      value: numbersOf(table, column),
      encode: numbers(column, at, encoding.mean, encoding.scale, encoding.missing, 'missing')
    }
  }
  const { categories, missing } = encoding
  const { value, codeOf } = codesOf(column, categories)
  const standIn = missing === null ? null : categories.indexOf(missing)
  return {
    value,
    encode: (cells, block, places, into, width) => {
      for (let i = 0; i < block.rows; i++) {
        const place = places[i] ?? -1
        if (place < 0) continue
        let code = codeOf(cells[i] ?? Number.NaN)
        if (Number.isNaN(code)) {
          if (standIn === null) return { row: block.start + i, column, problem: 'missing', classes: [] }
          code = standIn
        }
        // A category never seen in training is all zeros.
        if (code !== UNKNOWN) into[place * width + at + code] = 1
      }
      return null
    }
  }
}

function targetEncoder(table: Table, column: TableColumn, encoding: TargetEncoding, at: number): ColumnEncoder {
  if (encoding.kind === 'numeric') {
    return {
      value: numbersOf(table, column),
      encode: numbers(column, at, encoding.mean, encoding.scale, null, 'missingTarget')
    }
  }
  const { classes } = encoding
  const { value, codeOf } = codesOf(column, classes)
  const binary = encoding.encoding === 'binary'
  return {
    value,
    encode: (cells, block, places, into, width) => {
      for (let i = 0; i < block.rows; i++) {
        const place = places[i] ?? -1
        if (place < 0) continue
        const code = codeOf(cells[i] ?? Number.NaN)
        if (Number.isNaN(code)) return { row: block.start + i, column, problem: 'missingTarget', classes }
        if (code === UNKNOWN) return { row: block.start + i, column, problem: 'unknownClass', classes }
        if (binary) into[place * width + at] = code
        else into[place * width + at + code] = 1
      }
      return null
    }
  }
}

function numbers(
  column: TableColumn,
  at: number,
  mean: number,
  scale: number,
  missing: number | null,
  lacking: CellProblem
): ColumnEncoder['encode'] {
  const standIn = missing === null ? Number.NaN : missing
  return (cells, block, places, into, width) => {
    for (let i = 0; i < block.rows; i++) {
      const place = places[i] ?? -1
      if (place < 0) continue
      const cell = cells[i] ?? Number.NaN
      const value = Number.isNaN(cell) ? standIn : cell
      const encoded = Math.fround((value - mean) / scale)
      if (!Number.isFinite(encoded)) {
        const problem = Number.isNaN(value) ? lacking : value === NOT_A_NUMBER ? 'notANumber' : 'tooLarge'
        return { row: block.start + i, column, problem, classes: [] }
      }
      into[place * width + at] = encoded
    }
    return null
  }
}
