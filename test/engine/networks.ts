import type { ActivationName, InitializerName, LossName } from '../../src/shared/catalogue/functions'
import type { OptimizerName, OptimizerSettings } from '../../src/shared/catalogue/optimizers'
import type { NetworkPlan, Operation } from '../../src/shared/network/plan'
import type { Chunk, Engine, Samples, Trainer, TrainerOptions } from '../../src/engine/engine'
import { RandomWords } from '../../src/engine/random'

/** A chain of dense layers with an activation behind each: sizes n[0] … n[L], and g[1] … g[L]. */
export function chain(
  sizes: readonly number[],
  functions: readonly ActivationName[],
  loss: LossName,
  initializer: InitializerName = 'he'
): NetworkPlan {
  const operations: Operation[] = []
  for (const [index, name] of functions.entries()) {
    const l = index + 1
    const [inputs, units] = [sizes[index] ?? 0, sizes[l] ?? 0]
    operations.push({ type: 'dense', id: `dense-${l}`, input: operations.length, inputs, units, initializer })
    operations.push({ type: 'activation', id: `act-${l}`, input: operations.length, units, function: name })
  }
  return { inputs: sizes[0] ?? 0, outputs: sizes.at(-1) ?? 0, loss, operations }
}

/** Reproducible numbers for tests: uniform in [low, high), rounded to float32 so that every engine sees the same. */
export class TestNumbers {
  private readonly words: RandomWords
  constructor(seed: number) {
    this.words = new RandomWords(seed, 2, 0xfeed, 0xbeef)
  }
  next(low = -1, high = 1): number {
    return Math.fround(low + (high - low) * this.words.next() * 2 ** -32)
  }
  array(length: number, low = -1, high = 1): Float32Array {
    return Float32Array.from({ length }, () => this.next(low, high))
  }
}

export type TargetKind = 'oneHot' | 'binary' | 'numbers'

export const targetKinds: Readonly<Record<LossName, TargetKind>> = {
  crossEntropy: 'oneHot',
  binaryCrossEntropy: 'binary',
  meanSquaredError: 'numbers',
  meanAbsoluteError: 'numbers',
  huber: 'numbers'
}

/** Random samples whose targets suit the plan's loss. */
export function randomSamples(plan: NetworkPlan, count: number, seed = 1): Samples {
  const numbers = new TestNumbers(seed)
  const features = numbers.array(count * plan.inputs, -2, 2)
  const targets = new Float32Array(count * plan.outputs)
  const kind = targetKinds[plan.loss]
  for (let i = 0; i < count; i++) {
    const chosen = Math.floor(numbers.next(0, plan.outputs))
    for (let k = 0; k < plan.outputs; k++) {
      const values = { oneHot: k === chosen ? 1 : 0, binary: numbers.next() > 0 ? 1 : 0, numbers: numbers.next(-2, 2) }
      targets[i * plan.outputs + k] = values[kind]
    }
  }
  return { count, features, targets }
}

export const optimizers: { readonly [N in OptimizerName]: Extract<OptimizerSettings, { type: N }> } = {
  sgd: { type: 'sgd', learningRate: 0.05, momentum: 0, nesterov: false, l2: 0 },
  rmsprop: { type: 'rmsprop', learningRate: 0.005, decay: 0.9, l2: 0 },
  adagrad: { type: 'adagrad', learningRate: 0.05, l2: 0 },
  adam: { type: 'adam', learningRate: 0.01, l2: 0 },
  adamw: { type: 'adamw', learningRate: 0.01, weightDecay: 0.05, l2: 0 }
}

/** Options with everything a test does not care about filled in. */
export function trainerOptions(
  network: NetworkPlan,
  train: Samples,
  changes: Partial<TrainerOptions> = {}
): TrainerOptions {
  return {
    network,
    train,
    validation: null,
    optimizer: optimizers.sgd,
    batchSize: train.count,
    epochs: 100,
    schedule: null,
    earlyStopping: null,
    seed: 1,
    shuffle: false,
    gradientClipNorm: null,
    metric: 'argmaxAccuracy',
    ...changes
  }
}

/** Makes a trainer, hands it to `use` and disposes of it whatever happens. */
export async function withTrainer<T>(
  engine: Engine,
  options: TrainerOptions,
  use: (trainer: Trainer) => Promise<T> | T
): Promise<T> {
  const trainer = engine.createTrainer(options)
  try {
    return await use(trainer)
  } finally {
    trainer.dispose()
  }
}

/** A budget of steps with all the time there is. */
export function steps(count: number): { steps: number; milliseconds: number } {
  return { steps: count, milliseconds: 600_000 }
}

/** Exactly so many steps, though a chunk records only so many. @returns the last chunk */
export async function runSteps(trainer: Trainer, count: number): Promise<Chunk> {
  let chunk = await trainer.run(steps(count))
  for (let left = count - chunk.steps; left > 0; left -= chunk.steps) {
    if (chunk.steps === 0) throw new Error(`Training ended ${left} steps early.`)
    chunk = await trainer.run(steps(left))
  }
  return chunk
}

/** A chain with dropout before its dense layers: `rates[l]` before the l-th, counted from 0; null for none. */
export function withDropout(plan: NetworkPlan, rates: readonly (number | null)[]): NetworkPlan {
  const operations: Operation[] = []
  let units = plan.inputs
  let layer = 0
  for (const operation of plan.operations) {
    const rate = operation.type === 'dense' ? (rates[layer++] ?? null) : null
    if (rate !== null) {
      operations.push({ type: 'dropout', id: `dropout-${layer}`, input: operations.length, units, rate })
    }
    operations.push({ ...operation, input: operations.length })
    units = operation.units
  }
  return { ...plan, operations }
}
