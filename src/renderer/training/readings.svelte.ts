import type { StepBuckets } from '../../shared/training-run'
import { flagHealth, meterOf, updateHealth, type GradientFlag, type Health } from './gradient-health'

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
