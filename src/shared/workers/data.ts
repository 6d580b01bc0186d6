import { z } from 'zod'
import { preparedSummarySchema, tableSummarySchema } from '../dataset'
import { relationsSchema } from '../table/relations'
import { dialectOverridesSchema } from '../table/dialect'
import { tableProgressSchema } from '../table/progress'
import { tablePageSchema, tablePlaceSchema, tableViewSchema, tableWindowSchema } from '../table/view'
import { datasetSettingsSchema } from '../design/schema'
import { foldSchema, manifestSchema } from '../prepared'
import { defineContract } from '../rpc'
import { preprocessingSchema, targetEncodings } from '../weights/schema'
import { substitutionsSchema } from '../weights/substitutions'

const path = z.string().min(1)

/**
 * The link between the service and the data worker. Paths are absolute and were approved by the service. Every request
 * can be given up: the worker stops and gives back what the request took, or is ended where it does not at once.
 */
export const dataWorkerContract = defineContract({
  name: 'data worker',
  requests: {
    /** Answered at once, whatever else is under way: a heartbeat. */
    ping: { params: z.strictObject({}), result: z.null() },
    /** Answered once everything asked before has come to its end, given up or not. */
    rest: { params: z.strictObject({}), result: z.null() },
    /** How many bytes of memory this worker may take from now on; more goes to temporary files. */
    limitMemory: { params: z.strictObject({ bytes: z.number().int().positive() }), result: z.null() },
    /** Read a table and say what is in it. The worker keeps nothing open that would lock the file. */
    inspect: { params: z.strictObject({ path, overrides: dialectOverridesSchema }), result: tableSummarySchema },
    /** What every column has to do with the targets; `columns` are types a person chose. */
    relations: {
      params: datasetSettingsSchema.pick({ targets: true, columns: true }).extend({
        path,
        overrides: dialectOverridesSchema
      }),
      result: relationsSchema
    },
    /** Split, fit on the training rows, encode, and leave a prepared dataset below `cacheFolder` (or find it there). */
    prepare: {
      params: z.strictObject({
        path,
        overrides: dialectOverridesSchema,
        settings: datasetSettingsSchema,
        /** How a categorical target becomes outputs; the network's loss decides. */
        categoricalEncoding: z.enum(targetEncodings),
        /** Cross-validation: this fold of the rows is validation, in place of the split's validation share. */
        fold: foldSchema.optional(),
        cacheFolder: path
      }),
      result: z.strictObject({
        manifestPath: path,
        manifest: manifestSchema,
        summary: preparedSummarySchema,
        cached: z.boolean()
      })
    },
    /** Encode a table with preprocessing fitted elsewhere, for evaluation or prediction; all rows go to `test`. */
    apply: {
      params: z.strictObject({
        path,
        overrides: dialectOverridesSchema,
        preprocessing: preprocessingSchema,
        withTargets: z.boolean(),
        folder: path
      }),
      result: z.strictObject({
        manifestPath: path,
        rows: z.number().int().nonnegative(),
        substitutions: substitutionsSchema
      })
    },
    /** Write a table as it was understood, as clean CSV, to a path where nothing is yet. */
    normalize: { params: z.strictObject({ path, overrides: dialectOverridesSchema, target: path }), result: z.null() },
    /** The rows of a table as text, for writing predictions beside them. */
    rows: {
      params: z.strictObject({
        path,
        overrides: dialectOverridesSchema,
        offset: z.number().int().nonnegative(),
        limit: z.number().int().min(1).max(100_000)
      }),
      result: z.strictObject({ columns: z.array(z.string()), rows: z.array(z.array(z.string().nullable())) })
    },
    /** Some rows of a table sorted and filtered for looking at. The last view stays at hand. */
    view: {
      params: z.strictObject({
        path,
        overrides: dialectOverridesSchema,
        view: tableViewSchema,
        window: tableWindowSchema
      }),
      result: tablePageSchema
    },
    /** Where a row of the table is in a view. */
    place: {
      params: z.strictObject({
        path,
        overrides: dialectOverridesSchema,
        view: tableViewSchema,
        row: z.number().int().positive()
      }),
      result: tablePlaceSchema
    }
  },
  events: {
    /** At most 10 a second while reading. */
    progress: tableProgressSchema
  }
})
export type DataWorkerContract = typeof dataWorkerContract
