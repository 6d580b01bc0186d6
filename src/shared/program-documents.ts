import { z } from 'zod'
import { exampleSchema, filePurposeSchema } from './contract'
import { runSettingsSchema } from './run-history'
import { tableMemoryBytesSchema } from './table/memory'

/** `resources/examples/index.json`: the projects that come with the program. */
export const exampleIndexSchema = z.strictObject({
  examples: z.array(
    exampleSchema.extend({
      /** Files beside the index. */
      design: z.string().regex(/^[\w-]+\.lamina$/),
      dataset: z.string().regex(/^[\w-]+\.csv$/)
    })
  )
})
export type ExampleEntry = z.infer<typeof exampleIndexSchema>['examples'][number]

/** `settings.json` in the folder of the program's data: what a person chose for all designs. */
export const settingsSchema = z.strictObject({
  format: z.literal('lamina-settings'),
  version: z.literal(1),
  /** Bytes; null for a share of the computer's memory. */
  tableMemory: tableMemoryBytesSchema.nullable(),
  runs: runSettingsSchema.prefault({})
})
export type Settings = z.infer<typeof settingsSchema>
export const defaultSettings: Settings = settingsSchema.parse({
  format: 'lamina-settings',
  version: 1,
  tableMemory: null
})

/** The list of files the person used last, newest first. Paths are absolute. */
export const recentFilesSchema = z.strictObject({
  format: z.literal('lamina-recent'),
  version: z.literal(1),
  files: z.array(z.strictObject({ path: z.string().min(1), purpose: filePurposeSchema }))
})
export type RecentFile = z.infer<typeof recentFilesSchema>['files'][number]

/** `licences.json` beside the page: what Lamina is made of besides itself, as bundling found it. */
export const licencesSchema = z.array(
  z.strictObject({
    name: z.string().min(1),
    version: z.string().min(1),
    /** An SPDX expression. */
    licence: z.string().min(1),
    text: z.string().min(1)
  })
)
export type Licences = z.infer<typeof licencesSchema>
