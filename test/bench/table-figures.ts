import type { Spread } from './statistics'

/** What opening, detecting, loading, profiling and preparing a table takes, and what PapaParse takes to parse it. */
export interface TableFigures {
  readonly rows: number
  readonly columns: number
  readonly bytes: number
  readonly milliseconds: {
    readonly inspect: Spread
    readonly prepare: Spread
    readonly together: Spread
    /** The same preparation again, by another process. */
    readonly reopened: Spread
    /** With header and numbers as numbers, as people use it. */
    readonly papaParse: Spread
    /** With header, every cell as text. */
    readonly papaParseText: Spread
  }
  /** How many times Lamina's time PapaParse took, round by round. */
  readonly ratio: Spread
  readonly textRatio: Spread
  /** Most memory the data process held, in bytes; null where the system does not tell. */
  readonly peakMemory: number | null
}

/** A table larger than the memory it may take. */
export interface LargeTableFigures {
  readonly bytes: number
  readonly limit: number
  readonly seconds: number
  readonly updatesPerSecond: number
  readonly peakMemory: number | null
}
