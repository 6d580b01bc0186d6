import { z } from 'zod'
import { preparedSummarySchema } from './dataset'
import { dialectOverridesSchema } from './table/dialect'
import { tableMemoryBytesSchema, tableMemorySchema } from './table/memory'
import { tableProgressSchema } from './table/progress'
import { tablePageSchema, tablePlaceSchema, tableViewSchema, tableWindowSchema } from './table/view'
import { relationsSchema } from './table/relations'
import { datasetSettingsSchema, designSchema } from './design/schema'
import { errorDataSchema } from './errors'
import { foldSchema } from './prepared'
import { defineContract } from './rpc'
import { recoverySchema, runListSchema, runNameSchema, runSettingsSchema, runSummarySchema } from './run-history'
import { metricsFrameSchema, progressSchema, runDescriptionSchema, threadsSchema } from './training-run'
import { rawRowSchema, targetEncodings } from './weights/schema'
import { substitutionsSchema } from './weights/substitutions'
import {
  id,
  fileRefSchema,
  filePurposeSchema,
  capabilitiesSchema,
  exampleSchema,
  savedFileSchema,
  openDatasetSchema,
  openedDesignSchema,
  journalId,
  journalSequence,
  journalChangeSchema,
  lostWorkSchema,
  restoredWorkSchema,
  runSchema,
  openWeightsSchema,
  predictionSchema,
  menuCommandSchema,
  predictorSchema
} from './contract-values'

export * from './contract-values'

const noParams = z.strictObject({})
const nothing = z.null()

/** The one contract between a window (or any client) and the service. */
export const contract = defineContract({
  name: 'Lamina',
  requests: {
    /** First call of a client. */
    'app.hello': {
      params: noParams,
      result: z.strictObject({
        version: z.string(),
        capabilities: capabilitiesSchema,
        engine: z.strictObject({
          name: z.enum(['native', 'reference']),
          description: z.string(),
          fallbackReason: z.string().nullable()
        }),
        examples: z.array(exampleSchema),
        recent: z.array(fileRefSchema),
        /** What the person asked to open when starting the program. */
        launch: z.strictObject({ purpose: filePurposeSchema, file: fileRefSchema }).nullable()
      })
    },
    /** Ask the person for a file; null when they cancel. Only with `nativeDialogs`. */
    'files.choose': { params: z.strictObject({ purpose: filePurposeSchema }), result: fileRefSchema.nullable() },
    'files.forgetRecent': { params: noParams, result: nothing },

    'design.open': { params: z.strictObject({ file: id }), result: openedDesignSchema },
    /** A fresh copy of an example, with its table. */
    'design.openExample': { params: z.strictObject({ example: id }), result: openedDesignSchema },
    /**
     * Write the design atomically. `file: null` asks for a place (or makes a download); null as a result means the person
     * cancelled. `dataset` lets the service store the table's path relative to the new place. A file that is not as this
     * client opened or last saved it is a `conflict`, unless `overwrite` says that the person knows.
     */
    'design.save': {
      params: z.strictObject({
        design: designSchema,
        file: id.nullable(),
        dataset: id.nullable(),
        overwrite: z.boolean().optional()
      }),
      result: z.strictObject({ saved: savedFileSchema, design: designSchema }).nullable()
    },

    /**
     * Back up the client's document, undo history included; answered when it is on disk. A client has one journal: null
     * begins it. `sequence: null` as a result means that the delta does not fit: send the whole.
     */
    'journal.write': {
      params: z.strictObject({ journal: journalId.nullable(), change: journalChangeSchema }),
      result: z.strictObject({ journal: journalId, sequence: journalSequence.nullable() })
    },
    /** Unsaved work of windows that are gone, the latest first. */
    'journal.list': { params: noParams, result: z.array(lostWorkSchema) },
    /** Bring a document back: its journal is this client's from now on. `notFound` when another window was faster. */
    'journal.take': { params: z.strictObject({ journal: journalId }), result: restoredWorkSchema },
    'journal.discard': { params: z.strictObject({ journal: journalId }), result: nothing },
    /** The page goes in good order, or is loaded again. */
    'journal.leave': { params: noParams, result: nothing },

    'dataset.open': {
      params: z.strictObject({ file: id, overrides: dialectOverridesSchema }),
      result: openDatasetSchema
    },
    'dataset.close': { params: z.strictObject({ dataset: id }), result: nothing },
    /** Rows as text. */
    'dataset.rows': {
      params: z.strictObject({
        dataset: id,
        offset: z.number().int().nonnegative(),
        limit: z.number().int().min(1).max(10_000)
      }),
      result: z.strictObject({ columns: z.array(z.string()), rows: z.array(z.array(z.string().nullable())) })
    },
    /**
     * Write the table as it was understood, as clean CSV (RFC 4180). `file: null` asks for a place; null as a result means the
     * person cancelled.
     */
    'dataset.saveNormalized': {
      params: z.strictObject({ dataset: id, file: id.nullable() }),
      result: savedFileSchema.nullable()
    },
    /** What every column has to do with the targets; `columns` are types a person chose. */
    'dataset.relations': {
      params: datasetSettingsSchema.pick({ targets: true, columns: true }).extend({ dataset: id }),
      result: relationsSchema
    },
    /** Some rows for the table view, sorted and filtered. The last view asked for stays at hand. */
    'dataset.view': {
      params: z.strictObject({ dataset: id, view: tableViewSchema, window: tableWindowSchema }),
      result: tablePageSchema
    },
    /** Where a row of the table (from 1) is in a view (from 0). */
    'dataset.place': {
      params: z.strictObject({ dataset: id, view: tableViewSchema, row: z.number().int().positive() }),
      result: tablePlaceSchema
    },
    /** How much memory tables may take. */
    'dataset.memory': { params: noParams, result: tableMemorySchema },
    /** Choose how much; null for a quarter of the computer's. */
    'dataset.limitMemory': {
      params: z.strictObject({ bytes: tableMemoryBytesSchema.nullable() }),
      result: tableMemorySchema
    },
    /** Check settings against the table and prepare it (cached): says n[0], n[L] and the task. */
    'dataset.prepare': {
      params: z.strictObject({
        dataset: id,
        settings: datasetSettingsSchema,
        categoricalEncoding: z.enum(targetEncodings),
        fold: foldSchema.optional()
      }),
      result: preparedSummarySchema
    },

    /**
     * Prepare, load and start training. Any earlier run ends. `initialWeights`: imported weights to start from. `fold`: one
     * round of cross-validation.
     */
    'training.start': {
      params: z.strictObject({
        design: designSchema,
        dataset: id,
        initialWeights: id.nullable(),
        paused: z.boolean(),
        everyEpoch: z.boolean(),
        seed: z.number().int().nullable(),
        threads: threadsSchema,
        fold: foldSchema.optional()
      }),
      result: runSchema
    },
    /** The current run, if any. */
    'training.current': { params: noParams, result: runSchema.nullable() },
    'training.resume': { params: z.strictObject({ run: id }), result: progressSchema },
    'training.pause': { params: z.strictObject({ run: id }), result: progressSchema },
    'training.step': { params: z.strictObject({ run: id }), result: progressSchema },
    'training.stop': { params: z.strictObject({ run: id }), result: progressSchema },
    'training.setLearningRate': {
      params: z.strictObject({ run: id, learningRate: z.number().positive() }),
      result: progressSchema
    },
    'training.setEpochs': {
      params: z.strictObject({ run: id, epochs: z.number().int().min(1) }),
      result: progressSchema
    },
    'training.acknowledge': {
      params: z.strictObject({ run: id, sequence: z.number().int().nonnegative() }),
      result: nothing
    },
    /** Loss and metric on a part of the rows, of the weights that an export would write. */
    'training.evaluate': {
      params: z.strictObject({ run: id, split: z.enum(['train', 'validation', 'test']) }),
      result: z.strictObject({ rows: z.number().int(), loss: z.number(), metric: z.number() })
    },

    /** Every run that is kept, newest first. */
    'runs.list': { params: noParams, result: runListSchema },
    /** A run to look at: its design, and everything it measured as one frame. */
    'runs.open': {
      params: z.strictObject({ run: id }),
      result: z.strictObject({
        summary: runSummarySchema,
        design: designSchema,
        description: runDescriptionSchema,
        progress: progressSchema,
        /** Its curves; null when they were not kept. */
        past: metricsFrameSchema.nullable()
      })
    },
    /**
     * Go on from the run's checkpoint, or let it wait there; any other run ends. `epochs`: how many are planned from now on,
     * null for as many as were.
     */
    'runs.resume': {
      params: z.strictObject({ run: id, epochs: z.number().int().min(1).nullable(), paused: z.boolean() }),
      result: runSchema
    },
    /** The design as it was when the run started, and its table when it is still there. */
    'runs.restoreDesign': { params: z.strictObject({ run: id }), result: openedDesignSchema },
    'runs.rename': { params: z.strictObject({ run: id, name: runNameSchema }), result: nothing },
    /** Null for all that are not under way; what is damaged goes with them. */
    'runs.delete': { params: z.strictObject({ runs: z.array(id).max(10_000).nullable() }), result: nothing },
    'runs.changeSettings': { params: runSettingsSchema, result: runListSchema },

    /**
     * Write the run's weights with preprocessing and test vectors: the current ones, or those of the best epoch when a run
     * with early stopping is finished. Of a run of the history, those that were kept. Null when the person cancelled.
     */
    'weights.export': { params: z.strictObject({ run: id, file: id.nullable() }), result: savedFileSchema.nullable() },
    'weights.import': { params: z.strictObject({ file: id }), result: openWeightsSchema },
    'weights.predict': {
      params: z.strictObject({ predictor: predictorSchema, rows: z.array(rawRowSchema).min(1).max(10_000) }),
      result: z.array(predictionSchema)
    },
    /** Predict every row of a table (an open one, or a file) and write it with the predictions beside it, as CSV. */
    'weights.predictTable': {
      params: z.strictObject({ weights: id, table: id, file: id.nullable() }),
      result: z
        .strictObject({ saved: savedFileSchema, rows: z.number().int(), substitutions: substitutionsSchema })
        .nullable()
    },
    'weights.evaluateTable': {
      params: z.strictObject({ weights: id, table: id }),
      result: z.strictObject({
        rows: z.number().int(),
        loss: z.number(),
        metric: z.number(),
        metricKind: z.enum(['accuracy', 'meanAbsoluteError']),
        substitutions: substitutionsSchema
      })
    }
  },
  events: {
    /** Another client started a run; its frames follow. */
    'training.started': runSchema,
    'training.frame': z.strictObject({ run: id, frame: metricsFrameSchema }),
    /** `sequence` is that of the frame before it. */
    'training.failed': z.strictObject({ run: id, error: errorDataSchema, sequence: z.number().int().nonnegative() }),
    /** The training process of the run ended unasked; `sequence` is that of the frame before it. */
    'training.recovery': z.strictObject({
      run: id,
      recovery: recoverySchema,
      progress: progressSchema,
      sequence: z.number().int().nonnegative()
    }),
    /** Runs came, went or changed their state: ask for the list again. */
    'runs.changed': noParams,
    /** Another window wrote the file that this client has open. */
    'design.savedElsewhere': z.strictObject({ file: fileRefSchema }),
    'dataset.progress': tableProgressSchema,
    /** A worker process ended unasked; it is started again on the next use. */
    'worker.ended': z.strictObject({ worker: z.enum(['data', 'training']), reason: z.string() }),
    'menu.command': z.strictObject({ command: menuCommandSchema }),
    /** The system or a second start asked to open a file. */
    'files.opened': z.strictObject({ purpose: filePurposeSchema, file: fileRefSchema })
  }
})
export type LaminaContract = typeof contract
export type LaminaEvents = { [N in keyof LaminaContract['events']]: z.infer<LaminaContract['events'][N]> }
