import { LaminaError } from '../../shared/errors'
import { denseOperations } from '../../shared/network/plan'
import {
  checkBudget,
  checkColumns,
  checkEpochs,
  checkLearningRate,
  checkSamples,
  checkSnapshot,
  checkTrainerOptions,
  checkWeights
} from '../check'
import { EarlyStopping, monitoredLoss, type EarlyStoppingState } from '../early-stopping'
import type {
  Budget,
  Chunk,
  EpochResult,
  Evaluation,
  FloatArray,
  Quantity,
  Samples,
  SampleSums,
  Trace,
  Trainer,
  TrainerOptions,
  TrainerSnapshot
} from '../engine'
import { at, squaredDistance, sumOfSquares } from '../float-array'
import { allocateBuffers, bytesOf, copyAll, layerOf, type Buffers } from './buffers'
import { metrics } from './metrics'
import type { DropoutStep } from './dropout'
import { allocatePass, ReferenceNetwork, type Pass } from './network'
import { ChunkRecorder } from './recorder'
import { LearningRateSchedule } from './schedule'
import { copySamples } from './sampler'

/** What PyTorch's clip_grad_norm_ adds to the norm before dividing by it. */
const CLIP_EPSILON = 1e-6

const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127
/** What early stopping has seen where there is none. */
const nothingBetter: EarlyStoppingState = { best: Number.POSITIVE_INFINITY, epochsWithout: 0 }

interface Failure {
  readonly quantity: Quantity
  readonly layer: number | null
}

/** Trains by the lecture's equations, in float64, one plain loop after the other: what other engines are compared with. */
export class ReferenceTrainer implements Trainer {
  readonly threads = 1
  readonly memoryBytes: number
  readonly stepsPerEpoch: number
  private stepsDone = 0
  private epochsDone = 0
  /** η, which the schedule starts from, and what became of it in the last step. */
  private learningRate: number
  private lastRate: number
  private readonly schedule: LearningRateSchedule
  private readonly earlyStopping: EarlyStopping | null
  private bestEpoch: number | null = null
  private readonly network: ReferenceNetwork
  private readonly gradientNorms: Float64Array
  private readonly updateRatios: Float64Array
  /** Over the training samples of the epoch under way. */
  private epochSums = emptySums()
  /** Over the validation samples so far, when all steps of the epoch are done. */
  private epochEnd: Sums | null = null
  private allocated: Buffers | null
  private beaten = 0

  constructor(private readonly options: TrainerOptions) {
    checkTrainerOptions(options)
    const { network, optimizer, train, earlyStopping } = options
    const layers = denseOperations(network).length
    this.network = new ReferenceNetwork(network)
    this.learningRate = optimizer.learningRate
    this.lastRate = optimizer.learningRate
    this.stepsPerEpoch = Math.ceil(train.count / options.batchSize)
    this.schedule = new LearningRateSchedule(options.schedule, this.stepsPerEpoch, options.epochs)
    this.earlyStopping = earlyStopping === null ? null : new EarlyStopping(earlyStopping)
    this.gradientNorms = new Float64Array(layers)
    this.updateRatios = new Float64Array(layers)
    const buffers = allocateBuffers(options)
    this.allocated = buffers
    this.memoryBytes = bytesOf(buffers)
  }

  get step(): number {
    return this.stepsDone
  }
  get epoch(): number {
    return this.epochsDone
  }
  get scheduledRate(): number {
    return this.learningRate * this.schedule.factor(this.stepsDone)
  }

  run(budget: Budget): Promise<Chunk> {
    return promised(() => {
      checkBudget(budget)
      const recorder = new ChunkRecorder(this.gradientNorms.length)
      const timeIsUp = (): boolean => recorder.elapsedMilliseconds >= budget.milliseconds
      for (;;) {
        if (this.epochEnd !== null) {
          const outcome = this.finishEpoch(this.epochEnd, recorder, timeIsUp)
          if (outcome === 'unfinished') break
          if (outcome === 'notFinite') {
            return recorder.finish({ step: this.stepsDone, quantity: 'validationLoss', layer: null }, false)
          }
          if (outcome === 'stop') return recorder.finish(null, true)
        }
        if (recorder.count >= budget.steps || (recorder.count > 0 && timeIsUp())) break
        const failure = this.trainStep(recorder)
        if (failure !== null) return recorder.finish({ step: this.stepsDone + 1, ...failure }, false)
      }
      return recorder.finish(null, false)
    })
  }

  interrupt(): void {
    // A chunk runs in one stretch, so there is never one to interrupt when this is called: budgets bound it instead.
  }

  setLearningRate(learningRate: number): void {
    checkLearningRate(learningRate)
    this.learningRate = learningRate
  }

  setEpochs(epochs: number): void {
    checkEpochs(epochs)
    this.schedule.epochs = epochs
  }

  best(): { epoch: number; weights: FloatArray[] } | null {
    const { bestWeights } = this.buffers
    return this.bestEpoch === null ? null : { epoch: this.bestEpoch, weights: bestWeights.map((w) => w.slice()) }
  }

  weights(): FloatArray[] {
    return this.buffers.weights.map((w) => w.slice())
  }

  setWeights(weights: readonly FloatArray[]): void {
    checkWeights(this.options.network, weights)
    for (const [layer, w] of this.buffers.weights.entries()) w.set(weights[layer] ?? [])
  }

  get beats(): number {
    return this.beaten
  }

  snapshot(): TrainerSnapshot {
    const { weights, optimizers, bestWeights } = this.buffers
    const kept = optimizers[0]?.moments.length ?? 0
    return {
      step: this.stepsDone,
      epoch: this.epochsDone,
      learningRate: this.learningRate,
      epochs: this.schedule.epochs,
      usedRate: this.lastRate,
      epochSums: sumsOnly(this.epochSums),
      validation: this.epochEnd === null ? null : { ...sumsOnly(this.epochEnd), samples: this.epochEnd.count },
      plateau: this.schedule.state,
      earlyStopping: { ...(this.earlyStopping?.state ?? nothingBetter), bestEpoch: this.bestEpoch ?? 0 },
      squaredNorms: weights.map(sumOfSquares),
      weights: weights.map((w) => w.slice()),
      moments: Array.from({ length: kept }, (_, array) =>
        optimizers.map(({ moments }) => layerOf(moments, array).slice())
      ),
      bestWeights: this.bestEpoch === null ? null : bestWeights.map((w) => w.slice())
    }
  }

  restore(snapshot: TrainerSnapshot): void {
    checkSnapshot(this.options.network, snapshot)
    this.requireReachable(snapshot)
    const { weights, optimizers, bestWeights, sampler } = this.buffers
    const { step, epoch, validation, earlyStopping } = snapshot
    this.stepsDone = step
    this.epochsDone = epoch
    this.learningRate = snapshot.learningRate
    this.schedule.epochs = snapshot.epochs
    this.schedule.state = snapshot.plateau
    this.lastRate = snapshot.usedRate
    const position = step - epoch * this.stepsPerEpoch
    const { train, batchSize } = this.options
    this.epochSums = { ...snapshot.epochSums, count: Math.min(position * batchSize, train.count) }
    this.epochEnd = validation === null ? null : { ...sumsOnly(validation), count: validation.samples }
    if (this.earlyStopping !== null) this.earlyStopping.state = earlyStopping
    this.bestEpoch = earlyStopping.bestEpoch === 0 ? null : earlyStopping.bestEpoch
    for (const [layer, w] of weights.entries()) w.set(layerOf(snapshot.weights, layer))
    for (const [layer, { moments }] of optimizers.entries()) {
      for (const [array, moment] of moments.entries()) moment.set(layerOf(layerOf(snapshot.moments, array), layer))
    }
    for (const [layer, best] of bestWeights.entries()) best.set(snapshot.bestWeights?.[layer] ?? [])
    sampler.startEpoch(epoch, position % this.stepsPerEpoch)
  }

  /** That a trainer of these options can come to be in such a state. */
  private requireReachable({ step, epoch, validation, earlyStopping, moments, bestWeights }: TrainerSnapshot): void {
    const position = step - epoch * this.stepsPerEpoch
    const kept = this.buffers.optimizers[0]?.moments.length ?? 0
    const fits =
      position >= 0 &&
      position <= this.stepsPerEpoch &&
      (validation !== null) === (position === this.stepsPerEpoch) &&
      (validation?.samples ?? 0) <= (this.options.validation?.count ?? 0) &&
      moments.length === kept &&
      (earlyStopping.bestEpoch === 0 || (this.earlyStopping !== null && bestWeights !== null))
    if (!fits) throw new LaminaError('invalidArgument', 'No trainer of these options can be in this state.')
  }

  evaluate(samples: Samples): Promise<Evaluation> {
    return promised(() => {
      checkSamples(this.options.network, samples, 'samples')
      if (samples.count < 1) throw new LaminaError('invalidArgument', 'An evaluation needs at least one sample.')
      const sums = emptySums()
      while (sums.count < samples.count) this.evaluateBlock(samples, sums)
      return meansOf(sums)
    })
  }

  predict(features: FloatArray, count: number): Promise<FloatArray> {
    return promised(() => {
      const { inputs, outputs } = this.options.network
      checkColumns(features, count, inputs, 'The features')
      const pass = this.buffers.evaluation
      const predictions = new Float64Array(count * outputs)
      for (let first = 0; first < count; first += pass.capacity) {
        const block = Math.min(pass.capacity, count - first)
        pass.values[0]?.set(features.subarray(first * inputs, (first + block) * inputs))
        this.network.forward(this.buffers.weights, pass, block, null)
        predictions.set(this.network.predictions(pass).subarray(0, block * outputs), first * outputs)
      }
      return predictions
    })
  }

  trace(samples: Samples): Trace {
    checkSamples(this.options.network, samples, 'samples')
    if (samples.count < 1) throw new LaminaError('invalidArgument', 'A trace needs at least one sample.')
    const { weights } = this.buffers
    const pass = allocatePass(this.options.network, samples.count, true)
    const weightGradients = weights.map((w) => new Float64Array(w.length))
    copySamples(samples, 0, samples.count, pass)
    this.network.forward(weights, pass, samples.count, this.dropoutStep)
    this.network.backward(weights, weightGradients, pass, samples.count)
    return {
      loss: this.network.lossSum(pass, samples.count) / samples.count,
      values: pass.values.slice(1),
      valueGradients: pass.gradients.slice(1),
      weightGradients
    }
  }

  dispose(): void {
    this.allocated = null
  }

  private get buffers(): Buffers {
    if (this.allocated === null)
      throw new LaminaError('internal', 'This trainer was disposed of and cannot be used any more.')
    return this.allocated
  }

  private get dropoutStep(): DropoutStep {
    return { seed: this.options.seed, step: this.stepsDone }
  }

  /** One minibatch: forward, backward, update. What is not finite is reported, and then nothing was changed. */
  private trainStep(recorder: ChunkRecorder): Failure | null {
    const { training, weights, weightGradients, sampler } = this.buffers
    if (sampler.atEpochStart) sampler.startEpoch(this.epochsDone)
    const count = sampler.load(training)
    this.network.forward(weights, training, count, this.dropoutStep)
    const lossSum = this.network.lossSum(training, count)
    if (!Number.isFinite(lossSum)) return { quantity: 'loss', layer: null }
    this.network.backward(weights, weightGradients, training, count)
    const rate = this.scheduledRate
    const failure = this.clipGradients() ?? refusedRate(rate) ?? this.update(rate)
    if (failure !== null) return failure

    this.lastRate = rate
    this.stepsDone += 1
    this.beaten += 1
    recorder.addStep(lossSum / count, this.gradientNorms, this.updateRatios)
    this.addToSums(this.epochSums, training, lossSum, count)
    if (sampler.advance()) this.epochEnd = emptySums()
    return null
  }

  /** ‖∂L/∂W[l]‖ of every layer, and gradients scaled down together where their global norm is above the limit. */
  private clipGradients(): Failure | null {
    const { weightGradients } = this.buffers
    let globalSquares = 0
    // From the output back, as gradients flow: the layer named is the one where it went wrong first.
    for (let layer = weightGradients.length - 1; layer >= 0; layer--) {
      const squares = sumOfSquares(layerOf(weightGradients, layer))
      if (!Number.isFinite(squares)) return { quantity: 'gradient', layer }
      this.gradientNorms[layer] = Math.sqrt(squares)
      globalSquares += squares
    }
    const limit = this.options.gradientClipNorm
    if (limit === null) return null
    const scale = limit / (Math.sqrt(globalSquares) + CLIP_EPSILON)
    if (scale >= 1) return null
    for (const gradient of weightGradients) {
      for (let i = 0; i < gradient.length; i++) gradient[i] = at(gradient, i) * scale
    }
    return null
  }

  /** W ← W + ΔW for all layers, and ‖ΔW[l]‖ / ‖W[l]‖ with W before it. */
  private update(rate: number): Failure | null {
    const { weights, nextWeights, weightGradients, optimizers, formerMoments } = this.buffers
    for (const [layer, { moments }] of optimizers.entries()) copyAll(moments, layerOf(formerMoments, layer))
    for (const [layer, optimizer] of optimizers.entries()) {
      const before = layerOf(weights, layer)
      const after = layerOf(nextWeights, layer)
      optimizer.update(before, layerOf(weightGradients, layer), after, rate, this.stepsDone + 1)
      const change = squaredDistance(after, before)
      if (!isInRange(change) || !isInRange(sumOfSquares(after))) {
        for (const [refused, { moments }] of optimizers.entries()) copyAll(layerOf(formerMoments, refused), moments)
        return { quantity: 'weights', layer }
      }
      const norm = Math.sqrt(sumOfSquares(before))
      this.updateRatios[layer] = norm === 0 ? 0 : Math.sqrt(change) / norm
    }
    this.buffers.weights = nextWeights
    this.buffers.nextWeights = weights
    return null
  }

  /**
   * Evaluates the validation samples and records the epoch. Unlike a step this may be put off in the middle, because it
   * may take long: the next chunk then goes on with it.
   * @returns when it is done: `stop` when early stopping ends training, `notFinite` when the validation loss does
   */
  private finishEpoch(
    sums: Sums,
    recorder: ChunkRecorder,
    timeIsUp: () => boolean
  ): 'unfinished' | 'done' | 'stop' | 'notFinite' {
    const validation = this.options.validation ?? {
      count: 0,
      features: new Float64Array(0),
      targets: new Float64Array(0)
    }
    while (sums.count < validation.count) {
      this.evaluateBlock(validation, sums)
      if (sums.count < validation.count && timeIsUp()) return 'unfinished'
    }
    this.epochsDone += 1
    const train = meansOf(this.epochSums)
    const validated = sums.count === 0 ? null : meansOf(sums)
    const result: EpochResult = {
      epoch: this.epochsDone,
      step: this.stepsDone,
      trainLoss: train.loss,
      trainMetric: train.metric,
      validationLoss: validated?.loss ?? null,
      validationMetric: validated?.metric ?? null,
      learningRate: this.lastRate
    }
    recorder.addEpoch(result)
    this.epochSums = emptySums()
    this.epochEnd = null
    const loss = monitoredLoss(result)
    this.schedule.endEpoch(loss)
    const verdict = this.earlyStopping?.endEpoch(loss)
    if (verdict === 'better') this.keepBest()
    if (validated !== null && !Number.isFinite(validated.loss)) return 'notFinite'
    return verdict === 'stop' ? 'stop' : 'done'
  }

  private keepBest(): void {
    const { weights, bestWeights } = this.buffers
    for (const [layer, best] of bestWeights.entries()) best.set(layerOf(weights, layer))
    this.bestEpoch = this.epochsDone
  }

  /** Adds the next block of samples, those after the ones already in the sums. */
  private evaluateBlock(samples: Samples, sums: Sums): void {
    const pass = this.buffers.evaluation
    const count = Math.min(pass.capacity, samples.count - sums.count)
    copySamples(samples, sums.count, count, pass)
    this.network.forward(this.buffers.weights, pass, count, null)
    this.addToSums(sums, pass, this.network.lossSum(pass, count), count)
    this.beaten += 1
  }

  private addToSums(sums: Sums, pass: Pass, lossSum: number, count: number): void {
    const { network, metric } = this.options
    sums.count += count
    sums.loss += lossSum
    sums.metric += metrics[metric](this.network.predictions(pass), pass.targets, network.outputs, count)
  }
}

/** Loss and metric of samples, added up. */
interface Sums {
  count: number
  loss: number
  metric: number
}
function emptySums(): Sums {
  return { count: 0, loss: 0, metric: 0 }
}
function meansOf({ count, loss, metric }: Sums): Evaluation {
  return { loss: loss / count, metric: metric / count }
}

function sumsOnly({ loss, metric }: SampleSums): SampleSums {
  return { loss, metric }
}

function refusedRate(rate: number): Failure | null {
  return rate <= LARGEST_FLOAT32 ? null : { quantity: 'learningRate', layer: null }
}

/** Weights that float32 cannot hold are of no use to anybody, whatever this engine computes in. */
function isInRange(squares: number): boolean {
  return squares <= LARGEST_FLOAT32
}

/** Work done at once whose outcome, thrown errors included, is a promise: the engine's interface is asynchronous. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()))
}
