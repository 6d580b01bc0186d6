import { z } from 'zod'
import { openEnvelope, type DocumentKind } from './design/document'
import { designSchema } from './design/schema'
import { errorDataSchema } from './errors'
import { networkPlanSchema } from './network/plan'
import { foldSchema, manifestSchema } from './prepared'
import { dialectOverridesSchema } from './table/dialect'
import {
  epochRecordSchema,
  metricKinds,
  progressSchema,
  runDescriptionSchema,
  runStates,
  threadsSchema
} from './training-run'
import { parse } from './validate'

const count = z.number().int().nonnegative()
const id = z.string().regex(/^[\w-]{1,64}$/, { error: 'expected letters, digits, "-" and "_"' })
/** Milliseconds since 1970. */
const time = z.number()
export const runNameSchema = z.string().trim().min(1).max(200)

/** Where a run can go on from. */
export const checkpointSchema = z.strictObject({ step: count, epoch: count, bytes: count })
export type Checkpoint = z.infer<typeof checkpointSchema>

const bestSchema = z.strictObject({ epoch: count, validationLoss: z.number(), validationMetric: z.number().nullable() })

/** `run.json`: all that is known of a run but its curves, weights and checkpoint, which are files beside it. */
export const runRecordSchema = z.strictObject({
  format: z.literal('lamina-run'),
  version: z.literal(1),
  id,
  name: runNameSchema,
  startedAt: time,
  /** The process that is training it: while that lives and goes on writing here, the run is its. Null when it was let go of. */
  owner: count.nullable(),
  /** As it was when the run started. */
  design: designSchema,
  seed: z.number().int(),
  threads: threadsSchema,
  everyEpoch: z.boolean(),
  /** What imported weights it started from were called. */
  initialWeights: z.string().nullable(),
  /** Where its table was, and how it is read; its content is identified in `manifest.dataset`. */
  table: z.strictObject({ path: z.string().min(1), overrides: dialectOverridesSchema }),
  fold: foldSchema.nullable(),
  network: networkPlanSchema,
  manifest: manifestSchema,
  description: runDescriptionSchema,
  progress: progressSchema,
  error: errorDataSchema.nullable(),
  lastEpoch: epochRecordSchema.nullable(),
  best: bestSchema.nullable(),
  checkpoint: checkpointSchema.nullable(),
  /** What the weights beside it are of. */
  weights: z.strictObject({ step: count, epoch: count, record: epochRecordSchema.nullable() }).nullable()
})
export type RunRecord = z.infer<typeof runRecordSchema>

const runKind: DocumentKind = {
  format: 'lamina-run',
  version: 1,
  noun: 'Lamina run',
  code: 'invalidArgument',
  migrations: {}
}

/**
 * Read a run's record.
 * @throws LaminaError `invalidArgument` or `unsupportedVersion`, naming the path inside the document
 */
export function parseRunRecord(text: string, fileName: string): RunRecord {
  return parse(runRecordSchema, openEnvelope(text, fileName, runKind), { what: fileName, code: 'invalidArgument' })
}

/** As `RunState`; interrupted: it was under way when Lamina ended. */
export const keptStates = [...runStates, 'interrupted'] as const
export type KeptState = (typeof keptStates)[number]

/** A run of the history, as a list shows it. */
export const runSummarySchema = z.strictObject({
  id,
  name: runNameSchema,
  startedAt: time,
  state: z.enum(keptStates),
  /** It is the run in the training worker. */
  current: z.boolean(),
  /** Another Lamina has it under way. */
  elsewhere: z.boolean(),
  dataset: z.string(),
  /** Units of the input and of each dense layer. */
  shape: z.array(count),
  parameters: count,
  step: count,
  epoch: count,
  epochs: count,
  seconds: z.number(),
  metric: z.enum(metricKinds),
  lastEpoch: epochRecordSchema.nullable(),
  best: bestSchema.nullable(),
  error: z.string().nullable(),
  /** The step it can go on from; null when it cannot. */
  resumesAt: count.nullable(),
  hasWeights: z.boolean(),
  bytes: count
})
export type RunSummary = z.infer<typeof runSummarySchema>

/** How much of the past is kept, and what happens when the training process ends unasked. */
export const runSettingsSchema = z.strictObject({
  /** Go on from the last checkpoint without asking. */
  resumeAutomatically: z.boolean().default(true),
  mostRuns: z.number().int().min(1).max(10_000).default(50),
  mostBytes: z
    .number()
    .int()
    .min(2 ** 20)
    .default(2 * 2 ** 30)
})
export type RunSettings = z.infer<typeof runSettingsSchema>
export const defaultRunSettings: RunSettings = runSettingsSchema.parse({})

export const runListSchema = z.strictObject({
  /** Newest first. */
  runs: z.array(runSummarySchema),
  /** Entries that cannot be read, and why. */
  damaged: z.array(z.strictObject({ id: z.string(), problem: z.string() })),
  bytes: count,
  settings: runSettingsSchema
})
export type RunList = z.infer<typeof runListSchema>

/** What a window is told when the training process ended unasked. */
export const recoverySchema = z.strictObject({
  /**
   * restarting: the run goes on by itself in a moment; resumed: it went on from `step`; asking: it waits for a person, who
   * may resume or stop it.
   */
  phase: z.enum(['restarting', 'resumed', 'asking']),
  /** Why the process ended, in words that follow "The training process …". */
  reason: z.string(),
  /** Where it goes on from. */
  step: count
})
export type Recovery = z.infer<typeof recoverySchema>
