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
  const { learningRate, gradientClipNorm } = context
  if (quantity === 'validationLoss') {
    const details = { step, quantity, layer: null, learningRate, gradientClipNorm }
    return new LaminaError('numericalFailure', validationMessage(step, context), details)
  }
  const layer = failure.layer === null ? null : (denseOperations(context.network)[failure.layer]?.id ?? null)
  const what = {
    loss: 'the loss is no longer finite (NaN or infinite)',
    gradient: `the gradient of layer "${layer}" is no longer finite (NaN or infinite)`,
    weights: `the update makes the weights of layer "${layer}" no longer finite (NaN, infinite or beyond float32)`,
    learningRate: `the learning rate ${context.learningRate} is too large for float32`
  }[quantity]
  const kept = step > 1 ? ` The weights of step ${step - 1} are kept.` : ' No weight was changed.'
  const message = `Training stopped at step ${step}: ${what}.${kept} ${advice(context)}`
  return new LaminaError('numericalFailure', message, { step, quantity, layer, learningRate, gradientClipNorm })
}

/** Steps were finite: whatever it is, the validation rows have it and the training rows do not. */
function validationMessage(step: number, { preprocessing, learningRate }: FailureContext): string {
  const unscaled = unscaledColumns(preprocessing)
  const scale = unscaled === null ? '' : `, scale the features (not scaled now: ${unscaled})`
  return (
    `Training stopped after step ${step}: the loss on the validation rows is no longer finite (NaN or infinite), though that ` +
    `on the training rows is. The weights of step ${step} are kept. Look for values in the validation rows that are far ` +
    `from those of the training rows${scale}, or lower the learning rate (now ${learningRate}). Resume trains one more epoch.`
  )
}

function advice({ preprocessing, learningRate, gradientClipNorm }: FailureContext): string {
  const lower = `Lower the learning rate (now ${learningRate})`
  const clip =
    gradientClipNorm === null ? 'clip gradients (off now)' : `clip gradients harder (now at ${gradientClipNorm})`
  const unscaled = unscaledColumns(preprocessing)
  if (unscaled === null) return `${lower}, or ${clip}.`
  return `${lower}, ${clip}, or scale the features (not scaled now: ${unscaled}).`
}

/** Names of numeric features that are taken as they are; null when there are none. */
function unscaledColumns({ features }: Preprocessing): string | null {
  const unscaled = features.flatMap((feature) => {
    return feature.kind === 'numeric' && feature.scaling === 'none' ? [`"${feature.column}"`] : []
  })
  if (unscaled.length === 0) return null
  return unscaled.slice(0, 3).join(', ') + (unscaled.length > 3 ? ` and ${unscaled.length - 3} more` : '')
}
