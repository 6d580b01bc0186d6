import { loadAddon, type AddonDescription, type LoadedAddon } from '../native/load-addon'
import type { OptimizerSettings } from '../shared/catalogue/optimizers'
import type { EarlyStoppingSettings, ScheduleSettings } from '../shared/catalogue/schedules'
import type { NetworkPlan } from '../shared/network/plan'
import type { Chunk, Evaluation, FloatArray, MetricName, Samples, TrainerSnapshot } from './engine'

/** What the addon takes to make a trainer. It checks only what memory safety needs. */
export interface AddonTrainerOptions {
  readonly network: NetworkPlan
  readonly optimizer: OptimizerSettings
  readonly batchSize: number
  readonly epochs: number
  readonly schedule: ScheduleSettings | null
  readonly earlyStopping: EarlyStoppingSettings | null
  readonly seed: number
  readonly shuffle: boolean
  readonly gradientClipNorm: number | null
  readonly metric: MetricName
  readonly train: Samples
  readonly validation: Samples | null
  /** Bytes a trainer may take. */
  readonly memoryLimit: number
  /** One of the addon's instruction sets, or '' for the best. */
  readonly instructionSet: string
  /** At most; 0 lets the engine decide. */
  readonly threads: number
  /** Divides even the smallest products among threads, for tests. */
  readonly sharesAlways: boolean
}

export interface AddonTrace {
  readonly loss: number
  readonly values: Float32Array[]
  readonly valueGradients: Float32Array[]
  readonly weightGradients: Float32Array[]
}

/** A chunk whose epochs are seven numbers each: the fields of EpochResult in order, NaN for a missing validation's. */
export interface AddonChunk extends Omit<Chunk, 'epochs'> {
  readonly epochs: Float64Array
}

/** The C++ trainer. Errors have an error code in their property `code`. All arrays are copies. */
export interface AddonTrainer {
  memoryBytes(): number
  threads(): number
  stepsPerEpoch(): number
  step(): number
  epoch(): number
  run(steps: number, milliseconds: number): Promise<AddonChunk>
  interrupt(): void
  setLearningRate(learningRate: number): void
  scheduledRate(): number
  setEpochs(epochs: number): void
  best(): { readonly epoch: number; readonly weights: Float32Array[] } | null
  weights(): Float32Array[]
  setWeights(weights: readonly FloatArray[]): void
  snapshot(): TrainerSnapshot
  restore(snapshot: TrainerSnapshot): void
  beats(): number
  evaluate(samples: Samples): Promise<Evaluation>
  predict(features: FloatArray, count: number): Promise<Float32Array>
  trace(samples: Samples): AddonTrace
  dispose(): void
}

/** The compiled module, as src/engine/native/binding/addon.cpp exports it. */
export interface Addon {
  readonly version: string
  /** The instruction set that would be used for '', or the same name back. Throws where this machine lacks it. */
  instructionSet(requested: string): string
  /** As src/native/end_with_parent.h has it. */
  endWithParent(pid: number): boolean
  /** Processor cores that do not share their arithmetic units with another one. */
  readonly cores: number
  readonly Trainer: new (options: AddonTrainerOptions) => AddonTrainer
}

const description: AddonDescription<Addon> = { name: 'lamina_engine', title: 'The native engine', fits: isAddon }

/** @param start a file: URL; the addon is looked for in its folder or one above it */
export function loadEngineAddon(start: string): LoadedAddon<Addon> {
  return loadAddon(description, start)
}

function isAddon(value: unknown): value is Addon {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    typeof value.version === 'string' &&
    'instructionSet' in value &&
    typeof value.instructionSet === 'function' &&
    'endWithParent' in value &&
    typeof value.endWithParent === 'function' &&
    'cores' in value &&
    typeof value.cores === 'number' &&
    'Trainer' in value &&
    typeof value.Trainer === 'function'
  )
}
