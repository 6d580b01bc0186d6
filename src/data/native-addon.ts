import { loadAddon, type AddonDescription } from '../native/load-addon'
import type { ScanTable } from './reading/scan-table'
import type { Scan } from './reading/scan'

/** What the addon takes to scan a file; sizes in bytes, characters as bytes. It checks only what memory safety needs. */
export interface AddonScanSettings extends ScanTable {
  readonly delimiter: number
  /** Null where nothing is quoted. */
  readonly quote: number | null
  /** Indices into cellKinds: of numbers without a mark, with the decimal mark, and with what may be either mark. */
  readonly plainNumber: number
  readonly markNumber: number
  readonly markGroup: number
  readonly decimalMark: number
  /** Fields every row must have. */
  readonly expected: number
  readonly header: boolean
  /** Where the scan begins. */
  readonly byte: number
  readonly line: number
  /** What is kept of each column: 0 nothing, 1 numbers, 2 texts; null when nothing is. */
  readonly storage: Uint8Array | null
}

/** What the C++ scan of a part of a chunk has found; only of use to the scanner it came from. */
export type AddonStretch = object

export interface AddonScanner {
  /** Scan the rows that begin in a chunk on another thread. The chunk must stay as it is until then. */
  ahead(chunk: Uint8Array, byte: number): Promise<AddonStretch | null>
  /** Go on through the chunk that comes next. */
  take(chunk: Uint8Array, stretch: AddonStretch | null): void
  rows(): number
  /** Landmarks are pairs of row and byte. */
  end(): {
    readonly scan: Omit<Scan, 'landmarks'> & { readonly landmarks: Float64Array }
    readonly columns: AddonColumns | null
  }
  /** Gives back the memory of a scan that does not come to its end. */
  dispose(): void
}

/** Columns of a table in memory. */
export interface AddonColumns {
  storage(column: number): 'number' | 'text' | null
  /** Numbers, or codes of texts; NaN for a missing value. */
  read(column: number, from: number, into: Float64Array, count: number): void
  /** The different texts of a column by code, and how many rows have each. */
  texts(column: number): { readonly values: string[]; readonly counts: Float64Array }
  /** The largest |x|. */
  largest(column: number): number
  /** The first row, from 0, that holds a number. */
  firstRow(column: number, value: number): number
  survey(column: number, mostFew: number): Promise<AddonSurvey>
  shape(column: number, settings: AddonShapeSettings): Promise<AddonShape>
  /** Of the rows of one part. The parts, one for each row, must stay as they are until then. */
  moments(
    column: number,
    parts: Uint8Array,
    part: number,
    dropped: number
  ): Promise<AddonMoments & { readonly missing: number }>
  /**
   * Write (x − mean) / scale of rows `from` … `from + count` into a matrix. Places and matrix must stay as they are until
   * then.
   * @param scaled column, mean, scale, what stands in for a missing value (NaN for nothing) and position in a row of the
   * matrix, column after column
   * @param places where each row goes, below 0 for rows that are left out
   * @returns which of the columns, by their order in `scaled`, gave something that is no finite number
   */
  encode(
    scaled: Float64Array,
    from: number,
    places: Int32Array,
    count: number,
    into: Float32Array,
    width: number
  ): Promise<readonly number[]>
  /** Whether two rows seem to hold the same in some columns; no is certain. */
  seemsRepeated(columns: readonly number[]): Promise<boolean>
  /** Gives back the memory, at once or when what is under way has ended. */
  dispose(): void
}

/** As Moments has them. */
export interface AddonMoments {
  readonly count: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly standardDeviation: number
}

/** As NumberSurvey has it. */
export interface AddonSurvey extends AddonMoments {
  readonly integer: boolean
  readonly countsRows: boolean
  /** Pairs of a value and its number of rows, the values ascending; null when there are more than asked for. */
  readonly few: Float64Array | null
}

export interface AddonShapeSettings {
  readonly min: number
  readonly max: number
  readonly bins: number
  /** Interquartile ranges from the median. */
  readonly farOut: number
  /** Beyond so many different values their number is estimated. */
  readonly countedDistinct: number
}

/** As Shape has it. */
export interface AddonShape {
  readonly median: number
  readonly distinct: number
  readonly distinctExact: boolean
  readonly farOut: number
  readonly histogram: number[]
}

/** The compiled module, as src/data/native/binding/addon.cpp exports it. */
export interface TablesAddon {
  readonly version: string
  /** As src/native/end_with_parent.h has it. */
  endWithParent(pid: number): boolean
  readonly Scanner: new (settings: AddonScanSettings) => AddonScanner
}

const description: AddonDescription<TablesAddon> = {
  name: 'lamina_tables',
  title: 'The native table reader',
  fits: (loaded): loaded is TablesAddon =>
    typeof loaded === 'object' &&
    loaded !== null &&
    'version' in loaded &&
    typeof loaded.version === 'string' &&
    'endWithParent' in loaded &&
    typeof loaded.endWithParent === 'function' &&
    'Scanner' in loaded &&
    typeof loaded.Scanner === 'function'
}

let loaded: TablesAddon | null | undefined

/**
 * The C++ reader of tables, or null where there is none, or `LAMINA_TABLES=reference` switches it off: then tables are
 * read by the same steps in TypeScript, only slower.
 */
export function tablesAddon(): TablesAddon | null {
  if (process.env['LAMINA_TABLES'] === 'reference') return null
  loaded ??= loadAddon(description, import.meta.url).addon
  return loaded
}
