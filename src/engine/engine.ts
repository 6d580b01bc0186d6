import type { OptimizerSettings } from '../shared/catalogue/optimizers'
import type { EarlyStoppingSettings, ScheduleSettings } from '../shared/catalogue/schedules'
import type { NetworkPlan } from '../shared/network/plan'

/** The reference engine computes in float64, the native one in float32; both take either. */
export type FloatArray = Float32Array | Float64Array

/**
 * Samples as the lecture stores them, one sample per column, column after column: feature k of sample i is
 * `features[i * n[0] + k]`, output k of sample i is `targets[i * n[L] + k]`.
 */
export interface Samples {
  readonly count: number
  readonly features: FloatArray
  readonly targets: FloatArray
  /**
   * w_i ≥ 0, what the loss of each sample counts; 1 where there are none. The mean loss of b samples is
   * L = (w_1 L_1 + … + w_b L_b)/b, as in Keras, not divided by Σ w_i, as by PyTorch's CrossEntropyLoss(weight): a
   * minibatch's gradient then is an unbiased estimate of that of all samples, whichever classes it happens to draw, even
   * of one sample; and against it an L2 penalty counts the same in every step. Weights of mean 1 keep the size of
   * gradients, and so the learning rates that suit. Metrics count every sample the same.
   */
  readonly weights?: FloatArray
}

/**
 * argmaxAccuracy: share of samples whose largest output is the largest target. thresholdAccuracy: share of outputs on
 * the target's side of ½. meanAbsoluteError: mean over samples and outputs of |ŷ − y|.
 */
export type MetricName = 'argmaxAccuracy' | 'thresholdAccuracy' | 'meanAbsoluteError'

export interface TrainerOptions {
  readonly network: NetworkPlan
  readonly optimizer: OptimizerSettings
  /** b; the last minibatch of an epoch may be smaller and is averaged over its own size. */
  readonly batchSize: number
  /** Planned epochs, which a cosine schedule is stretched over; nothing ends by itself when they are done. */
  readonly epochs: number
  /** Null for a constant rate. */
  readonly schedule: ScheduleSettings | null
  /** Null never to stop early. */
  readonly earlyStopping: EarlyStoppingSettings | null
  /** 32-bit; starts initial weights, shuffling and dropout. */
  readonly seed: number
  readonly shuffle: boolean
  /** Global norm over all ∂L/∂W above which all are scaled down together (PyTorch's clip_grad_norm_), or null. */
  readonly gradientClipNorm: number | null
  readonly metric: MetricName
  readonly train: Samples
  /** Evaluated at the end of every epoch when there is one. */
  readonly validation: Samples | null
  /** W_B of each dense operation in order, row-major; drawn by the initialisers when absent. */
  readonly initialWeights?: readonly FloatArray[]
  /** Threads to compute with at most; the engine decides when absent. Never changes a number that comes out. */
  readonly threads?: number
}

/** Where a chunk of training may stop: whichever comes first, always on a step's end. */
export interface Budget {
  readonly steps: number
  readonly milliseconds: number
}

export type Quantity = 'loss' | 'gradient' | 'weights' | 'learningRate' | 'validationLoss'

/** What happened in a chunk. Per-layer arrays hold dense layer l of step s at `s * layers + l`. */
export interface Chunk {
  readonly steps: number
  /** Mean loss of each step's minibatch, weighted where samples are, before its update. */
  readonly loss: Float64Array
  /** ‖∂L/∂W[l]‖ (Frobenius, bias included, before clipping). */
  readonly gradientNorms: Float64Array
  /** ‖ΔW[l]‖ / ‖W[l]‖, W before the update. */
  readonly updateRatios: Float64Array
  readonly epochs: readonly EpochResult[]
  /** Whether early stopping ended the chunk with the last of its epochs. Another run goes on, and patience starts anew. */
  readonly stoppedEarly: boolean
  /**
   * Set when a loss, gradient, weight or learning rate stopped being finite: training stopped at that step (counted from 1), which was
   * not made: everything is as it was before it. `weights`: the update would have made them, their norm or the
   * optimizer's state leave the range of float32. `validationLoss`: the step was made and ended the last of the chunk's
   * epochs, whose evaluation is not finite though its steps are. `layer` is an ordinal of the dense operations, null for
   * losses and for a learning rate that float32 cannot hold.
   */
  readonly failure: { readonly step: number; readonly quantity: Quantity; readonly layer: number | null } | null
  /** Seconds spent computing. */
  readonly seconds: number
}

export interface EpochResult {
  /** Counted from 1. */
  readonly epoch: number
  /** Steps done in the whole run when the epoch ended. */
  readonly step: number
  /** Means over the epoch's samples, each measured with the weights as they were at its step. */
  readonly trainLoss: number
  readonly trainMetric: number
  /** Measured with the weights at the epoch's end; null without validation samples. */
  readonly validationLoss: number | null
  readonly validationMetric: number | null
  /** Of the epoch's last step, schedule included. */
  readonly learningRate: number
}

export interface Evaluation {
  readonly loss: number
  readonly metric: number
}

/** Every quantity of the lecture for one minibatch, nothing updated. */
export interface Trace {
  readonly loss: number
  /** values[i] is what operation i makes (Z for dense, A for activation), units × b, one sample per column. */
  readonly values: readonly FloatArray[]
  /** valueGradients[i] is ∂L/∂(values[i]), same shape. */
  readonly valueGradients: readonly FloatArray[]
  /** ∂L/∂W of each dense operation, n[l] × (n[l−1]+1) row-major. */
  readonly weightGradients: readonly FloatArray[]
}

/** Loss and metric added up over samples. */
export interface SampleSums {
  readonly loss: number
  readonly metric: number
}

/**
 * Everything that decides how training goes on, besides a trainer's options: another trainer of the same engine and
 * options (threads may differ) that is given it trains on as if nothing had happened, bit for bit. There is no generator
 * in it, because random numbers are a function of seed, epoch and step.
 */
export interface TrainerSnapshot {
  /** Steps and whole epochs done: the position in the shuffled epoch follows from them. */
  readonly step: number
  readonly epoch: number
  /** As they were set last. */
  readonly learningRate: number
  readonly epochs: number
  /** The rate of the last step. */
  readonly usedRate: number
  /** Over the training samples of the epoch under way. */
  readonly epochSums: SampleSums
  /** When all steps of the epoch are done, but not all of its evaluation: over the validation samples so far. */
  readonly validation: (SampleSums & { readonly samples: number }) | null
  /** Of a schedule on a plateau: the smallest loss so far (infinite before there was one), epochs in a row without better. */
  readonly plateau: { readonly best: number; readonly epochsWithout: number; readonly plateaus: number }
  /** The same of early stopping. The best epoch is counted from 1, 0 before there is one. */
  readonly earlyStopping: { readonly best: number; readonly epochsWithout: number; readonly bestEpoch: number }
  /** ‖W[l]‖² as an update measured it; its last bits may differ from those of another way to add them up. */
  readonly squaredNorms: readonly number[]
  /** W_B of each dense operation, row-major; as are the next two. */
  readonly weights: readonly FloatArray[]
  /** The optimizer's state: as many lists as it keeps arrays (see the reference's optimizers), each of one array a layer. */
  readonly moments: readonly (readonly FloatArray[])[]
  /** Of the best epoch, when there is one. */
  readonly bestWeights: readonly FloatArray[] | null
}

/** A network in training. All its buffers are allocated when it is made. */
export interface Trainer {
  /** Bytes of weights, optimizer state, and buffers. */
  readonly memoryBytes: number
  /** Threads it computes with: fewer than were asked for where more would not help. */
  readonly threads: number
  /** Steps in one epoch: ⌈train.count / b⌉. */
  readonly stepsPerEpoch: number
  /** Steps done so far. */
  readonly step: number
  /** Whole epochs done so far. */
  readonly epoch: number
  /**
   * Train for a while without touching JavaScript (native) or in one synchronous stretch (reference).
   * The evaluation at an epoch's end may be put off, when time is up or a chunk is interrupted: the next chunk begins with
   * the rest of it, and the epoch counts as done, and is reported, then. Rejects with `busy` while another call is under way.
   */
  run(budget: Budget): Promise<Chunk>
  /** Ask a running chunk to end after its current step. */
  interrupt(): void
  /** The rate the schedule starts from. Takes effect from the next step on; optimizer state is kept. */
  setLearningRate(learningRate: number): void
  /** The rate of the next step: what the schedule makes of the one that was set. */
  readonly scheduledRate: number
  /** Changes the planned epochs, which acts on a cosine schedule from the next step on. */
  setEpochs(epochs: number): void
  /** With early stopping: the best epoch so far, and copies of its weights; null before the first. */
  best(): { readonly epoch: number; readonly weights: FloatArray[] } | null
  /** Copies of W_B of each dense operation, in order. */
  weights(): FloatArray[]
  setWeights(weights: readonly FloatArray[]): void
  /** Copies everything there is to go on from; takes as long as copying that much memory. */
  snapshot(): TrainerSnapshot
  /**
   * Goes on from a snapshot of the same engine and options; `threads` may differ.
   * @throws LaminaError `invalidArgument` for one that does not fit; nothing has changed then
   */
  restore(snapshot: TrainerSnapshot): void
  /**
   * Grows with every step and every block of validation samples, also while a chunk is under way: when it stands still
   * then, so does the chunk.
   */
  readonly beats: number
  evaluate(samples: Samples): Promise<Evaluation>
  /** Ŷ, n[L] × count, one sample per column. */
  predict(features: FloatArray, count: number): Promise<FloatArray>
  /** Forward and backward over one minibatch as if it were the next step's, dropout included; for diagnostics and tests. */
  trace(samples: Samples): Trace
  /** Frees the buffers; anything after it throws. */
  dispose(): void
}

export interface Engine {
  readonly name: 'native' | 'reference'
  readonly precision: 'float32' | 'float64'
  /** For people: version, instruction set, threads. */
  readonly description: string
  /** What decides the last bits of every number: equal for engines that train bit for bit the same. */
  readonly arithmetic: string
  /** @throws LaminaError `invalidArgument` for a plan or samples that do not fit together */
  createTrainer(options: TrainerOptions): Trainer
}
