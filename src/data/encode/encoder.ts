import type { Block } from '../blocks'
import { LaminaError } from '../../shared/errors'
import { encodeDate, featureWidth, targetUnits } from '../../shared/weights/preprocessing'
import type { FeatureEncoding, Preprocessing, TargetEncoding } from '../../shared/weights/schema'
import { columnFor, type Table, type TableColumn } from '../reading/table'
import type { StoredColumns, StoredEncoder, StoredScaling } from '../stored-columns'
import { CellTally } from './cell-tally'
import { codesOf, NOT_UNDERSTOOD, numbersOf, UNKNOWN } from './column-values'
import { measureOf } from './readings'

export type CellProblem = 'missing' | 'missingTarget' | 'notUnderstood' | 'unknownClass' | 'tooLarge'

/** A cell that cannot be encoded; rows count from 0. */
export interface BadCell {
  readonly row: number
  readonly column: TableColumn
  readonly problem: CellProblem
  /** What the column was to be encoded as. */
  readonly encoding: FeatureEncoding | TargetEncoding
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
  /** How to do it with what is in memory, where that is possible. */
  readonly stored?: StoredScaling
  /** Where what is substituted is counted, if it is. */
  readonly tally: CellTally | null
}

/** Encodes features and targets of a table as fitted, here or elsewhere. */
export class Encoder {
  /** For `readBlocks`: first the features', then the targets'. What is in memory is not among them. */
  readonly values: readonly string[]
  /** What was substituted in the features so far; none when nothing is counted. */
  readonly tallies: readonly CellTally[]
  private readonly features: MatrixEncoder
  private readonly targets: MatrixEncoder

  /**
   * @param counting whether what is substituted is counted
   * @throws LaminaError `invalidData` when the table lacks a column
   */
  constructor(table: Table, preprocessing: Preprocessing, withTargets: boolean, counting: boolean) {
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
    const ofFeatures = features.map((encoding) => {
      const column = columnFor(columnOf(encoding.column), encoding.kind)
      const encoder = featureEncoder(table, column, encoding, at, counting ? new CellTally(column, encoding) : null)
      at += featureWidth(encoding)
      return encoder
    })
    at = 0
    const ofTargets = (withTargets ? targets : []).map((encoding) => {
      const encoder = targetEncoder(table, columnFor(columnOf(encoding.column), encoding.kind), encoding, at)
      at += targetUnits(encoding)
      return encoder
    })
    this.tallies = ofFeatures.flatMap(({ tally }) => tally ?? [])
    this.features = new MatrixEncoder(table.stored, ofFeatures)
    this.targets = new MatrixEncoder(table.stored, ofTargets)
    this.values = [...this.features.values, ...this.targets.values]
  }

  /** @returns the first cell, by row, that cannot be encoded */
  async encode(block: Block, places: Int32Array, features: Matrix, targets: Matrix): Promise<BadCell | null> {
    const streamed = this.features.values.length
    const found = [
      await this.features.encode({ ...block, columns: block.columns.slice(0, streamed) }, places, features),
      await this.targets.encode({ ...block, columns: block.columns.slice(streamed) }, places, targets)
    ]
    return found.reduce(earlier)
  }
}

/** Encodes the columns of one matrix. */
class MatrixEncoder {
  /** For `readBlocks`. */
  readonly values: readonly string[]
  private readonly streamed: readonly ColumnEncoder[]
  private readonly inMemory: readonly ColumnEncoder[]
  private readonly encodeStored: StoredEncoder | null

  constructor(
    private readonly memory: StoredColumns | null,
    encoders: readonly ColumnEncoder[]
  ) {
    this.streamed = encoders.filter(({ stored }) => stored === undefined)
    this.inMemory = encoders.filter(({ stored }) => stored !== undefined)
    this.values = this.streamed.map(({ value }) => value)
    const scalings = encoders.flatMap(({ stored }) => stored ?? [])
    this.encodeStored = scalings.length === 0 || memory === null ? null : memory.encoder(scalings)
  }

  async encode(block: Block, places: Int32Array, { values, width }: Matrix): Promise<BadCell | null> {
    const unfit = await this.encodeStored?.(block.start, places, block.rows, values, width)
    this.tallyStored(block, places)
    let worst: BadCell | null = null
    for (const index of unfit ?? []) {
      const encoder = this.inMemory[index]
      if (encoder === undefined) continue
      const cells = new Float64Array(block.rows)
      this.memory?.read({ id: encoder.value }, block.start, cells, block.rows)
      worst = earlier(worst, encoder.encode(cells, block, places, values, width))
    }
    for (const [index, encoder] of this.streamed.entries()) {
      const cells = block.columns[index]
      if (cells !== undefined) worst = earlier(worst, encoder.encode(cells, block, places, values, width))
    }
    return worst
  }

  /** What is encoded out of memory takes its stand-ins unseen, so they are counted apart. */
  private tallyStored(block: Block, places: Int32Array): void {
    let cells: Float64Array | null = null
    for (const { value, tally, stored } of this.inMemory) {
      if (tally === null || stored === undefined || Number.isNaN(stored.standIn)) continue
      cells ??= new Float64Array(block.rows)
      this.memory?.read({ id: value }, block.start, cells, block.rows)
      for (let i = 0; i < block.rows; i++) if (Number.isNaN(cells[i]) && (places[i] ?? -1) >= 0) tally.missing += 1
    }
  }
}

/** Of two cells the one in the earlier row, the first of them in the same one. */
function earlier(a: BadCell | null, b: BadCell | null): BadCell | null {
  return a === null || (b !== null && b.row < a.row) ? b : a
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

function featureEncoder(
  table: Table,
  column: TableColumn,
  encoding: FeatureEncoding,
  at: number,
  tally: CellTally | null
): ColumnEncoder {
  switch (encoding.kind) {
    case 'categorical':
      return categoryEncoder(table, column, encoding, at, tally)
    case 'date':
      return { value: measureOf(table, column, encoding), encode: dates(column, at, encoding, tally), tally }
    case 'numeric':
    case 'boolean':
    case 'ordinal': {
      const scaled = { ...scaledFeature(encoding), tally }
      return numberEncoder(table, column, measureOf(table, column, encoding), at, encoding, scaled)
    }
  }
}

function categoryEncoder(
  table: Table,
  column: TableColumn,
  encoding: Extract<FeatureEncoding, { kind: 'categorical' }>,
  at: number,
  tally: CellTally | null
): ColumnEncoder {
  const { categories, missing } = encoding
  const { value, codeOf } = codesOf(table, column, categories)
  const standIn = missing === null ? null : categories.indexOf(missing)
  return {
    value,
    tally,
    encode: (cells, block, places, into, width) => {
      for (let i = 0; i < block.rows; i++) {
        const place = places[i] ?? -1
        if (place < 0) continue
        let code = codeOf(cells[i] ?? Number.NaN)
        if (Number.isNaN(code)) {
          if (standIn === null) return { row: block.start + i, column, problem: 'missing', encoding }
          code = standIn
          if (tally !== null) tally.missing += 1
        } else if (code === UNKNOWN) tally?.unknownCategory.add(block.start + i)
        // A category never seen in training is all zeros.
        if (code !== UNKNOWN) into[place * width + at + code] = 1
      }
      return null
    }
  }
}

function targetEncoder(table: Table, column: TableColumn, encoding: TargetEncoding, at: number): ColumnEncoder {
  if (encoding.kind === 'numeric') {
    const scaled = { ...encoding, missing: null, lacking: 'missingTarget', tally: null } as const
    return numberEncoder(table, column, numbersOf(table, column), at, encoding, scaled)
  }
  const { classes } = encoding
  const { value, codeOf } = codesOf(table, column, classes)
  const binary = encoding.encoding === 'binary'
  return {
    value,
    tally: null,
    encode: (cells, block, places, into, width) => {
      for (let i = 0; i < block.rows; i++) {
        const place = places[i] ?? -1
        if (place < 0) continue
        const code = codeOf(cells[i] ?? Number.NaN)
        if (Number.isNaN(code)) return { row: block.start + i, column, problem: 'missingTarget', encoding }
        if (code === UNKNOWN) return { row: block.start + i, column, problem: 'unknownClass', encoding }
        if (binary) into[place * width + at] = code
        else into[place * width + at + code] = 1
      }
      return null
    }
  }
}

type MeasuredFeature = Exclude<FeatureEncoding, { kind: 'categorical' | 'date' }>

/** How streamed numbers become inputs or outputs. */
interface Scaled {
  readonly mean: number
  readonly scale: number
  /** What stands in for a missing value, or null. */
  readonly missing: number | null
  /** What it is called when nothing stands in. */
  readonly lacking: CellProblem
  /** Whether a cell that is not understood counts as missing. */
  readonly unknownIsMissing?: boolean
  readonly tally: CellTally | null
}

function scaledFeature(encoding: MeasuredFeature): Omit<Scaled, 'tally'> {
  const { missing } = encoding
  const lacking = 'missing'
  switch (encoding.kind) {
    case 'numeric':
      return { mean: encoding.mean, scale: encoding.scale, missing, lacking }
    case 'ordinal':
      return { mean: encoding.mean, scale: encoding.scale, missing, lacking, unknownIsMissing: true }
    case 'boolean':
      return { mean: 0, scale: 1, missing, lacking, unknownIsMissing: true }
  }
}

function numberEncoder(
  { stored }: Table,
  column: TableColumn,
  value: string,
  at: number,
  encoding: FeatureEncoding | TargetEncoding,
  scaled: Scaled
): ColumnEncoder {
  const encode = numbers(column, at, encoding, scaled)
  if (column.storage !== 'number' || stored?.holds({ id: value }) !== true)
    return { value, encode, tally: scaled.tally }
  const { mean, scale, missing, tally } = scaled
  return { value, encode, tally, stored: { column: { id: value }, mean, scale, standIn: missing ?? Number.NaN, at } }
}

function numbers(
  column: TableColumn,
  at: number,
  encoding: FeatureEncoding | TargetEncoding,
  { mean, scale, missing, lacking, unknownIsMissing = false, tally }: Scaled
): ColumnEncoder['encode'] {
  const standIn = missing ?? Number.NaN
  return (cells, block, places, into, width) => {
    if (scaleAll(cells, block.rows, places, into, width, at, mean, scale)) return null
    for (let i = 0; i < block.rows; i++) {
      const place = places[i] ?? -1
      if (place < 0) continue
      const cell = cells[i] ?? Number.NaN
      const value = Number.isNaN(cell) || (unknownIsMissing && cell === NOT_UNDERSTOOD) ? standIn : cell
      const encoded = Math.fround((value - mean) / scale)
      if (!Number.isFinite(encoded)) {
        const problem = cell === NOT_UNDERSTOOD ? 'notUnderstood' : Number.isNaN(value) ? lacking : 'tooLarge'
        return { row: block.start + i, column, problem, encoding }
      }
      if (tally !== null && Number.isNaN(cell)) tally.missing += 1
      else if (cell === NOT_UNDERSTOOD) tally?.notUnderstood.add(block.start + i)
      into[place * width + at] = encoded
    }
    return null
  }
}

/**
 * Write x′ = (x − mean) / scale of every cell, without looking at one: nearly always that is all there is to do.
 * @returns false when a result is no finite number; then it has to be done again with care
 */
function scaleAll(
  cells: Float64Array,
  rows: number,
  places: Int32Array,
  into: Float32Array,
  width: number,
  at: number,
  mean: number,
  scale: number
): boolean {
  let finite = true
  for (let i = 0; i < rows; i++) {
    const place = places[i] as number
    if (place < 0) continue
    const encoded = Math.fround(((cells[i] as number) - mean) / scale)
    // Zero for every number, NaN for what is none.
    if (encoded - encoded !== 0) finite = false
    into[place * width + at] = encoded
  }
  return finite
}

function dates(
  column: TableColumn,
  at: number,
  encoding: Extract<FeatureEncoding, { kind: 'date' }>,
  tally: CellTally | null
): ColumnEncoder['encode'] {
  const { parts, missing } = encoding
  const standIn = missing ?? Number.NaN
  return (cells, block, places, into, width) => {
    for (let i = 0; i < block.rows; i++) {
      const place = places[i] ?? -1
      if (place < 0) continue
      const cell = cells[i] ?? Number.NaN
      const days = Number.isNaN(cell) ? standIn : cell
      if (!Number.isFinite(days)) {
        const problem = cell === NOT_UNDERSTOOD ? 'notUnderstood' : 'missing'
        return { row: block.start + i, column, problem, encoding }
      }
      if (tally !== null && Number.isNaN(cell)) tally.missing += 1
      encodeDate(parts, days, into, place * width + at)
    }
    return null
  }
}
