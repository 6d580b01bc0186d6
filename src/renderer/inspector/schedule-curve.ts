import type { ScheduleSettings } from '../../shared/catalogue/schedules'
import { shareAfterWarmup } from '../../shared/scheduled-rate'
import { formatCount, formatShort, plural } from '../training/format'

/**
 * The share of the base rate after `e` epochs, with steps so small that a warm-up is a straight line. A plateau cannot be foreseen: its share is that before the first.
 * @param epochs T, planned
 */
export function rateShare(schedule: ScheduleSettings, epochs: number, e: number): number {
  const w = schedule.warmupEpochs
  if (e < w) return e / w
  return shareAfterWarmup(schedule, { sinceWarmup: e - w, duration: epochs - w, epoch: 1, plateaus: 0 })
}

/** The last epoch's last step still has the rate from before a change that falls on the very end. */
function beforeEnd(epochs: number): number {
  return epochs * (1 - 1e-9)
}

/** Whether there is a curve to draw: some change that is known before training. */
export function isForeseen(schedule: ScheduleSettings): boolean {
  return schedule.type !== 'reduceOnPlateau' && !(schedule.type === 'constant' && schedule.warmupEpochs === 0)
}

/** The rate over all planned epochs as an SVG path in a box of the given size, the base rate at its top. */
export function schedulePath(schedule: ScheduleSettings, epochs: number, width: number, height: number): string {
  const points = 2 * width
  return Array.from({ length: points + 1 }, (_, index) => {
    const x = (index / points) * width
    const e = index === points ? beforeEnd(epochs) : (index / points) * epochs
    const y = height * (1 - rateShare(schedule, epochs, e))
    return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(2)}`
  }).join('')
}

/** The rate that the last planned step gets, as far as it can be foreseen. */
export function lastRate(schedule: ScheduleSettings, rate: number, epochs: number): number {
  return rate * rateShare(schedule, epochs, beforeEnd(epochs))
}

/** What the schedule does to the rate, in words: the curve's text, and all there is to say where there is no curve. */
export function scheduleText(schedule: ScheduleSettings, rate: number, epochs: number): string {
  const { warmupEpochs } = schedule
  const base = formatShort(rate)
  if (warmupEpochs >= epochs && warmupEpochs > 0)
    return `The warm-up is not over before training is: the rate reaches ${formatShort(lastRate(schedule, rate, epochs))} of ${base}.`
  const warmup = warmupEpochs === 0 ? '' : `Rises to ${base} over ${epochsText(warmupEpochs)}. `
  const end = formatShort(Number(lastRate(schedule, rate, epochs).toPrecision(3)))
  switch (schedule.type) {
    case 'constant':
      return `${warmup}Then stays there.`
    case 'step':
      return `${warmup}Times ${formatShort(schedule.factor)} every ${plural(schedule.everyEpochs, 'epoch')}, down to ${end} in epoch ${formatCount(epochs)}.`
    case 'exponential':
      return `${warmup}Times ${formatShort(schedule.factor)} over every epoch, down to ${end} after ${formatCount(epochs)}.`
    case 'cosine':
      return `${warmup}Falls from ${base} to ${end} along half a cosine wave until epoch ${formatCount(epochs)}.`
    case 'reduceOnPlateau':
      return `${warmup}Training decides when: times ${formatShort(schedule.factor)} after more than ${plural(schedule.patience, 'epoch')} without a smaller loss, never below ${formatShort(Number((rate * schedule.endShare).toPrecision(3)))}.`
  }
}

function epochsText(epochs: number): string {
  return Number.isInteger(epochs) ? plural(epochs, 'epoch') : `${formatShort(epochs)} epochs`
}
