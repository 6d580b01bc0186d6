import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import type { ClassWeight } from '../../shared/class-weights'
import { LaminaError } from '../../shared/errors'
import { denseOperations, weightCount, type NetworkPlan } from '../../shared/network/plan'
import type { PreparedManifest, SplitName } from '../../shared/prepared'
import { checkColumns } from '../check'
import type { Engine, Evaluation, FloatArray, MetricName, Trainer, TrainerOptions } from '../engine'
import { weighed } from './class-weights'
import type { PreparedDataset } from './prepared-dataset'

/** Multiplications the reference engine makes in some 10 ms, in one stretch that nothing interrupts. */
const REFERENCE_STRETCH = 5_000_000
/** Numbers handed to the native engine at a time: copying them takes the event loop a few milliseconds. */
const NATIVE_NUMBERS = 2 ** 21

/** Accuracy of one-hot classes is by the largest output, of single yes/no outputs by ½. */
export function metricOf({ task, preprocessing }: PreparedManifest): MetricName {
  if (task === 'regression') return 'meanAbsoluteError'
  const [target, ...others] = preprocessing.targets
  const oneHot = target?.kind === 'categorical' && target.encoding === 'oneHot' && others.length === 0
  return oneHot ? 'argmaxAccuracy' : 'thresholdAccuracy'
}

/** What an error of the scaled target is multiplied by to be in the target's own units, when there is only one. */
export function metricScaleOf({ task, preprocessing }: PreparedManifest): number {
  const [target, ...others] = preprocessing.targets
  return task === 'regression' && target?.kind === 'numeric' && others.length === 0 ? target.scale : 1
}

/** Samples an engine may take at a time without keeping the worker from its messages. */
function sliceSize(engine: Engine, network: NetworkPlan): number {
  const weights = denseOperations(network).reduce((sum, operation) => sum + weightCount(operation), 0)
  const fitting =
    engine.name === 'native' ? NATIVE_NUMBERS / Math.max(network.inputs, network.outputs) : REFERENCE_STRETCH / weights
  return Math.max(1, Math.floor(fitting))
}

export interface EvaluationSettings {
  /** Null leaves it to the engine. */
  readonly threads: number | null
  /** What the loss of a row counts, by its class; null where all count the same. */
  readonly classWeights: readonly ClassWeight[] | null
}

/** Loss and metric (in the target's units where those are known) of given weights on a split, NaN where it has no rows. */
export async function evaluateSplit(
  engine: Engine,
  network: NetworkPlan,
  weights: readonly FloatArray[],
  dataset: PreparedDataset,
  split: SplitName,
  { threads, classWeights }: EvaluationSettings,
  signal?: AbortSignal
): Promise<Evaluation> {
  const { manifest } = dataset
  const options = { metric: metricOf(manifest), ...(threads === null ? {} : { threads }) }
  return withWeights(engine, network, weights, options, async (trainer) => {
    const rows = manifest.rows[split]
    let [loss, metric] = [0, 0]
    for await (const samples of dataset.slices(split, sliceSize(engine, network))) {
      const part = await trainer.evaluate(weighed(samples, classWeights))
      loss += part.loss * samples.count
      metric += part.metric * samples.count
      await turn(signal)
    }
    return { loss: loss / rows, metric: (metric / rows) * metricScaleOf(manifest) }
  })
}

/** Ŷ of a split, n[L] × rows, one sample per column. */
export async function predictSplit(
  engine: Engine,
  network: NetworkPlan,
  weights: readonly FloatArray[],
  dataset: PreparedDataset,
  split: SplitName,
  signal?: AbortSignal
): Promise<Float32Array> {
  return withWeights(engine, network, weights, {}, async (trainer) => {
    const outputs = new Float32Array(dataset.manifest.rows[split] * network.outputs)
    let done = 0
    for await (const samples of dataset.slices(split, sliceSize(engine, network))) {
      outputs.set(await trainer.predict(samples.features, samples.count), done * network.outputs)
      done += samples.count
      await turn(signal)
    }
    return outputs
  })
}

/** Ŷ of any number of samples, n[L] × count, one sample per column. */
export async function predict(
  engine: Engine,
  network: NetworkPlan,
  weights: readonly FloatArray[],
  features: FloatArray,
  count: number,
  signal?: AbortSignal
): Promise<Float32Array> {
  checkColumns(features, count, network.inputs, 'The features')
  return withWeights(engine, network, weights, {}, async (trainer) => {
    const size = sliceSize(engine, network)
    const outputs = new Float32Array(count * network.outputs)
    for (let first = 0; first < count; first += size) {
      const last = Math.min(count, first + size)
      const part = features.subarray(first * network.inputs, last * network.inputs)
      outputs.set(await trainer.predict(part, last - first), first * network.outputs)
      await turn(signal)
    }
    return outputs
  })
}

/** Messages are read between two slices. @throws LaminaError `cancelled` when the work was given up meanwhile */
async function turn(signal: AbortSignal | undefined): Promise<void> {
  await eventLoopTurn()
  if (signal?.aborted === true) throw new LaminaError('cancelled', 'The request was given up.')
}

/** Lends a trainer that holds given weights and is never trained. */
async function withWeights<T>(
  engine: Engine,
  network: NetworkPlan,
  weights: readonly FloatArray[],
  { metric = 'meanAbsoluteError', ...rest }: Partial<Pick<TrainerOptions, 'metric' | 'threads'>>,
  use: (trainer: Trainer) => Promise<T>
): Promise<T> {
  const trainer = engine.createTrainer({
    network,
    metric,
    initialWeights: weights,
    optimizer: { type: 'sgd', learningRate: 1, momentum: 0, nesterov: false, l2: 0 },
    batchSize: 1,
    epochs: 1,
    schedule: null,
    earlyStopping: null,
    seed: 0,
    shuffle: false,
    gradientClipNorm: null,
    train: { count: 1, features: new Float32Array(network.inputs), targets: new Float32Array(network.outputs) },
    validation: null,
    ...rest
  })
  try {
    return await use(trainer)
  } finally {
    trainer.dispose()
  }
}
