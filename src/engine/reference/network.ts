import { dropoutOperations, type DenseOperation, type NetworkPlan, type Operation } from '../../shared/network/plan'
import { activations } from './activations'
import { addTo, at } from '../float-array'
import { drawMask, dropoutBackward, dropoutForward, type DropoutStep } from './dropout'
import { fusedLoss, losses } from './losses'

/**
 * What one pass over b samples computes, in buffers allocated once for up to `capacity` samples. All are units × b, one
 * sample per column. Value 0 is X; operation i makes value i + 1.
 */
export interface Pass {
  readonly capacity: number
  /** X, then Z or A of every operation. */
  readonly values: readonly Float64Array[]
  /** ∂L/∂(value): G on an activation's side, E on a dense operation's. Empty in a pass that never goes backward. */
  readonly gradients: readonly Float64Array[]
  /** M of each dropout operation in order; empty in a pass that never goes backward. */
  readonly masks: readonly Float64Array[]
  /** Y */
  readonly targets: Float64Array
  /** w_i of each sample, where the samples taken in are `weighted`. */
  readonly weights: Float64Array
  weighted: boolean
}

/** @param backward whether the pass is for training: with gradients and dropout */
export function allocatePass(plan: NetworkPlan, capacity: number, backward: boolean): Pass {
  const units = [plan.inputs, ...plan.operations.map((operation) => operation.units)]
  return {
    capacity,
    values: units.map((n) => new Float64Array(n * capacity)),
    gradients: backward ? units.map((n) => new Float64Array(n * capacity)) : [],
    masks: backward ? dropoutOperations(plan).map((operation) => new Float64Array(operation.units * capacity)) : [],
    targets: new Float64Array(plan.outputs * capacity),
    weights: new Float64Array(capacity),
    weighted: false
  }
}

export function passBytes(pass: Pass): number {
  return [...pass.values, ...pass.gradients, ...pass.masks, pass.targets, pass.weights].reduce(
    (sum, array) => sum + array.byteLength,
    0
  )
}

/** The lecture's equations for one plan. Holds no state but the plan: weights and buffers come from the caller. */
export class ReferenceNetwork {
  private readonly last: Operation
  /** The loss as a function of the last operation's input, where softmax or sigmoid and the loss are one. */
  private readonly fused

  constructor(readonly plan: NetworkPlan) {
    const last = plan.operations.at(-1)
    if (last === undefined) throw new RangeError('A network needs at least one operation.')
    this.last = last
    this.fused = last.type === 'activation' ? fusedLoss(last.function, plan.loss) : null
  }

  /** Ŷ = A[L], n[L] × b */
  predictions(pass: Pass): Float64Array {
    return valueOf(pass.values, this.plan.operations.length)
  }

  /**
   * Z[l] = W[l] A_B[l−1] and A[l] = g[l](Z[l]), operation by operation.
   * @param weights W_B of each dense operation, n[l] × (n[l−1] + 1) row-major
   * @param dropout the step whose units are left out; null outside of training, where values pass dropout unchanged
   */
  forward(weights: readonly Float64Array[], pass: Pass, count: number, dropout: DropoutStep | null): void {
    let layer = 0
    let ordinal = 0
    for (const [index, operation] of this.plan.operations.entries()) {
      const input = valueOf(pass.values, operation.input)
      const output = valueOf(pass.values, index + 1)
      const { units } = operation
      switch (operation.type) {
        case 'dense':
          denseForward(operation, valueOf(weights, layer++), input, output, count)
          break
        case 'activation':
          activations[operation.function].forward(input, output, units, count)
          break
        case 'dropout':
          if (dropout === null) {
            output.set(input.subarray(0, units * count))
          } else {
            const mask = valueOf(pass.masks, ordinal)
            drawMask(operation, ordinal, dropout, mask, count)
            dropoutForward(input, mask, output, units * count)
          }
          ordinal += 1
      }
    }
  }

  /** w_1 L_1 + … + w_b L_b after a forward pass. */
  lossSum(pass: Pass, count: number): number {
    const { outputs } = this.plan
    const loss = this.fused ?? losses[this.plan.loss]
    const values = this.fused === null ? this.predictions(pass) : valueOf(pass.values, this.last.input)
    if (!pass.weighted) return loss.sum(values, pass.targets, outputs, count)
    let sum = 0
    for (let sample = 0; sample < count; sample++) {
      const column = (matrix: Float64Array): Float64Array => matrix.subarray(sample * outputs, (sample + 1) * outputs)
      sum += at(pass.weights, sample) * loss.sum(column(values), column(pass.targets), outputs, 1)
    }
    return sum
  }

  /**
   * The gradients of L = (w_1 L_1 + … + w_b L_b)/b after a forward pass of training: of all values but X, and of all weights.
   * A value used by several operations gets the sum of what they hand back.
   * @param weightGradients filled with ∂L/∂W[l], n[l] × (n[l−1] + 1) row-major
   */
  backward(
    weights: readonly Float64Array[],
    weightGradients: readonly Float64Array[],
    pass: Pass,
    count: number
  ): void {
    const { operations, outputs, loss } = this.plan
    for (const gradient of pass.gradients) gradient.fill(0)
    const gradient = valueOf(pass.gradients, operations.length)
    losses[loss].gradient(this.predictions(pass), pass.targets, gradient, outputs, count)
    weighSamples(pass, gradient, outputs, count)
    this.propagate(weights, weightGradients, pass, count)
  }

  /** The way back through the operations, adding to the gradients of values that are there already. */
  propagate(
    weights: readonly Float64Array[],
    weightGradients: readonly Float64Array[],
    pass: Pass,
    count: number
  ): void {
    const { operations, outputs } = this.plan
    const predictions = this.predictions(pass)
    let layer = weights.length
    let ordinal = pass.masks.length
    for (let index = operations.length - 1; index >= 0; index--) {
      const operation = operations[index]
      if (operation === undefined) continue
      const input = valueOf(pass.values, operation.input)
      const output = valueOf(pass.values, index + 1)
      const outputGradient = valueOf(pass.gradients, index + 1)
      const inputGradient = valueOf(pass.gradients, operation.input)
      const { units } = operation
      switch (operation.type) {
        case 'dense':
          layer -= 1
          denseWeightGradient(operation, input, outputGradient, valueOf(weightGradients, layer), count)
          // Nothing learns from ∂L/∂X.
          if (operation.input > 0) {
            denseBackward(operation, valueOf(weights, layer), outputGradient, inputGradient, count)
          }
          break
        case 'activation':
          if (operation === this.last && this.fused !== null) {
            // Of the last operation, so that nothing else has added to it yet.
            this.fused.gradient(predictions, pass.targets, inputGradient, outputs, count)
            weighSamples(pass, inputGradient, outputs, count)
          } else {
            activations[operation.function].backward(input, output, outputGradient, inputGradient, units, count)
          }
          break
        case 'dropout':
          ordinal -= 1
          dropoutBackward(outputGradient, valueOf(pass.masks, ordinal), inputGradient, units * count)
      }
    }
  }
}

/** G ← G diag(w): each sample's column times its weight, where the samples taken in have weights. */
function weighSamples(pass: Pass, g: Float64Array, units: number, count: number): void {
  if (!pass.weighted) return
  for (let i = 0; i < units * count; i++) g[i] = at(g, i) * at(pass.weights, Math.floor(i / units))
}

/** Z = W A_B: the bias, W's last column, multiplies the row of ones below A. */
function denseForward(
  operation: DenseOperation,
  w: Float64Array,
  a: Float64Array,
  z: Float64Array,
  count: number
): void {
  const { inputs, units } = operation
  const stride = inputs + 1
  for (let sample = 0; sample < count; sample++) {
    const column = sample * inputs
    for (let unit = 0; unit < units; unit++) {
      const row = unit * stride
      let sum = at(w, row + inputs)
      for (let k = 0; k < inputs; k++) sum += at(w, row + k) * at(a, column + k)
      z[sample * units + unit] = sum
    }
  }
}

/** ∂L/∂W = E A_Bᵀ: the last column, the bias, gets the row sums of E. */
function denseWeightGradient(
  operation: DenseOperation,
  a: Float64Array,
  e: Float64Array,
  dw: Float64Array,
  count: number
): void {
  const { inputs, units } = operation
  const stride = inputs + 1
  dw.fill(0)
  for (let sample = 0; sample < count; sample++) {
    const column = sample * inputs
    for (let unit = 0; unit < units; unit++) {
      const row = unit * stride
      const error = at(e, sample * units + unit)
      for (let k = 0; k < inputs; k++) addTo(dw, row + k, error * at(a, column + k))
      addTo(dw, row + inputs, error)
    }
  }
}

/** G += the first n[l−1] rows of G_B = Wᵀ E: the last row belongs to the bias feature, which has no layer behind it. */
function denseBackward(
  operation: DenseOperation,
  w: Float64Array,
  e: Float64Array,
  g: Float64Array,
  count: number
): void {
  const { inputs, units } = operation
  const stride = inputs + 1
  for (let sample = 0; sample < count; sample++) {
    const column = sample * inputs
    for (let unit = 0; unit < units; unit++) {
      const row = unit * stride
      const error = at(e, sample * units + unit)
      for (let k = 0; k < inputs; k++) addTo(g, column + k, at(w, row + k) * error)
    }
  }
}

function valueOf(arrays: readonly Float64Array[], index: number): Float64Array {
  const array = arrays[index]
  if (array === undefined) throw new RangeError(`There is no array ${index}: only ${arrays.length} were allocated.`)
  return array
}
