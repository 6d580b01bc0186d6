import { z } from 'zod'
import { tableSummarySchema } from './dataset'
import { designSchema } from './design/schema'
import { errorDataSchema } from './errors'
import { journalContentSchema, journalDeltaSchema, journalHeadSchema, tableKeySchema } from './journal/content'
import { recoverySchema } from './run-history'
import { progressSchema, runDescriptionSchema } from './training-run'
import { substitutionsSchema } from './weights/substitutions'

/** What the requests and events of the contract carry. */

export const id = z.string().min(1).max(200)

/**
 * A file the person gave Lamina: through a dialog, a drop, an upload, a recent entry, an argument or an example. The
 * renderer never names paths; it names grants, and only the service knows what lies behind one.
 */
export const fileRefSchema = z.strictObject({
  id,
  /** The file's own name. */
  name: z.string(),
  /** Where it is, for people (may be shortened); empty where that says nothing. */
  location: z.string()
})
export type FileRef = z.infer<typeof fileRefSchema>

export const filePurposes = ['design', 'dataset', 'weights'] as const
export const filePurposeSchema = z.enum(filePurposes)
export type FilePurpose = z.infer<typeof filePurposeSchema>

/** What a host can do; the renderer asks this instead of which host it is. */
export const capabilitiesSchema = z.strictObject({
  /** Opening and saving go through the system's own dialogs (`files.choose`); otherwise by upload and download. */
  nativeDialogs: z.boolean(),
  /** The window has a menu bar of its own; otherwise the page shows one. */
  nativeMenu: z.boolean(),
  /** The page can hand a dropped file's place to the service; otherwise it uploads it. */
  droppedPaths: z.boolean()
})
export type Capabilities = z.infer<typeof capabilitiesSchema>

export const exampleSchema = z.strictObject({
  id,
  title: z.string(),
  description: z.string(),
  rows: z.number().int(),
  columns: z.number().int()
})
export type ExampleSummary = z.infer<typeof exampleSchema>

export const savedFileSchema = z.strictObject({
  file: fileRefSchema,
  /** Where the page can fetch it, on hosts that save by download. */
  download: z.string().nullable()
})
export type SavedFile = z.infer<typeof savedFileSchema>

/** An opened table: stays open until closed or replaced. */
export const openDatasetSchema = z.strictObject({ id, file: fileRefSchema, table: tableSummarySchema })
export type OpenDataset = z.infer<typeof openDatasetSchema>

export const openedDesignSchema = z.strictObject({
  design: designSchema,
  /** Where saving writes; null for an example, which saving must not overwrite. */
  file: fileRefSchema.nullable(),
  /** The design's table when it was found; otherwise `problem` says why not and the person is asked for it. */
  dataset: fileRefSchema.nullable(),
  problem: z.string().nullable(),
  /** Another window has the same file open: whichever saves last is asked before it overwrites the other's work. */
  openElsewhere: z.boolean()
})
export type OpenedDesign = z.infer<typeof openedDesignSchema>

/** `details` of a `conflict`: how a file differs from what the window opened or last saved. */
export const conflictSchema = z.strictObject({
  kind: z.enum(['changed', 'removed']),
  /** Another window of this Lamina, or anything else: an editor, a synchronised folder, another Lamina. */
  by: z.enum(['window', 'outside']),
  /** When the file was last written, in milliseconds since 1970; null for one that is gone. */
  at: z.number().nullable(),
  name: z.string(),
  location: z.string()
})
export type Conflict = z.infer<typeof conflictSchema>

/** Names a journal; the service makes it up. */
export const journalId = z.uuid()
export const journalSequence = z.number().int().nonnegative()

/** The head of a journal as clients know it: files by their grants. */
const journalHead = journalHeadSchema(id, id)
export type ClientJournalHead = z.infer<typeof journalHead>
export const journalChangeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('whole'), content: journalContentSchema(journalHead) }),
  /** On top of what the write of this sequence number left. */
  z.strictObject({ kind: z.literal('delta'), after: journalSequence, delta: journalDeltaSchema(journalHead) })
])
export type JournalChange = z.infer<typeof journalChangeSchema>

/** Unsaved work that no window has open any more. */
export const lostWorkSchema = z.strictObject({
  journal: journalId,
  title: z.string(),
  /** Where it was to be saved, for people; empty for a document that was never saved or is Lamina's own copy. */
  location: z.string(),
  /** When it was last edited, in milliseconds since 1970. */
  at: z.number(),
  /** The window was closed in good order, its changes unsaved. */
  closed: z.boolean(),
  /** Why it cannot be brought back, or not all of it; null when all is well. */
  problem: z.string().nullable(),
  restorable: z.boolean()
})
export type LostWork = z.infer<typeof lostWorkSchema>

/** A document as its journal holds it, its files approved again. */
export const restoredWorkSchema = z.strictObject({
  journal: journalId,
  sequence: journalSequence,
  /** `head.file` and `head.tables` are in `file` and `tables`. */
  content: journalContentSchema(journalHead),
  file: fileRefSchema.nullable(),
  tables: z.array(z.strictObject({ key: tableKeySchema, file: fileRefSchema })),
  /** What could not be brought back, in words. */
  problem: z.string().nullable(),
  openElsewhere: z.boolean()
})
export type RestoredWork = z.infer<typeof restoredWorkSchema>

/** A run as the service knows it, for a window that attaches (again). */
export const runSchema = z.strictObject({
  id,
  name: z.string(),
  description: runDescriptionSchema,
  progress: progressSchema,
  error: errorDataSchema.nullable(),
  /** What is being done about a training process that ended unasked; null when there is nothing. */
  recovery: recoverySchema.nullable(),
  /** The frame before all of this; 0 before the first. Frames are told in their order, but later than anything else may be. */
  sequence: z.number().int().nonnegative()
})
export type Run = z.infer<typeof runSchema>

/** Imported weights, usable for prediction. */
export const openWeightsSchema = z.strictObject({
  id,
  file: fileRefSchema,
  name: z.string(),
  layers: z.array(z.string()),
  parameters: z.number().int(),
  features: z.array(z.string()),
  targets: z.array(z.string()),
  /** How far this engine's outputs are from the file's own test vectors; null when it has none. */
  testVectorError: z.number().nullable()
})
export type OpenWeights = z.infer<typeof openWeightsSchema>

export const predictionSchema = z.strictObject({
  /** Ŷ, in the order of the targets' outputs. */
  output: z.array(z.number()),
  targets: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({
        column: z.string(),
        kind: z.literal('categorical'),
        predicted: z.string(),
        probabilities: z.array(z.strictObject({ class: z.string(), probability: z.number() }))
      }),
      z.strictObject({ column: z.string(), kind: z.literal('numeric'), predicted: z.number() })
    ])
  ),
  /** What the network was given in place of values that say nothing it can use. */
  substitutions: substitutionsSchema
})
export type Prediction = z.infer<typeof predictionSchema>

export const menuCommands = [
  'new',
  'open',
  'openData',
  'save',
  'saveAs',
  'recover',
  'exportWeights',
  'importWeights',
  'undo',
  'redo',
  'cut',
  'copy',
  'paste',
  'duplicate',
  'delete',
  'selectAll',
  'addBlock',
  'fit',
  'resetZoom',
  'tidy',
  'train',
  'stop',
  'step',
  'shortcuts',
  'about',
  'toggleTheme',
  'tableMemory'
] as const
export const menuCommandSchema = z.enum(menuCommands)
export type MenuCommand = z.infer<typeof menuCommandSchema>

/** Where predictions come from: the current weights of a run, or imported weights. */
export const predictorSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('run'), run: id }),
  z.strictObject({ kind: z.literal('weights'), weights: id })
])
