import type { ScheduleSettings } from '../../shared/catalogue/schedules'
import { shareAfterWarmup } from '../../shared/scheduled-rate'
import type { TrainerSnapshot } from '../engine'

type PlateauState = TrainerSnapshot['plateau']

/** By which share a loss must be below the best one to be better: what PyTorch's ReduceLROnPlateau asks for. */
const PLATEAU_THRESHOLD = 1e-4

/**
 * The learning rate's course: the formulas of `schedules` in the catalogue, with times in steps instead of epochs, which
 * are whole numbers where parts of epochs would be rounded.
 */
export class LearningRateSchedule {
  /** w · (steps per epoch) */
  private readonly warmup: number
  /** Of a schedule on a plateau: the smallest loss so far, epochs in a row without a better one, and what came of them. */
  private best = Number.POSITIVE_INFINITY
  private epochsWithout = 0
  private plateaus = 0

  /**
   * @param settings null for a constant rate
   * @param epochs T, the planned epochs; may change
   */
  constructor(
    private readonly settings: ScheduleSettings | null,
    private readonly stepsPerEpoch: number,
    public epochs: number
  ) {
    this.warmup = wholeWhereClose((settings?.warmupEpochs ?? 0) * stepsPerEpoch)
  }

  /** What the rate that was set is multiplied by in the step after `stepsDone` others. */
  factor(stepsDone: number): number {
    if (this.settings === null) return 1
    const warmupSteps = Math.ceil(this.warmup)
    if (stepsDone < warmupSteps) return (stepsDone + 1) / warmupSteps
    return shareAfterWarmup(this.settings, {
      sinceWarmup: stepsDone - this.warmup,
      duration: this.epochs * this.stepsPerEpoch - this.warmup,
      epoch: this.stepsPerEpoch,
      plateaus: this.plateaus
    })
  }

  /** What it remembers of the epochs. */
  get state(): PlateauState {
    return { best: this.best, epochsWithout: this.epochsWithout, plateaus: this.plateaus }
  }
  set state({ best, epochsWithout, plateaus }: PlateauState) {
    this.best = best
    this.epochsWithout = epochsWithout
    this.plateaus = plateaus
  }

  /** An epoch ended with this loss: on validation samples, or on training samples where there are no others. */
  endEpoch(loss: number): void {
    if (this.settings?.type !== 'reduceOnPlateau') return
    if (Number.isFinite(loss) && loss < this.best * (1 - PLATEAU_THRESHOLD)) {
      this.best = loss
      this.epochsWithout = 0
      return
    }
    this.epochsWithout += 1
    if (this.epochsWithout <= this.settings.patience) return
    this.epochsWithout = 0
    this.plateaus += 1
  }
}

/** 0.07 epochs of 100 steps are 7 steps, though their product is a little more: a whole number is meant then. */
function wholeWhereClose(steps: number): number {
  const whole = Math.round(steps)
  return Math.abs(steps - whole) <= 1e-9 * Math.max(1, whole) ? whole : steps
}
