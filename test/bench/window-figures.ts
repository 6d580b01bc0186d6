import type { Spread } from './statistics'

/** What a window costs and shows while it watches a fast run. */
export interface WindowFigures {
  /** Milliseconds from the request of the page to a designer that answers, per load. */
  readonly pageReady: Spread
  /** Steps a second of the same design and seed. */
  readonly commandLine: Spread
  readonly window: Spread
  /** window / commandLine */
  readonly ratio: Spread
  /** Frames a second each chart drew while the fast run streamed. */
  readonly chartFrames: Readonly<Record<string, number>>
  /** Tasks of the page's main thread over 50 ms while it streamed, in milliseconds. */
  readonly longTasks: readonly number[]
}

/** The longest task of the page's main thread while something was done, in milliseconds; 0 for none over 50 ms. */
export interface EditingFigures {
  readonly blocks: number
  readonly opening: number
  readonly selectAll: number
  /** All blocks by one step of the grid. */
  readonly nudge: number
  /** One number of one block. */
  readonly parameter: number
  readonly undo: number
}
