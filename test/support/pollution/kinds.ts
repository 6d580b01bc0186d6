import { singleRows } from './single-rows'
import { cleanTables, type CleanTable } from './tables'
import { unusualFiles } from './unusual'
import { wholeFiles } from './whole-file'

/** A file, and the table that should be read from it. */
export interface PollutedFile {
  /** What was done to it. */
  readonly kind: string
  readonly name: string
  readonly content: string | Uint8Array
  readonly expected: CleanTable
}

/** Clean tables polluted as whole files; the same ones whenever it is called. */
export function* pollutedWholes(): Generator<PollutedFile> {
  for (const [name, table] of Object.entries(cleanTables)) {
    yield* wholeFiles(name, table)
    yield* unusualFiles(name, table)
  }
}

/** Clean tables with one row that is polluted, in every way and in every row and column. */
export function* pollutedRows(): Generator<PollutedFile> {
  for (const [name, table] of Object.entries(cleanTables)) yield* singleRows(name, table)
}
