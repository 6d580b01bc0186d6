import type { BestEpoch } from '../../shared/series'
import type { EpochRecord, Progress, RunDescription } from '../../shared/training-run'
import { formatCount, formatMeasure, formatShare, formatTook, plural } from './format'

export type LogKind = 'info' | 'done' | 'warning' | 'error'
export interface LogEntry {
  readonly id: number
  /** Milliseconds since 1970; null for what happened before this window was there to see it. */
  readonly time: number | null
  readonly kind: LogKind
  /** Where in the run, or null when it is about no step. */
  readonly step: number | null
  readonly text: string
}

/** Entries kept; the oldest are forgotten. */
export const LOG_LIMIT = 500

export function appended(log: readonly LogEntry[], entries: readonly LogEntry[]): readonly LogEntry[] {
  return entries.length === 0 ? log : [...log, ...entries].slice(-LOG_LIMIT)
}

/** Epochs worth a line: 1, 2, 5, 10, 20, 50, 100 … */
export function isMilestone(epoch: number): boolean {
  if (epoch < 1) return false
  const leading = epoch / 10 ** Math.floor(Math.log10(epoch) + 1e-9)
  return leading === 1 || leading === 2 || leading === 5
}

/** The metric in its own words: "accuracy 97.3 %", "mean absolute error 0.4120". */
export function metricText(kind: RunDescription['metric'], value: number): string {
  return kind === 'accuracy' ? `accuracy ${formatShare(value)}` : `mean absolute error ${formatMeasure(value)}`
}

export function epochText(record: EpochRecord, metric: RunDescription['metric']): string {
  const parts = [`training loss ${formatMeasure(record.trainLoss)}`]
  if (record.trainMetric !== null) parts.push(metricText(metric, record.trainMetric))
  if (record.validationLoss !== null) parts.push(`validation loss ${formatMeasure(record.validationLoss)}`)
  if (record.validationMetric !== null) parts.push(`validation ${metricText(metric, record.validationMetric)}`)
  return `Epoch ${formatCount(record.epoch)}: ${parts.join(', ')}.`
}

export function finishedText(progress: Progress, best: BestEpoch | null): string {
  const took = formatTook(progress.seconds)
  if (progress.stoppedEarly) return `${stoppedEarlyText(progress)}, after ${took}.`
  const done = `Finished ${plural(progress.epoch, 'epoch')} in ${took}.`
  if (progress.bestEpoch !== null) return `${done.slice(0, -1)}: ${bestText(progress.bestEpoch)}.`
  if (best === null) return done
  return `${done} Smallest validation loss ${formatMeasure(best.validationLoss)} at epoch ${formatCount(best.epoch)}.`
}

/** Where early stopping ended a run, and what that means for its weights. */
export function stoppedEarlyText({ epoch, bestEpoch }: Progress): string {
  const where = `Stopped early at epoch ${formatCount(epoch)}`
  return bestEpoch === null ? where : `${where}: ${bestText(bestEpoch)}`
}
/** Which weights a finished run with early stopping has. */
export function bestText(epoch: number): string {
  return `best was epoch ${formatCount(epoch)}, whose weights are used`
}
