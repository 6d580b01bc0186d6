import type { OptimizerSettings } from '../../shared/catalogue/optimizers'
import type { DenseOperation } from '../../shared/network/plan'
import { at } from '../float-array'

const EPSILON = 1e-8
const ADAGRAD_EPSILON = 1e-10
/** Adam's decay rates of the running means of g and g². */
const BETA_1 = 0.9
const BETA_2 = 0.999

/**
 * How one layer's weights move. W, ∂L/∂W and the state arrays are n[l] × (n[l−1] + 1), row-major, the bias last.
 * Formulas are those of torch.optim.
 */
export interface LayerOptimizer {
  /** What it keeps between steps: for sgd nothing or v, for rmsprop and adagrad s, for adam and adamw m and v. */
  readonly moments: readonly Float64Array[]
  /**
   * Computes W after a step into `next`.
   * @param gradient ∂L/∂W, clipped already
   * @param t the step's number, from 1
   */
  update(w: Float64Array, gradient: Float64Array, next: Float64Array, learningRate: number, t: number): void
}

/** w after the step, from w before it and its gradient g; `index` finds the weight's state. */
type Rule = (index: number, w: number, g: number) => number
/** The rule of one step: what is the same for all weights is computed once. */
type RuleOfStep = (learningRate: number, t: number) => Rule

export function createLayerOptimizer(settings: OptimizerSettings, layer: DenseOperation): LayerOptimizer {
  const stride = layer.inputs + 1
  const moments: Float64Array[] = []
  const state = (): Float64Array => {
    const array = new Float64Array(layer.units * stride)
    moments.push(array)
    return array
  }
  const ruleOfStep = createRule(settings, state)
  const weightDecay = settings.type === 'adamw' ? settings.weightDecay : 0
  return {
    moments,
    update(w, gradient, next, learningRate, t) {
      const rule = ruleOfStep(learningRate, t)
      const kept = 1 - learningRate * weightDecay
      for (let index = 0; index < w.length; index++) {
        const before = at(w, index)
        const isBias = index % stride === layer.inputs
        // The penalty ½·l2·‖W‖² adds l2·W to the gradient; AdamW's decay shrinks W itself. Neither touches biases.
        const g = at(gradient, index) + (isBias ? 0 : settings.l2 * before)
        next[index] = rule(index, isBias ? before : before * kept, g)
      }
    }
  }
}

function createRule(settings: OptimizerSettings, state: () => Float64Array): RuleOfStep {
  switch (settings.type) {
    case 'sgd':
      return settings.momentum === 0 ? plainSgd : momentumSgd(settings.momentum, settings.nesterov, state())
    case 'rmsprop':
      return rmsprop(settings.decay, state())
    case 'adagrad':
      return adagrad(state())
    case 'adam':
    case 'adamw':
      return adam(state(), state())
  }
}

/** w ← w − η g */
const plainSgd: RuleOfStep = (learningRate) => (_index, w, g) => w - learningRate * g

/** v ← μ v + g; w ← w − η v, or with Nesterov w − η (g + μ v). */
function momentumSgd(momentum: number, nesterov: boolean, velocity: Float64Array): RuleOfStep {
  return (learningRate) => (index, w, g) => {
    const v = momentum * at(velocity, index) + g
    velocity[index] = v
    return w - learningRate * (nesterov ? g + momentum * v : v)
  }
}

/** s ← ρ s + (1 − ρ) g²; w ← w − η g / (√s + ε) */
function rmsprop(decay: number, meanSquare: Float64Array): RuleOfStep {
  return (learningRate) => (index, w, g) => {
    const s = decay * at(meanSquare, index) + (1 - decay) * g * g
    meanSquare[index] = s
    return w - (learningRate * g) / (Math.sqrt(s) + EPSILON)
  }
}

/** s ← s + g²; w ← w − η g / (√s + ε) */
function adagrad(sum: Float64Array): RuleOfStep {
  return (learningRate) => (index, w, g) => {
    const s = at(sum, index) + g * g
    sum[index] = s
    return w - (learningRate * g) / (Math.sqrt(s) + ADAGRAD_EPSILON)
  }
}

/** m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; w ← w − η m̂ / (√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ) */
function adam(firstMoment: Float64Array, secondMoment: Float64Array): RuleOfStep {
  return (learningRate, t) => {
    const stepSize = learningRate / (1 - BETA_1 ** t)
    const secondCorrection = Math.sqrt(1 - BETA_2 ** t)
    return (index, w, g) => {
      const m = BETA_1 * at(firstMoment, index) + (1 - BETA_1) * g
      const v = BETA_2 * at(secondMoment, index) + (1 - BETA_2) * g * g
      firstMoment[index] = m
      secondMoment[index] = v
      return w - (stepSize * m) / (Math.sqrt(v) / secondCorrection + EPSILON)
    }
  }
}
