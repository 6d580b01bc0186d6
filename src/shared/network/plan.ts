import { z } from 'zod'
import { blocks } from '../catalogue/blocks'
import {
  activations,
  initializers,
  losses,
  type ActivationName,
  type InitializerName,
  type LossName
} from '../catalogue/functions'

const size = z.number().int().min(1).max(16_777_216)
const valueIndex = z.number().int().nonnegative()
const names = <V extends string>(options: readonly { value: V }[]) => z.enum(options.map((o) => o.value) as [V, ...V[]])

/**
 * What the engine computes. Value 0 is the input X; operation i makes value i + 1 from the value it names, which is
 * an earlier one, so the list is in topological order. The last value is Ŷ.
 */
export const operationSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('dense'),
    id: z.string(),
    input: valueIndex,
    /** n[l−1] */
    inputs: size,
    /** n[l]; the weights W_B are n[l] × (n[l−1] + 1), row-major, the bias last */
    units: size,
    initializer: names<InitializerName>(initializers)
  }),
  z.strictObject({
    type: z.literal('activation'),
    id: z.string(),
    input: valueIndex,
    units: size,
    function: names<ActivationName>(activations)
  }),
  z.strictObject({
    type: z.literal('dropout'),
    id: z.string(),
    input: valueIndex,
    units: size,
    /** Share of units that a training step leaves out; outside of training the value passes unchanged. */
    rate: blocks.dropout.parameters.rate.schema
  })
])
export type Operation = z.infer<typeof operationSchema>
export type DenseOperation = Extract<Operation, { type: 'dense' }>
export type DropoutOperation = Extract<Operation, { type: 'dropout' }>

export const networkPlanSchema = z.strictObject({
  /** n[0] */
  inputs: size,
  /** n[L] */
  outputs: size,
  loss: names<LossName>(losses),
  operations: z.array(operationSchema).min(1).max(10_000)
})
export type NetworkPlan = z.infer<typeof networkPlanSchema>

/** The dense operations of a plan, in order: the layers that carry weights. */
export function denseOperations(plan: NetworkPlan): DenseOperation[] {
  return plan.operations.filter((operation) => operation.type === 'dense')
}
/** The dropout operations of a plan, in order: their ordinals decide which random numbers they take. */
export function dropoutOperations(plan: NetworkPlan): DropoutOperation[] {
  return plan.operations.filter((operation) => operation.type === 'dropout')
}
export function weightCount(operation: DenseOperation): number {
  return operation.units * (operation.inputs + 1)
}
