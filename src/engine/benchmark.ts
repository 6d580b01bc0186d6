import { defaultsOf } from '../shared/catalogue/parameter'
import { optimizers } from '../shared/catalogue/optimizers'
import { denseOperations, weightCount, type NetworkPlan, type Operation } from '../shared/network/plan'
import { chooseEngine } from './index'
import type { Samples, Trainer } from './engine'

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

export interface BenchmarkResult extends BenchmarkCase {
  readonly engine: 'native' | 'reference'
  /** The engine for people, and why it is not the native one. */
  readonly description: string
  /** Of the median round. */
  readonly stepsPerSecond: number
  readonly microsecondsPerStep: number
  /** Multiplications and additions of the matrix products, 2 each for Z, ∂L/∂W and the gradient handed back. */
  readonly gflops: number
  readonly rounds: number
}

const ROUNDS = 5
const ROUND_MS = 400
/** Caches, buffers and the processor's clock settle meanwhile. */
const WARM_UP_MS = 200
/** Minibatches in the random data: enough that a step does not find its samples in the cache by accident. */
const BATCHES = 8

/** Train one case on random data for a few seconds and measure its speed. */
export async function runBenchmark(chosen: BenchmarkCase, optimizer: 'sgd' | 'adam'): Promise<BenchmarkResult> {
  const { engine, fallbackReason } = chooseEngine()
  const network = networkOf(chosen.sizes)
  const trainer = engine.createTrainer({
    network,
    optimizer:
      optimizer === 'adam'
        ? { type: 'adam', ...defaultsOf(optimizers.adam.parameters) }
        : { type: 'sgd', ...defaultsOf(optimizers.sgd.parameters) },
    batchSize: chosen.batchSize,
    seed: 1,
    shuffle: true,
    gradientClipNorm: null,
    metric: 'argmaxAccuracy',
    train: randomSamples(network, chosen.batchSize * BATCHES),
    validation: null
  })
  try {
    const warmUp = await measure(trainer, WARM_UP_MS)
    const rates = []
    for (let round = 0; round < ROUNDS; round++) rates.push(await measure(trainer, Math.max(ROUND_MS, 1000 / warmUp)))
    const stepsPerSecond = median(rates)
    return {
      ...chosen,
      engine: engine.name,
      description: fallbackReason === null ? engine.description : `${engine.description} (${fallbackReason})`,
      stepsPerSecond,
      microsecondsPerStep: 1e6 / stepsPerSecond,
      gflops: (stepsPerSecond * operationsPerStep(network, chosen.batchSize)) / 1e9,
      rounds: ROUNDS
    }
  } finally {
    trainer.dispose()
  }
}

/** @returns steps per second over about so many milliseconds, at least one step */
async function measure(trainer: Trainer, milliseconds: number): Promise<number> {
  const start = performance.now()
  const { steps } = await trainer.run({ steps: Number.MAX_SAFE_INTEGER, milliseconds })
  return steps / ((performance.now() - start) / 1000)
}

function networkOf(sizes: readonly number[]): NetworkPlan {
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
function randomSamples({ inputs, outputs }: NetworkPlan, count: number): Samples {
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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
