import { z } from 'zod'
import {
  journalContentSchema,
  journalDeltaSchema,
  journalHeadSchema,
  type JournalContent,
  type JournalDelta
} from './content'

/** What a journal's file holds, record by record; `src/service/journal/records.ts` says how they stand in it. */
export const JOURNAL_FORMAT = 'lamina-journal'
export const JOURNAL_VERSION = 1

const pathSchema = z.string().min(1)
const fileSchema = z.strictObject({
  path: pathSchema,
  /** Of the file's bytes as the document was opened from or last saved to them; null when that is not known. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
})
/** Under which name the client knows a path: a page that outlives its service goes on with it. */
const approvalSchema = z.strictObject({
  grant: z.string().min(1).max(200),
  path: pathSchema,
  purpose: z.enum(['design', 'dataset'])
})
export type Approval = z.infer<typeof approvalSchema>
const headSchema = journalHeadSchema(fileSchema, pathSchema).extend({
  approvals: z.array(approvalSchema).max(1001).default([])
})
/** The head of a journal on disk: files by their paths. */
export type StoredHead = z.infer<typeof headSchema>
export type StoredContent = JournalContent<StoredHead>
export type StoredDelta = JournalDelta<StoredHead>

const at = z.number().int().nonnegative()
/** The first record: the whole document. */
export const firstRecordSchema = z.strictObject({
  format: z.literal(JOURNAL_FORMAT),
  version: z.literal(JOURNAL_VERSION),
  at,
  content: journalContentSchema(headSchema)
})
/** Every later one. */
export const laterRecordSchema = z.union([
  z.strictObject({ at, delta: journalDeltaSchema(headSchema) }),
  /** The page went in good order. */
  z.strictObject({ at, left: z.literal(true) })
])
