import type { RunDescription, StepBuckets } from '../../shared/training-run'
import {
  flagHealth,
  GradientWatch,
  meterOf,
  updateHealth,
  type GradientFlag,
  type GradientWarning,
  type Health
} from './gradient-health'

/** The latest numbers of one dense layer, each observed on its own: what meters and tables show. */
export class LayerReading {
  /** ‖∂L/∂W‖, the mean over the last frame's steps. */
  norm = $state<number | null>(null)
  /** ‖ΔW‖/‖W‖ */
  updateRatio = $state<number | null>(null)
  flag = $state<GradientFlag | null>(null)

  /** The norm on a logarithmic scale, 0 … 1. */
  get meter(): number | null {
    return meterOf(this.norm)
  }
  get health(): Health | null {
    return this.flag === null ? updateHealth(this.updateRatio) : flagHealth[this.flag]
  }
}

/** The readings of all dense layers of a run, and the watch over their gradients. */
export class RunReadings {
  readonly #layers: RunDescription['layers']
  readonly #byId: ReadonlyMap<string, LayerReading>
  readonly #watch: GradientWatch

  /** @param nameOf what people call a layer, for warnings */
  constructor(layers: RunDescription['layers'], nameOf: (id: string) => string) {
    this.#layers = layers
    this.#byId = new Map(layers.map(({ id }) => [id, new LayerReading()]))
    this.#watch = new GradientWatch(layers.map(({ id }) => nameOf(id)))
  }

  of(id: string): LayerReading | null {
    return this.#byId.get(id) ?? null
  }

  /** Judge every step, shown or not. @returns what has to be said of it */
  observe(steps: StepBuckets): GradientWarning[] {
    return this.#watch.observe(steps)
  }

  /** Show the numbers of a frame. */
  show(steps: StepBuckets): void {
    if (steps.last.length === 0) return
    for (const [index, { id }] of this.#layers.entries()) {
      const reading = this.of(id)
      if (reading === null) continue
      reading.norm = frameMean(steps, steps.gradientNorms[index]?.mean)
      reading.updateRatio = frameMean(steps, steps.updateRatios[index]?.mean)
      reading.flag = this.#watch.flag(index)
    }
  }
}

/** The mean of one layer's measure over all steps of a frame; null when nothing was measured. */
export function frameMean(buckets: StepBuckets, mean: readonly (number | null)[] | undefined): number | null {
  if (mean === undefined) return null
  let sum = 0
  let steps = 0
  for (let i = 0; i < mean.length; i++) {
    const value = mean[i] ?? null
    const count = buckets.count[i] ?? 0
    if (value === null) continue
    sum += value * count
    steps += count
  }
  return steps === 0 ? null : sum / steps
}
