import type { KeptState, RunSummary } from '../../shared/run-history'
import { stateWords } from '../dock/status'
import { formatMeasure, formatShare, UNKNOWN } from '../training/format'

export function keptStateWord(state: KeptState): string {
  return state === 'interrupted' ? 'Interrupted' : stateWords[state]
}

/** Units from the input to the last layer: 4·16·3; of a deep network the first and the last. */
export function shapeText(shape: readonly number[]): string {
  if (shape.length <= 6) return shape.join('·')
  return `${shape.slice(0, 3).join('·')}…${shape.slice(-2).join('·')}`
}

/** The last epoch's loss: on validation rows where there are some. */
export function lastLoss({ lastEpoch }: RunSummary): string {
  return formatMeasure(lastEpoch?.validationLoss ?? lastEpoch?.trainLoss)
}
export function bestLoss({ best }: RunSummary): string {
  return best === null ? UNKNOWN : formatMeasure(best.validationLoss)
}
/** Accuracy or mean absolute error of the last epoch. */
export function lastMetric({ lastEpoch, metric }: RunSummary): string {
  const value = lastEpoch?.validationMetric ?? lastEpoch?.trainMetric
  return metric === 'accuracy' ? formatShare(value) : formatMeasure(value)
}

const today = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false })
const earlier = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false
})
export function whenText(time: number, now: number): string {
  const sameDay = new Date(time).toDateString() === new Date(now).toDateString()
  return sameDay ? today.format(time) : earlier.format(time)
}

/** Whether a run can go on with the epochs it has; otherwise it can be loaded, to train further. */
export function canResume({ state, resumesAt, elsewhere, epoch, epochs }: RunSummary): boolean {
  return resumesAt !== null && !elsewhere && state !== 'running' && state !== 'loading' && epoch < epochs
}
