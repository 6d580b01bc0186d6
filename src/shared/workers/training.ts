import { z } from 'zod'
import { trainingSettingsSchema } from '../design/schema'
import { errorDataSchema } from '../errors'
import { networkPlanSchema } from '../network/plan'
import { splitNames } from '../prepared'
import { defineContract } from '../rpc'
import {
  epochRecordSchema,
  metricsFrameSchema,
  progressSchema,
  runDescriptionSchema,
  threadsSchema
} from '../training-run'

const nothing = z.null()
const noParams = z.strictObject({})
const float32 = z.custom<Float32Array>((value) => value instanceof Float32Array, { error: 'expected a Float32Array' })
/** W_B of each dense operation in order, row-major float32. */
const weightList = z.array(float32)

const count = z.number().int().nonnegative()
const writtenCheckpointSchema = z.strictObject({ step: count, epoch: count, bytes: count })
/** A checkpoint on the disk: steps and whole epochs done in it, and the size of its file. */
export type WrittenCheckpoint = z.infer<typeof writtenCheckpointSchema>

/** The link between the service and the training worker: one run at a time. Transports keep typed arrays. */
export const trainingWorkerContract = defineContract({
  name: 'training worker',
  requests: {
    /** Which engine this worker runs on, and why not on the native one. */
    engine: {
      params: noParams,
      result: z.strictObject({
        name: z.enum(['native', 'reference']),
        description: z.string(),
        fallbackReason: z.string().nullable()
      })
    },
    /**
     * Load the prepared dataset, compile the plan and allocate; then wait for `resume`. Replaces any earlier run.
     *
     * `checkpoints`: the worker keeps the run's whole state in the file `path`, which nobody else writes (docs/runs.md):
     * about a second after training began, then as often as costs less than 2 % of the time, and whenever training ends,
     * be it for a pause. With `resume` it goes on from what is in the file: progress tells the step it is at, the run is
     * `paused`, or `finished` where it was, and the first frame begins with the next step. Learning rate and planned
     * epochs are then those of the file, for they may have been changed while training; network and all other settings
     * must be the same, `initialWeights` means nothing.
     * Refused with `notFound` or `permissionDenied` where the file cannot be read, `invalidCheckpoint` (details.problem:
     * 'damaged' | 'foreign') or `unsupportedVersion`; no run is loaded then.
     */
    load: {
      params: z.strictObject({
        manifestPath: z.string().min(1),
        network: networkPlanSchema,
        ...trainingSettingsSchema.shape,
        threads: threadsSchema,
        initialWeights: weightList.nullable(),
        /** True for the command line's metrics file: no epoch record is thinned out. */
        everyEpoch: z.boolean(),
        checkpoints: z.strictObject({ path: z.string().min(1), resume: z.boolean() }).nullable()
      }),
      result: z.strictObject({
        description: runDescriptionSchema,
        progress: progressSchema,
        /**
         * Where it goes on from; null for a new run. `exact`: whether weights come out as if it had never been
         * interrupted, bit for bit; not where another instruction set rounds differently.
         */
        resumed: z.strictObject({ step: count, epoch: count, exact: z.boolean() }).nullable()
      })
    },
    /**
     * Write a checkpoint now, and answer when it is on the disk: before a planned end of the process. Refused with
     * `invalidArgument` for a run without checkpoints, `writeFailed` or `permissionDenied`; training goes on.
     */
    checkpoint: { params: noParams, result: writtenCheckpointSchema },
    /**
     * A sign of life, answered at once also while the engine computes. `computing` tells how long that has shown no
     * progress, and how long it may at most: beyond that it hangs. Null while nothing is computed.
     */
    ping: {
      params: noParams,
      result: z.strictObject({
        /** Of the run that is loaded; null without one. */
        step: count.nullable(),
        computing: z.strictObject({ milliseconds: z.number(), limit: z.number() }).nullable()
      })
    },
    /** Start, or go on after a pause, a stop or an extension. */
    resume: { params: noParams, result: progressSchema },
    /** Answers when the last step is done. */
    pause: { params: noParams, result: progressSchema },
    /** Exactly one minibatch, then paused. */
    step: { params: noParams, result: progressSchema },
    /** End the run where it is; `resume` may still continue it. */
    stop: { params: noParams, result: progressSchema },
    setLearningRate: { params: z.strictObject({ learningRate: z.number().positive() }), result: progressSchema },
    /**
     * More (or fewer, but not less than done) epochs; a run that finished all of them becomes paused when there are more
     * to do.
     */
    setEpochs: { params: z.strictObject({ epochs: z.number().int().min(1) }), result: progressSchema },
    /** A frame arrived; frames are acknowledged in order. */
    acknowledge: { params: z.strictObject({ sequence: z.number().int().nonnegative() }), result: nothing },
    /** The current weights, or those of the best epoch when a run with early stopping is finished. */
    weights: {
      params: noParams,
      result: z.strictObject({
        weights: weightList,
        step: z.number().int(),
        epoch: z.number().int(),
        /** Of that epoch; while training goes on it may be one before it. Null when there was none. */
        record: epochRecordSchema.nullable()
      })
    },
    /** Loss and metric (kind as in RunDescription) of what `weights` answers on one split of the loaded dataset. */
    evaluate: {
      params: z.strictObject({ split: z.enum(splitNames) }),
      result: z.strictObject({ rows: z.number().int(), loss: z.number(), metric: z.number() })
    },
    /** Ŷ for encoded features with given weights, independent of any run. `features`: count × n[0], a sample after the other. */
    predict: {
      params: z.strictObject({
        network: networkPlanSchema,
        weights: weightList,
        features: float32,
        count: z.number().int().nonnegative()
      }),
      result: z.strictObject({ outputs: float32 })
    },
    /** Ŷ and evaluation for the `test` split of a dataset encoded by the data worker's `apply`. */
    predictPrepared: {
      params: z.strictObject({
        manifestPath: z.string().min(1),
        network: networkPlanSchema,
        weights: weightList,
        withTargets: z.boolean()
      }),
      result: z.strictObject({
        outputs: float32,
        evaluation: z.strictObject({ loss: z.number(), metric: z.number() }).nullable()
      })
    }
  },
  events: {
    frame: metricsFrameSchema,
    /** The run ended by itself; a frame with the final values came before. */
    failed: errorDataSchema,
    /** A checkpoint reached the disk; every frame up to its step was acknowledged before (or 5 s passed). */
    checkpointed: writtenCheckpointSchema,
    /** A checkpoint could not be written: a full disk. Training goes on, and it is tried again; told once until one succeeds. */
    checkpointFailed: errorDataSchema
  }
})
export type TrainingWorkerContract = typeof trainingWorkerContract
