import type { AddonColumns, AddonMoments, AddonShape, AddonShapeSettings, AddonSurvey } from './native-addon'
import type { Storage } from './reading/csv-plan'

/** A column as far as its place in a table's memory is concerned. */
export interface StoredPlace {
  readonly id: string
  readonly index: number
  readonly storage: Storage
}

/** The different texts of a column, and how often each comes. */
export interface StoredTexts {
  /** By code, in the order of the file. */
  readonly values: readonly string[]
  readonly counts: Float64Array
}

/** How a column of numbers becomes a column of a matrix: x′ = (x − mean) / scale. */
export interface StoredScaling {
  readonly column: Pick<StoredPlace, 'id'>
  readonly mean: number
  readonly scale: number
  /** What stands in for a missing value; NaN for nothing. */
  readonly standIn: number
  /** Position in a row of the matrix. */
  readonly at: number
}

/** Writes stretches of rows into a matrix. @returns which of the columns gave something that is no finite number */
export type StoredEncoder = (
  from: number,
  places: Int32Array,
  count: number,
  into: Float32Array,
  width: number
) => Promise<readonly number[]>

/**
 * The values of columns as the native scan has found them, in memory: what fits there need not be read again by the
 * database to be profiled and prepared. A column may be missing here for any reason; then the database has it.
 */
export class StoredColumns {
  /** Indices of columns by their names in the database. */
  private readonly held = new Map<string, number>()
  private readonly textsOf = new Map<number, StoredTexts>()

  /**
   * @param columns a column is only held where it was kept as what it is
   * @param numbersFit whether numbers were read with the marks they are written with
   */
  constructor(
    private readonly addon: AddonColumns,
    columns: readonly StoredPlace[],
    numbersFit: boolean
  ) {
    for (const { id, index, storage } of columns)
      if (addon.storage(index) === storage && (storage === 'text' || numbersFit)) this.held.set(id, index)
  }

  holds({ id }: Pick<StoredPlace, 'id'>): boolean {
    return this.held.has(id)
  }

  /** The column is not as it was scanned any more. */
  forget({ id }: Pick<StoredPlace, 'id'>): void {
    this.held.delete(id)
  }

  dispose(): void {
    this.held.clear()
    this.textsOf.clear()
    this.addon.dispose()
  }

  /** Numbers, or the codes of texts, of rows `from` … `from + count`; NaN for a missing value. */
  read(column: Pick<StoredPlace, 'id'>, from: number, into: Float64Array, count: number): void {
    this.addon.read(this.indexOf(column), from, into, count)
  }

  texts(column: Pick<StoredPlace, 'id'>): StoredTexts {
    const index = this.indexOf(column)
    const known = this.textsOf.get(index)
    if (known !== undefined) return known
    const texts = this.addon.texts(index)
    this.textsOf.set(index, texts)
    return texts
  }

  /** The largest |x| of a column of numbers. */
  largest(column: Pick<StoredPlace, 'id'>): number {
    return this.addon.largest(this.indexOf(column))
  }

  /** The first row, from 0, that holds a number. */
  firstRow(column: Pick<StoredPlace, 'id'>, value: number): number {
    return this.addon.firstRow(this.indexOf(column), value)
  }

  survey(column: Pick<StoredPlace, 'id'>, mostFew: number): Promise<AddonSurvey> {
    return this.addon.survey(this.indexOf(column), mostFew)
  }

  shape(column: Pick<StoredPlace, 'id'>, settings: AddonShapeSettings): Promise<AddonShape> {
    return this.addon.shape(this.indexOf(column), settings)
  }

  /** Of the rows of one part, and how many rows have no value but for those of the dropped part. */
  moments(
    column: Pick<StoredPlace, 'id'>,
    parts: Uint8Array,
    part: number,
    dropped: number
  ): Promise<AddonMoments & { readonly missing: number }> {
    return this.addon.moments(this.indexOf(column), parts, part, dropped)
  }

  /** An encoder of columns of numbers, which works on another thread. */
  encoder(columns: readonly StoredScaling[]): StoredEncoder {
    const scaled = Float64Array.from(
      columns.flatMap(({ column, mean, scale, standIn, at }) => [this.indexOf(column), mean, scale, standIn, at])
    )
    return (...block) => this.addon.encode(scaled, ...block)
  }

  /** Whether two rows hold the same in these columns, as far as hashes tell: no is certain. */
  seemsRepeated(columns: readonly Pick<StoredPlace, 'id'>[]): Promise<boolean> {
    return this.addon.seemsRepeated(columns.map((column) => this.indexOf(column)))
  }

  private indexOf({ id }: Pick<StoredPlace, 'id'>): number {
    const index = this.held.get(id)
    if (index === undefined) throw new Error(`The column ${id} is not in memory.`)
    return index
  }
}

/** Bytes a row takes in memory. */
export function storedRowBytes(columns: readonly Storage[]): number {
  return columns.reduce((bytes, storage) => bytes + (storage === 'number' ? 8 : 4), 0)
}
