import type { ScheduleSettings } from './catalogue/schedules'

/** What a schedule's formula looks at. Times are in any one unit: the engines count steps, a curve may count epochs. */
export interface ScheduleClock {
  /** e − w, not negative. */
  readonly sinceWarmup: number
  /** T − w, not positive where the warm-up takes all of training. */
  readonly duration: number
  /** How long an epoch is. */
  readonly epoch: number
  /** How often the loss was on a plateau. */
  readonly plateaus: number
}

/** What the rate that was set is multiplied by once the warm-up is over: the formulas of `schedules` in the catalogue. */
export function shareAfterWarmup(
  settings: ScheduleSettings,
  { sinceWarmup, duration, epoch, plateaus }: ScheduleClock
): number {
  switch (settings.type) {
    case 'constant':
      return 1
    case 'step':
      return settings.factor ** Math.floor(sinceWarmup / (settings.everyEpochs * epoch))
    case 'exponential':
      return settings.factor ** (sinceWarmup / epoch)
    case 'cosine': {
      const done = sinceWarmup < duration ? sinceWarmup / duration : 1
      return settings.endShare + ((1 - settings.endShare) * (1 + Math.cos(Math.PI * done))) / 2
    }
    case 'reduceOnPlateau':
      return Math.max(settings.factor ** plateaus, settings.endShare)
  }
}
