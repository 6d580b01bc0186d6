import { z } from 'zod'
import { classWeightSchema } from './class-weights'

const count = z.number().int().nonnegative()
/** A measured number; null where it was not finite or not measured. */
const measure = z.number().nullable()
const measures = numbers('numbers, or null where there is none', (value) => value === null || Number.isFinite(value))
const counts = numbers<number>('whole numbers from 0', (value) => Number.isSafeInteger(value) && Number(value) >= 0)

/** Looked through in one loop: a frame holds a thousand of them, and frames come twenty times a second. */
function numbers<T = number | null>(expected: string, fits: (value: unknown) => boolean): z.ZodType<T[]> {
  const areAll = (values: unknown): boolean => {
    if (!Array.isArray(values)) return false
    // By index: `every` would pass over holes.
    for (let i = 0; i < values.length; i++) if (!fits(values[i])) return false
    return true
  }
  return z.custom<T[]>(areAll, { error: `expected ${expected}` })
}

export const runStates = ['loading', 'running', 'paused', 'finished', 'stopped', 'failed'] as const
export const runStateSchema = z.enum(runStates)
/** finished: all epochs done (more can be added) or stopped early; stopped: by the person; failed: see the error. */
export type RunState = z.infer<typeof runStateSchema>

export const envelopeSchema = z.strictObject({ mean: measures, min: measures, max: measures })
/** One number per bucket: mean, smallest and largest over the bucket's steps. */
export type Envelope = z.infer<typeof envelopeSchema>

/**
 * A stretch of steps cut into buckets: bucket i covers `count[i]` steps and ends with step `last[i]` (counted from 1).
 * A bucket is a single step while the window keeps up.
 */
export const stepBucketsSchema = z.strictObject({
  last: counts,
  count: counts,
  loss: envelopeSchema,
  /** ‖∂L/∂W[l]‖, one envelope per dense layer, in the plan's order. */
  gradientNorms: z.array(envelopeSchema),
  /** ‖ΔW[l]‖/‖W[l]‖ */
  updateRatios: z.array(envelopeSchema)
})
export type StepBuckets = z.infer<typeof stepBucketsSchema>

/** Threads an engine may be asked to compute with. */
export const MOST_THREADS = 256
/** Null leaves it to the engine. */
export const threadsSchema = z.number().int().min(1).max(MOST_THREADS).nullable()

export const epochRecordSchema = z.strictObject({
  /** Counted from 1. */
  epoch: count,
  step: count,
  /** Losses are weighted where the run has class weights; metrics are not. */
  trainLoss: measure,
  validationLoss: measure,
  /** Accuracy (share) or mean absolute error (units of the target, when there is one); see `metric` of the run. */
  trainMetric: measure,
  validationMetric: measure,
  /** Mean over the epoch's steps, one per dense layer. */
  gradientNorms: measures,
  /** Of the epoch's last step. */
  learningRate: z.number(),
  /** Seconds of training since the run started, pauses not counted. */
  seconds: z.number()
})
export type EpochRecord = z.infer<typeof epochRecordSchema>

export const markSchema = z.strictObject({ step: count, learningRate: z.number() })
/** A change of the learning rate while training. */
export type Mark = z.infer<typeof markSchema>

export const progressSchema = z.strictObject({
  state: runStateSchema,
  step: count,
  /** Whole epochs done, and how many are planned. */
  epoch: count,
  epochs: count,
  stepsPerEpoch: count,
  /** The rate that was set. */
  learningRate: z.number(),
  /** The rate of the next step, which the schedule makes of it. */
  scheduledRate: z.number(),
  /** With early stopping: the best epoch so far, whose weights a finished run has; null before there is one. */
  bestEpoch: count.nullable(),
  /** Whether early stopping finished the run; it can be resumed all the same. */
  stoppedEarly: z.boolean(),
  /** Over the last second or so. */
  stepsPerSecond: z.number(),
  /** Training time, pauses not counted. */
  seconds: z.number()
})
export type Progress = z.infer<typeof progressSchema>

/**
 * What happened since the previous frame. Frames are numbered from 1 and acknowledged; the worker keeps at most two
 * unacknowledged and merges meanwhile, so bucket counts always add up to all steps.
 */
export const metricsFrameSchema = z.strictObject({
  sequence: count,
  progress: progressSchema,
  /**
   * The run went back to this step: whatever was told of steps after it is void, before the rest of this frame is taken in.
   * Happens when a run goes on from its checkpoint.
   */
  rewind: count.optional(),
  steps: stepBucketsSchema,
  /**
   * Every epoch when `everyEpoch` was asked for, otherwise thinned; the last one is always there, and with early stopping
   * the best one so far when it is among what happened.
   */
  epochs: z.array(epochRecordSchema),
  marks: z.array(markSchema)
})
export type MetricsFrame = z.infer<typeof metricsFrameSchema>

export const metricKinds = ['accuracy', 'meanAbsoluteError'] as const
export const runLayerSchema = z.strictObject({ id: z.string(), inputs: count, units: count })

/** What is known of a run from its start. */
export const runDescriptionSchema = z.strictObject({
  engine: z.enum(['native', 'reference']),
  /** Dense layers in the plan's order: what per-layer arrays are about. */
  layers: z.array(runLayerSchema),
  metric: z.enum(metricKinds),
  parameters: count,
  memoryBytes: count,
  trainRows: count,
  validationRows: count,
  /** What the loss of a row counts, by its class; null where all count the same. */
  classWeights: z.array(classWeightSchema).nullable()
})
export type RunDescription = z.infer<typeof runDescriptionSchema>
