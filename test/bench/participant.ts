import type { BenchmarkCase, BenchmarkOptimizer, Timing } from '../../src/engine/benchmark'

/** Something to be done again and again: training steps, or predictions of many samples at once. */
export type Work =
  | { readonly do: 'train'; readonly case: BenchmarkCase; readonly optimizer: BenchmarkOptimizer }
  | { readonly do: 'infer'; readonly case: BenchmarkCase; readonly samples: number }

export interface Duration {
  readonly warmUpMilliseconds: number
  readonly milliseconds: number
}

/** A library that takes part in a comparison. */
export interface Participant {
  readonly name: string
  /** Settings for `measure` to choose the best of; null leaves the number of threads to the library. */
  readonly threadChoices: readonly (number | null)[]
  accepts(work: Work): boolean
  /** @returns steps, or predictions of all samples, at least one, and the threads that were used */
  measure(work: Work, threads: number | null, duration: Duration): Promise<Timing & { readonly threads: number }>
  close(): Promise<void>
}
