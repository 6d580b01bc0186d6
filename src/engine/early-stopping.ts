import type { EarlyStoppingSettings } from '../shared/catalogue/schedules'
import type { EpochResult } from './engine'

/** The loss that early stopping and a schedule on a plateau look at when an epoch ends. */
export function monitoredLoss({
  validationLoss,
  trainLoss
}: Pick<EpochResult, 'validationLoss' | 'trainLoss'>): number {
  return validationLoss ?? trainLoss
}

export interface EarlyStoppingState {
  /** The smallest loss so far, infinite before there was one. */
  readonly best: number
  /** Epochs in a row without a better one. */
  readonly epochsWithout: number
}

/** Knows the best loss so far, and when it has not become smaller for too long. */
export class EarlyStopping {
  private best = Number.POSITIVE_INFINITY
  private epochsWithout = 0

  constructor(private readonly settings: EarlyStoppingSettings) {}

  /** What it remembers of the epochs. */
  get state(): EarlyStoppingState {
    return { best: this.best, epochsWithout: this.epochsWithout }
  }
  set state({ best, epochsWithout }: EarlyStoppingState) {
    this.best = best
    this.epochsWithout = epochsWithout
  }

  /**
   * An epoch ended with this loss; one that is not finite is never better.
   * @returns whether it is the best so far, and whether training is to end; patience starts anew then
   */
  endEpoch(loss: number): 'better' | 'worse' | 'stop' {
    if (Number.isFinite(loss) && loss < this.best - this.settings.minimumImprovement) {
      this.best = loss
      this.epochsWithout = 0
      return 'better'
    }
    this.epochsWithout += 1
    if (this.epochsWithout < this.settings.patience) return 'worse'
    this.epochsWithout = 0
    return 'stop'
  }
}
