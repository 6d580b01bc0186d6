import { z } from 'zod'
import { epochRecordSchema } from './training-run'

/**
 * What a checkpoint holds besides arrays of weights, as JSON: numbers that are not finite, which JSON lacks, are words.
 */
const number = z
  .union([z.number(), z.literal('NaN'), z.literal('Infinity'), z.literal('-Infinity')])
  .transform((value) => Number(value))
const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const sums = z.strictObject({ loss: number, metric: number })

/** Whose state it is: all of it must be the same where it is resumed. */
export const identitySchema = z.strictObject({
  engine: z.strictObject({ name: z.enum(['native', 'reference']), precision: z.enum(['float32', 'float64']) }),
  /** Hash of the network and of all settings that cannot change while training, but for the seed. */
  design: z.string(),
  seed: count,
  /** `id`: of the prepared dataset, a hash of the table and all settings; the others are for people. */
  dataset: z.strictObject({ id: z.string(), name: z.string(), sha256: z.string() })
})
export type CheckpointIdentity = z.infer<typeof identitySchema>

/** What a run has gathered that is yet to be reported. */
export const runSnapshotSchema = z.strictObject({
  /** Training time so far. */
  seconds: z.number().nonnegative(),
  stoppedEarly: z.boolean(),
  epochs: z.strictObject({
    /** Gradient norms of the epoch under way, one sum a dense layer, and of how many steps. */
    normSums: z.array(number),
    normCount: count,
    /** Which epoch is the best so far, and since when; null without early stopping. */
    earlyStopping: z.strictObject({ best: number, epochsWithout: count }).nullable(),
    best: epochRecordSchema.nullable(),
    latest: epochRecordSchema.nullable()
  })
})
export type RunSnapshot = z.infer<typeof runSnapshotSchema>

/** The numbers of a TrainerSnapshot that are no arrays of weights. */
const trainerStateSchema = z.strictObject({
  step: count,
  epoch: count,
  learningRate: z.number().positive(),
  epochs: count.min(1),
  usedRate: number,
  epochSums: sums,
  validation: sums.extend({ samples: count }).nullable(),
  plateau: z.strictObject({ best: number, epochsWithout: count, plateaus: count }),
  earlyStopping: z.strictObject({ best: number, epochsWithout: count, bestEpoch: count }),
  squaredNorms: z.array(number)
})

export const headerSchema = z.strictObject({
  identity: identitySchema,
  /** Of the engine: its version and instruction set decide the last bits of what it computes. */
  arithmetic: z.string(),
  trainer: trainerStateSchema,
  run: runSnapshotSchema,
  /** The arrays that follow, in order: each so many numbers of the engine's precision. */
  sections: z.array(z.strictObject({ name: z.string(), count }))
})
export type CheckpointHeader = z.infer<typeof headerSchema>
