import { z } from 'zod'
import { dialectOverridesSchema, preparedSummarySchema, tableSummarySchema } from '../dataset'
import { datasetSettingsSchema } from '../design/schema'
import { manifestSchema } from '../prepared'
import { defineContract } from '../rpc'
import { preprocessingSchema, targetEncodings } from '../weights/schema'

const path = z.string().min(1)

/** The link between the service and the data worker. Paths are absolute and were approved by the service. */
export const dataWorkerContract = defineContract({
  name: 'data worker',
  requests: {
    /** Read a table and say what is in it. The worker keeps nothing open that would lock the file. */
    inspect: { params: z.strictObject({ path, overrides: dialectOverridesSchema }), result: tableSummarySchema },
    /** Split, fit on the training rows, encode, and leave a prepared dataset below `cacheFolder` (or find it there). */
    prepare: {
      params: z.strictObject({
        path,
        overrides: dialectOverridesSchema,
        settings: datasetSettingsSchema,
        /** How a categorical target becomes outputs; the network's loss decides. */
        categoricalEncoding: z.enum(targetEncodings),
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
      result: z.strictObject({ manifestPath: path, rows: z.number().int().nonnegative() })
    },
    /** The rows of a table as text, for writing predictions beside them. */
    rows: {
      params: z.strictObject({
        path,
        overrides: dialectOverridesSchema,
        offset: z.number().int().nonnegative(),
        limit: z.number().int().min(1).max(100_000)
      }),
      result: z.strictObject({ columns: z.array(z.string()), rows: z.array(z.array(z.string().nullable())) })
    }
  },
  events: {
    /** At most 10 a second while reading. */
    progress: z.strictObject({
      stage: z.enum(['reading', 'profiling', 'preparing']),
      fraction: z.number().min(0).max(1).nullable()
    })
  }
})
export type DataWorkerContract = typeof dataWorkerContract
