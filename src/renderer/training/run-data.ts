import { bucketsWithin, DEFAULT_BUCKETS, EpochSeries, StepSeries } from '../../shared/series'
import type { Mark, RunDescription } from '../../shared/training-run'

/** Learning-rate changes kept. */
export const MARK_LIMIT = 500

/** Numbers kept of all steps: 32 MB. Networks of hundreds of layers get fewer points a curve. */
const MOST_NUMBERS = 4_000_000

/** Everything measured in one run. Changes in place; `run.revision` says when. */
export interface RunData {
  readonly description: RunDescription
  readonly steps: StepSeries
  readonly epochs: EpochSeries
  readonly marks: Mark[]
  /** The learning rate before the first mark. */
  readonly firstLearningRate: number
}

export function emptyRunData(description: RunDescription, learningRate: number): RunData {
  const layers = description.layers.length
  return {
    description,
    steps: new StepSeries(layers, bucketsWithin(MOST_NUMBERS, layers, DEFAULT_BUCKETS)),
    epochs: new EpochSeries(),
    marks: [],
    firstLearningRate: learningRate
  }
}

/** The run went back to `step`: what was measured after it is void and comes again. */
export function cutAfter(data: RunData, step: number): void {
  data.steps.cutAfter(step)
  data.epochs.cutAfter(step)
  while ((data.marks.at(-1)?.step ?? 0) > step) data.marks.pop()
}

export function addMarks(data: RunData, marks: readonly Mark[]): void {
  for (const mark of marks) {
    const last = data.marks.at(-1)
    // Scrubbing the field while paused leaves one mark, not twenty.
    if (last !== undefined && last.step === mark.step) data.marks.pop()
    data.marks.push(mark)
  }
  if (data.marks.length > MARK_LIMIT) data.marks.splice(0, data.marks.length - MARK_LIMIT)
}
