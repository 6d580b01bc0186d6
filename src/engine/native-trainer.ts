import { totalmem } from 'node:os'
import { errorCodeSchema, LaminaError, messageOf, toErrorData } from '../shared/errors'
import type { NetworkPlan } from '../shared/network/plan'
import {
  checkBudget,
  checkColumns,
  checkEpochs,
  checkLearningRate,
  checkSamples,
  checkSnapshot,
  checkTrainerOptions,
  checkWeights
} from './check'
import type {
  Budget,
  Chunk,
  EpochResult,
  Evaluation,
  FloatArray,
  Samples,
  Trace,
  Trainer,
  TrainerOptions,
  TrainerSnapshot
} from './engine'
import { at } from './float-array'
import type { Addon, AddonTrainer } from './native-addon'

/** Numbers that the addon answers for each epoch. */
const EPOCH_FIELDS = 7

/** What the environment says about the machine's use. */
export interface NativeMachine {
  readonly instructionSet: string
  /** So many threads share even the smallest products, unless a trainer asks for another number; null as a rule. */
  readonly forcedThreads: number | null
}

/**
 * The C++ trainer behind checks that speak to people. It computes on a thread of its own, so that `interrupt`,
 * `setLearningRate`, `setEpochs`, `scheduledRate`, `step` and `epoch` work, and the event loop turns, while a chunk is
 * under way.
 *
 * An epoch's result comes with the chunk of its last step, unless `interrupt` cuts off the evaluation of its validation
 * samples: then `epoch` has not grown yet, and the next `run` finishes it before it makes any step. Schedule and early
 * stopping see it only then.
 */
export class NativeTrainer implements Trainer {
  readonly memoryBytes: number
  readonly threads: number
  readonly stepsPerEpoch: number
  private readonly network: NetworkPlan
  private readonly validates: boolean
  /** Null once disposed of. */
  private addon: AddonTrainer | null
  private busy = false
  private lastStep = 0
  private lastEpoch = 0
  private lastRate = 0

  constructor(engine: Addon, machine: NativeMachine, options: TrainerOptions) {
    checkTrainerOptions(options)
    this.network = options.network
    this.validates = options.validation !== null && options.validation.count > 0
    const { initialWeights, threads, ...settings } = options
    const addon = rethrown(
      () =>
        new engine.Trainer({
          ...settings,
          memoryLimit: memoryLimit(),
          instructionSet: machine.instructionSet,
          threads: threads ?? machine.forcedThreads ?? 0,
          sharesAlways: machine.forcedThreads !== null
        })
    )
    if (initialWeights !== undefined) rethrown(() => addon.setWeights(initialWeights))
    this.memoryBytes = addon.memoryBytes()
    this.threads = addon.threads()
    this.stepsPerEpoch = addon.stepsPerEpoch()
    this.addon = addon
  }

  get step(): number {
    return this.addon?.step() ?? this.lastStep
  }

  get epoch(): number {
    return this.addon?.epoch() ?? this.lastEpoch
  }

  get scheduledRate(): number {
    return this.addon?.scheduledRate() ?? this.lastRate
  }

  async run(budget: Budget): Promise<Chunk> {
    const addon = this.idle()
    checkBudget(budget)
    const steps = Math.min(budget.steps, Number.MAX_SAFE_INTEGER)
    const chunk = await this.exclusively(addon.run(steps, budget.milliseconds))
    return { ...chunk, epochs: epochResults(chunk.epochs, this.validates) }
  }

  interrupt(): void {
    this.addon?.interrupt()
  }

  setLearningRate(learningRate: number): void {
    const addon = this.alive()
    checkLearningRate(learningRate)
    addon.setLearningRate(learningRate)
  }

  setEpochs(epochs: number): void {
    const addon = this.alive()
    checkEpochs(epochs)
    rethrown(() => addon.setEpochs(epochs))
  }

  best(): { readonly epoch: number; readonly weights: FloatArray[] } | null {
    const addon = this.idle()
    return rethrown(() => addon.best())
  }

  weights(): FloatArray[] {
    const addon = this.idle()
    return rethrown(() => addon.weights())
  }

  setWeights(weights: readonly FloatArray[]): void {
    const addon = this.idle()
    checkWeights(this.network, weights)
    rethrown(() => addon.setWeights(weights))
  }

  snapshot(): TrainerSnapshot {
    const addon = this.idle()
    return rethrown(() => addon.snapshot())
  }

  restore(snapshot: TrainerSnapshot): void {
    const addon = this.idle()
    checkSnapshot(this.network, snapshot)
    rethrown(() => addon.restore(snapshot))
  }

  get beats(): number {
    return this.addon?.beats() ?? 0
  }

  async evaluate(samples: Samples): Promise<Evaluation> {
    const addon = this.idle()
    checkSamples(this.network, samples, 'samples')
    if (samples.count < 1) throw new LaminaError('invalidArgument', 'An evaluation needs at least one sample.')
    return this.exclusively(rethrown(() => addon.evaluate(samples)))
  }

  async predict(features: FloatArray, count: number): Promise<FloatArray> {
    const addon = this.idle()
    checkColumns(features, count, this.network.inputs, 'The features')
    return this.exclusively(rethrown(() => addon.predict(features, count)))
  }

  trace(samples: Samples): Trace {
    const addon = this.idle()
    checkSamples(this.network, samples, 'samples')
    if (samples.count < 1) throw new LaminaError('invalidArgument', 'A trace needs at least one sample.')
    return rethrown(() => addon.trace(samples))
  }

  /** A chunk under way ends after its current step and still resolves; its buffers are freed then. */
  dispose(): void {
    if (this.addon === null) return
    this.lastStep = this.addon.step()
    this.lastEpoch = this.addon.epoch()
    this.lastRate = this.addon.scheduledRate()
    this.addon.dispose()
    this.addon = null
  }

  private alive(): AddonTrainer {
    if (this.addon === null) {
      throw new LaminaError('internal', 'This trainer was disposed of and cannot be used any more.')
    }
    return this.addon
  }

  private idle(): AddonTrainer {
    const addon = this.alive()
    if (this.busy) {
      throw new LaminaError('busy', 'The trainer is computing already: wait for it to finish or interrupt it.')
    }
    return addon
  }

  private async exclusively<T>(work: Promise<T>): Promise<T> {
    this.busy = true
    try {
      return await work
    } catch (thrown) {
      throw asLaminaError(thrown)
    } finally {
      this.busy = false
    }
  }
}

function epochResults(numbers: Float64Array, validates: boolean): EpochResult[] {
  const results: EpochResult[] = []
  for (let first = 0; first < numbers.length; first += EPOCH_FIELDS) {
    results.push({
      epoch: at(numbers, first),
      step: at(numbers, first + 1),
      trainLoss: at(numbers, first + 2),
      trainMetric: at(numbers, first + 3),
      validationLoss: validates ? at(numbers, first + 4) : null,
      validationMetric: validates ? at(numbers, first + 5) : null,
      learningRate: at(numbers, first + 6)
    })
  }
  return results
}

/** What this process may allocate: the machine's memory, or less in a container. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}

function rethrown<T>(work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    throw asLaminaError(thrown)
  }
}

/** The addon's errors carry one of our codes. */
export function asLaminaError(thrown: unknown): LaminaError {
  if (thrown instanceof LaminaError) return thrown
  const code = errorCodeSchema.safeParse(thrown instanceof Error && 'code' in thrown ? thrown.code : undefined)
  return new LaminaError(code.success ? code.data : toErrorData(thrown).code, messageOf(thrown), {}, thrown)
}
