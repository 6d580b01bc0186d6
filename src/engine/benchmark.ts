import { defaultsOf } from '../shared/catalogue/parameter'
import { optimizers, type OptimizerSettings } from '../shared/catalogue/optimizers'
import { LaminaError } from '../shared/errors'
import { denseOperations, weightCount, type NetworkPlan, type Operation } from '../shared/network/plan'
import { chooseEngine } from './index'
import type { Engine, Samples, Trainer } from './engine'

export interface BenchmarkCase {
  readonly name: 'S' | 'M' | 'L' | 'XL'
  /** n[0] … n[L]: ReLU between them, softmax and cross-entropy at the end. */
  readonly sizes: readonly number[]
  readonly batchSize: number
}

export const benchmarkCases: readonly BenchmarkCase[] = [
  { name: 'S', sizes: [4, 16, 16, 3], batchSize: 16 },
  { name: 'M', sizes: [64, 128, 10], batchSize: 32 },
  { name: 'L', sizes: [784, 512, 256, 10], batchSize: 128 },
  { name: 'XL', sizes: [1024, 2048, 2048, 10], batchSize: 256 }
]

export const benchmarkOptimizers = ['sgd', 'adam'] as const
export type BenchmarkOptimizer = (typeof benchmarkOptimizers)[number]

export interface BenchmarkSettings {
  readonly optimizer: BenchmarkOptimizer
  /** Absent: the engine decides. */
  readonly threads?: number
}

export interface BenchmarkResult extends BenchmarkCase {
  readonly engine: Engine['name']
  /** The engine for people, and why it is not the native one. */
  readonly description: string
  /** Threads that were used. */
  readonly threads: number
  /** Of the median round. */
  readonly stepsPerSecond: number
  readonly microsecondsPerStep: number
  /** Multiplications and additions of the matrix products, 2 each for Z, ∂L/∂W and the gradient handed back. */
  readonly gflops: number
  readonly rounds: number
}

/** How often something was done in how many seconds. */
export interface Timing {
  readonly count: number
  readonly seconds: number
}

/** Minibatches in the random data: enough that a step does not find its samples in the cache by accident. */
export const benchmarkBatches = 8

const ROUNDS = 5
const ROUND_MS = 400
/** Caches, buffers and the processor's clock settle meanwhile. */
const WARM_UP_MS = 200

/** Train one case on random data for a few seconds and measure its speed. */
export async function runBenchmark(chosen: BenchmarkCase, settings: BenchmarkSettings): Promise<BenchmarkResult> {
  const { engine, fallbackReason } = chooseEngine()
  const trainer = benchmarkTrainer(engine, chosen, settings)
  try {
    await timeTraining(trainer, WARM_UP_MS)
    const timings = []
    for (let round = 0; round < ROUNDS; round++) timings.push(await timeTraining(trainer, ROUND_MS))
    const stepsPerSecond = median(timings.map(({ count, seconds }) => count / seconds))
    return {
      ...chosen,
      engine: engine.name,
      description: fallbackReason === null ? engine.description : `${engine.description} (${fallbackReason})`,
      threads: trainer.threads,
      stepsPerSecond,
      microsecondsPerStep: 1e6 / stepsPerSecond,
      gflops: (stepsPerSecond * operationsPerStep(networkOf(chosen.sizes), chosen.batchSize)) / 1e9,
      rounds: ROUNDS
    }
  } finally {
    trainer.dispose()
  }
}

/** A trainer of one case over random samples. */
export function benchmarkTrainer(
  engine: Engine,
  { sizes, batchSize }: BenchmarkCase,
  { optimizer, threads }: BenchmarkSettings
): Trainer {
  const network = networkOf(sizes)
  return engine.createTrainer({
    network,
    optimizer: benchmarkOptimizer(optimizer),
    batchSize,
    epochs: 1,
    schedule: null,
    earlyStopping: null,
    seed: 1,
    shuffle: true,
    gradientClipNorm: null,
    metric: 'argmaxAccuracy',
    train: randomSamples(network, batchSize * benchmarkBatches),
    validation: null,
    ...(threads === undefined ? {} : { threads })
  })
}

/** SGD without momentum, or Adam; the rest as the designer proposes it. */
export function benchmarkOptimizer(name: BenchmarkOptimizer): OptimizerSettings {
  return name === 'adam'
    ? { type: 'adam', ...defaultsOf(optimizers.adam.parameters) }
    : { type: 'sgd', ...defaultsOf(optimizers.sgd.parameters) }
}

/**
 * Train for about so many milliseconds, at least one step.
 * @throws LaminaError `numericalFailure` when a number stops being finite: what follows would not be training
 */
export async function timeTraining(trainer: Trainer, milliseconds: number): Promise<Timing> {
  const start = performance.now()
  const { steps, failure } = await trainer.run({ steps: Number.MAX_SAFE_INTEGER, milliseconds })
  const seconds = (performance.now() - start) / 1000
  if (failure !== null) {
    throw new LaminaError('numericalFailure', `The ${failure.quantity} stopped being finite while speed was measured.`)
  }
  return { count: steps, seconds }
}

/** The network of a case. */
export function networkOf(sizes: readonly number[]): NetworkPlan {
  const operations: Operation[] = []
  for (let layer = 1; layer < sizes.length; layer++) {
    const [inputs, units] = [sizes[layer - 1] ?? 0, sizes[layer] ?? 0]
    const last = layer === sizes.length - 1
    operations.push({
      type: 'dense',
      id: `dense-${layer}`,
      input: operations.length,
      inputs,
      units,
      initializer: last ? 'xavier' : 'he'
    })
    operations.push({
      type: 'activation',
      id: `act-${layer}`,
      input: operations.length,
      units,
      function: last ? 'softmax' : 'relu'
    })
  }
  return { inputs: sizes[0] ?? 0, outputs: sizes.at(-1) ?? 0, loss: 'crossEntropy', operations }
}

/** Features from −1 to 1 and one random class each; the same numbers every time (Marsaglia's xorshift32). */
export function randomSamples({ inputs, outputs }: Pick<NetworkPlan, 'inputs' | 'outputs'>, count: number): Samples {
  let state = 0x9e3779b9
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  const features = Float32Array.from({ length: count * inputs }, () => next() * 2 - 1)
  const targets = new Float32Array(count * outputs)
  for (let sample = 0; sample < count; sample++) targets[sample * outputs + Math.floor(next() * outputs)] = 1
  return { count, features, targets }
}

function operationsPerStep(network: NetworkPlan, batchSize: number): number {
  const layers = denseOperations(network)
  const weights = layers.reduce((sum, layer) => sum + weightCount(layer), 0)
  const first = layers[0]
  // Nothing is handed back to the input.
  return 2 * batchSize * (3 * weights - (first === undefined ? 0 : weightCount(first)))
}

/** Of an even number of values the mean of the middle two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
