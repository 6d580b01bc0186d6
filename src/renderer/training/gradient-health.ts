import type { StepBuckets } from '../../shared/training-run'
import { formatMeasure } from './format'

/** The gradient-norm meter is logarithmic and covers these: below is empty, above is full. */
export const METER_RANGE = { from: 1e-6, to: 1e2 } as const

/** A gradient norm on the meter's scale, 0 … 1; null while it is not known. */
export function meterOf(norm: number | null): number | null {
  if (norm === null || Number.isNaN(norm)) return null
  if (norm <= 0) return 0
  const share = Math.log10(norm / METER_RANGE.from) / Math.log10(METER_RANGE.to / METER_RANGE.from)
  return Math.min(1, Math.max(0, share))
}

export type Level = 'ok' | 'notice' | 'bad'
export interface Health {
  readonly level: Level
  readonly word: string
  readonly help: string
}

/** A training step should change weights by about a thousandth of their size. */
export const GOOD_UPDATE_RATIO = 1e-3

/** What an update-to-weight ratio ‖ΔW‖/‖W‖ says about the learning rate of a layer. */
export function updateHealth(ratio: number | null): Health | null {
  if (ratio === null || Number.isNaN(ratio)) return null
  if (ratio < 1e-6)
    return {
      level: 'notice',
      word: 'still',
      help: 'This layer hardly changes any more: below a millionth of its size a step.'
    }
  if (ratio < 1e-4)
    return {
      level: 'ok',
      word: 'slow',
      help: 'Changes by less than 1e-4 of its size a step. A larger learning rate would train it faster.'
    }
  if (ratio <= 1e-2)
    return { level: 'ok', word: 'healthy', help: 'Changes by about a thousandth of its size a step, as it should.' }
  if (ratio <= 1e-1)
    return {
      level: 'notice',
      word: 'fast',
      help: 'Changes by more than 1e-2 of its size a step. A smaller learning rate would train it more steadily.'
    }
  return {
    level: 'bad',
    word: 'too fast',
    help: 'Changes by more than a tenth of its size a step, which forgets what it learned. Lower the learning rate.'
  }
}

export type GradientFlag = 'vanishing' | 'exploding' | 'none'
export const flagHealth: Readonly<Record<GradientFlag, Health>> = {
  vanishing: {
    level: 'bad',
    word: 'vanishing',
    help: 'For 100 steps its gradient norm has been below a thousandth of the largest layer’s.'
  },
  exploding: {
    level: 'bad',
    word: 'exploding',
    help: 'Its gradient norm jumped to over 100 times its recent average, or stays above 10,000.'
  },
  none: { level: 'bad', word: 'no gradient', help: 'For 100 steps its gradient has been exactly zero.' }
}

/** Steps over which a norm is averaged (geometrically, the recent ones counting most). */
const MEMORY = 50
/** Steps a condition must hold before it is said. */
const PATIENCE = 100
const VANISHING_SHARE = 1e-3
const JUMP = 100
const JUMP_FROM = 10
const ALWAYS_HUGE = 1e4

export interface GradientWarning {
  readonly layer: number
  readonly flag: GradientFlag
  readonly step: number
  readonly text: string
}

interface LayerWatch {
  /** Geometric running mean of the norm as a natural logarithm; null before the first positive one. */
  logMean: number | null
  seen: number
  vanishingFor: number
  zeroFor: number
  hugeFor: number
  calmFor: number
  flag: GradientFlag | null
  warned: Set<GradientFlag>
}

/**
 * Judges gradient norms by three rules. Vanishing: a layer's average norm stays below 1/1000 of the largest layer's for
 * 100 steps. No gradient: its norm is exactly zero for 100 steps while the loss is not. Exploding: its norm jumps to
 * over 100 times its average and above 10, or stays above 10,000 for 100 steps. Each is said once for each layer and run.
 */
export class GradientWatch {
  readonly #layers: LayerWatch[]

  /** @param names of the dense layers, in the plan's order */
  constructor(private readonly names: readonly string[]) {
    this.#layers = names.map(() => ({
      logMean: null,
      seen: 0,
      vanishingFor: 0,
      zeroFor: 0,
      hugeFor: 0,
      calmFor: 0,
      flag: null,
      warned: new Set()
    }))
  }

  /** What is wrong with a layer now, or null. */
  flag(layer: number): GradientFlag | null {
    return this.#layers[layer]?.flag ?? null
  }

  /** @returns what is to be said for the first time */
  observe(buckets: StepBuckets): GradientWarning[] {
    const warnings: GradientWarning[] = []
    for (let i = 0; i < buckets.last.length; i++) {
      const steps = buckets.count[i] ?? 0
      const loss = buckets.loss.mean[i] ?? null
      for (const [index, layer] of this.#layers.entries()) {
        const norms = buckets.gradientNorms[index]
        const mean = norms?.mean[i] ?? null
        if (mean === null) continue
        const jumped = this.#jumped(layer, norms?.max[i] ?? mean)
        take(layer, mean, steps, loss)
        const previous = layer.flag
        if (jumped) layer.calmFor = 0
        layer.flag = this.#judge(layer, jumped, previous)
        if (layer.flag !== null && !layer.warned.has(layer.flag)) {
          layer.warned.add(layer.flag)
          warnings.push({
            layer: index,
            flag: layer.flag,
            step: buckets.last[i] ?? 0,
            text: this.#sentence(index, layer.flag, norms?.max[i] ?? mean)
          })
        }
      }
      this.#compare(steps)
    }
    return warnings
  }

  #jumped(layer: LayerWatch, norm: number): boolean {
    return (
      layer.logMean !== null &&
      layer.seen >= MEMORY &&
      norm > JUMP_FROM &&
      Math.log(norm) - layer.logMean > Math.log(JUMP)
    )
  }

  #judge(layer: LayerWatch, jumped: boolean, previous: GradientFlag | null): GradientFlag | null {
    if (jumped || layer.hugeFor >= PATIENCE) return 'exploding'
    if (layer.zeroFor >= PATIENCE) return 'none'
    if (layer.vanishingFor >= PATIENCE) return 'vanishing'
    // A jump is over in one step; it stays visible for a while.
    return previous === 'exploding' && layer.calmFor < PATIENCE ? 'exploding' : null
  }

  #compare(steps: number): void {
    let largest = -Infinity
    for (const { logMean, zeroFor } of this.#layers) {
      // A layer without a gradient says nothing about the others.
      if (logMean !== null && zeroFor === 0 && logMean > largest) largest = logMean
    }
    for (const layer of this.#layers) {
      const small = layer.logMean !== null && layer.logMean - largest < Math.log(VANISHING_SHARE)
      layer.vanishingFor = small ? layer.vanishingFor + steps : 0
    }
  }

  #sentence(index: number, flag: GradientFlag, norm: number): string {
    const name = this.names[index] ?? `layer ${index + 1}`
    const own = formatMeasure(Math.exp(this.#layers[index]?.logMean ?? Number.NaN))
    if (flag === 'exploding') {
      return `Exploding gradient in ${name}: its norm reached ${formatMeasure(norm)}. Lower the learning rate or switch on gradient clipping.`
    }
    if (flag === 'none') {
      return `${name} gets no gradient: it has been exactly zero for ${PATIENCE} steps. Its units may all be dead (ReLU), or its weights started at zero.`
    }
    return `Vanishing gradient in ${name}: for ${PATIENCE} steps its norm (${own}) has been below a thousandth of the largest layer’s. ReLU-like activations, He or Xavier weights or fewer layers help.`
  }
}

function take(layer: LayerWatch, norm: number, steps: number, loss: number | null): void {
  layer.zeroFor = norm === 0 && loss !== 0 ? layer.zeroFor + steps : 0
  layer.hugeFor = norm > ALWAYS_HUGE ? layer.hugeFor + steps : 0
  layer.calmFor += steps
  layer.seen += steps
  if (norm <= 0) return
  const log = Math.log(norm)
  layer.logMean = layer.logMean === null ? log : layer.logMean + (log - layer.logMean) * (1 - Math.exp(-steps / MEMORY))
}
