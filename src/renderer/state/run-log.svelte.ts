import { classWeightsText } from '../../shared/class-weights'
import type { TableWarning } from '../../shared/table/warnings'
import type { MetricsFrame, Progress } from '../../shared/training-run'
import { featureNames } from '../data/settings'
import { formatCount, formatShort, plural } from '../training/format'
import type { GradientWarning } from '../training/gradient-health'
import { appended, epochText, finishedText, isMilestone, type LogEntry, type LogKind } from '../training/log'
import type { RunData } from '../training/run-data'
import type { RunSource } from '../training/stale'

/** What happened in the runs of this window, in words. */
export class RunLog {
  entries = $state.raw<readonly LogEntry[]>([])
  #nextEntry = 1

  /**
   * @param step where in the run, or null when it is about no step
   * @param time milliseconds since 1970; null for what happened before this window was there to see it
   */
  note(kind: LogKind, text: string, step: number | null, time: number | null = Date.now()): void {
    this.entries = appended(this.entries, [{ id: this.#nextEntry++, time, kind, step, text }])
  }
  clear(): void {
    this.entries = []
  }

  /** What a frame brought, in the order of its steps. */
  tellFrame(data: RunData, frame: MetricsFrame, warnings: readonly GradientWarning[], time: number | null): void {
    const lines = [
      ...frame.marks.map(
        ({ step, learningRate }) =>
          ({ kind: 'info', step, text: `Learning rate set to ${formatShort(learningRate)}.` }) as const
      ),
      ...warnings.map(({ step, text }) => ({ kind: 'warning', step, text }) as const),
      ...frame.epochs
        .filter((record) => isMilestone(record.epoch))
        .map(
          (record) => ({ kind: 'info', step: record.step, text: epochText(record, data.description.metric) }) as const
        )
    ]
    for (const { kind, step, text } of lines.sort((a, b) => a.step - b.step)) this.note(kind, text, step, time)
  }

  /** That a run has come into another state. @param before null when it was not known before */
  tellState(before: Progress | null, progress: Progress, data: RunData | null): void {
    const { state, step } = progress
    if (before?.state === state) return
    if (state === 'finished') this.note('done', finishedText(progress, data?.epochs.best ?? null), step)
    else if (state === 'paused' && before !== null) this.note('info', 'Paused.', step)
    else if (state === 'stopped') this.note('info', `Stopped after ${plural(progress.epoch, 'epoch')}.`, step)
    else if (state === 'running' && before !== null && before.state !== 'loading') this.note('info', 'Went on.', step)
  }

  /** That features give the target away, as far as that is known when training starts: nobody waits for it. */
  tellLeakage({ design, dataset: { table } }: RunSource, warnings: readonly TableWarning[]): void {
    if (design.dataset === null) return
    const features = new Set(featureNames(design.dataset, table))
    for (const { kind, columns, message } of warnings)
      if (kind === 'leakage' && columns.some((column) => features.has(column))) this.note('warning', message, 0)
  }

  /** That a run was loaded, and its size. */
  tellStart(data: RunData | null, paused: boolean, imported: boolean): void {
    const description = data?.description
    const size =
      description === undefined
        ? ''
        : ` ${plural(description.parameters, 'parameter')}, ${plural(description.trainRows, 'training row')}, ${description.engine} engine.`
    this.note('info', `${paused ? 'Loaded' : 'Started'}${imported ? ' from imported weights' : ''}.${size}`, 0)
    const weights = description?.classWeights ?? null
    if (weights === null) return
    this.note('info', `Losses are weighted by class: ${classWeightsText(weights)}. Accuracies are not.`, 0)
  }

  tellAttached(name: string, step: number): void {
    this.note('info', `Attached to the run “${name}” at step ${formatCount(step)}.`, step)
  }
}
