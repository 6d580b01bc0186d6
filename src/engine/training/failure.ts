import { LaminaError } from '../../shared/errors'
import { denseOperations, type NetworkPlan } from '../../shared/network/plan'
import type { Preprocessing } from '../../shared/weights/schema'
import type { Chunk } from '../engine'

export interface FailureContext {
  readonly network: NetworkPlan
  readonly preprocessing: Preprocessing
  readonly learningRate: number
  readonly gradientClipNorm: number | null
}

/** What stopped being finite, at which step, in which layer, and what to change. */
export function numericalFailure(failure: NonNullable<Chunk['failure']>, context: FailureContext): LaminaError {
  const { step, quantity } = failure
  const layer = failure.layer === null ? null : (denseOperations(context.network)[failure.layer]?.id ?? null)
  const what = {
    loss: 'the loss is no longer finite (NaN or infinite)',
    gradient: `the gradient of layer "${layer}" is no longer finite (NaN or infinite)`,
    weights: `the update makes the weights of layer "${layer}" no longer finite (NaN, infinite or beyond float32)`,
    learningRate: `the learning rate ${context.learningRate} is too large for float32`
  }[quantity]
  const kept = step > 1 ? ` The weights of step ${step - 1} are kept.` : ' No weight was changed.'
  const message = `Training stopped at step ${step}: ${what}.${kept} ${advice(context)}`
  const { learningRate, gradientClipNorm } = context
  return new LaminaError('numericalFailure', message, { step, quantity, layer, learningRate, gradientClipNorm })
}

function advice({ preprocessing, learningRate, gradientClipNorm }: FailureContext): string {
  const lower = `Lower the learning rate (now ${learningRate})`
  const clip =
    gradientClipNorm === null ? 'clip gradients (off now)' : `clip gradients harder (now at ${gradientClipNorm})`
  const unscaled = preprocessing.features.flatMap((feature) => {
    return feature.kind === 'numeric' && feature.scaling === 'none' ? [`"${feature.column}"`] : []
  })
  if (unscaled.length === 0) return `${lower}, or ${clip}.`
  const columns = unscaled.slice(0, 3).join(', ') + (unscaled.length > 3 ? ` and ${unscaled.length - 3} more` : '')
  return `${lower}, ${clip}, or scale the features (not scaled now: ${columns}).`
}
