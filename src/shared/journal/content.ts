import { z } from 'zod'
import { LaminaError } from '../errors'
import { dialectOverridesSchema } from '../table/dialect'
import { plainValueSchema } from '../plain-value'
import { applyPatch, patchSchema, type Patch } from './patch'

/** What the journal keeps of the undo history. */
export const MOST_JOURNAL_STEPS = 1000

/** Names a table among those of one document. */
export const tableKeySchema = z.number().int().positive()

/**
 * A design with the table it is about, at one moment. The design is taken as it is: an edit that a schema would refuse
 * must not cost the ones around it. It is checked when it is brought back.
 */
export const journalStateSchema = z.strictObject({
  design: z.record(z.string(), plainValueSchema),
  table: tableKeySchema.nullable()
})
export type JournalState = z.infer<typeof journalStateSchema>

export const journalStepSchema = z.strictObject({
  /** What was done, as the Undo menu says it. */
  label: z.string().max(1000),
  /** From the state before the step to the one after it. */
  patch: patchSchema
})
export type JournalStep = z.infer<typeof journalStepSchema>

/**
 * What there is to know about a document beside its states.
 * @param file how a file is named: to clients by its grant, in the journal by its path
 * @param tableFile the same for a table
 */
export function journalHeadSchema<F extends z.ZodType, T extends z.ZodType>(file: F, tableFile: T) {
  return z.strictObject({
    /** The document's name for people. */
    title: z.string().max(1000),
    /** Steps done; those after it were undone and can be done again. */
    cursor: z.number().int().nonnegative(),
    /**
     * What stands in the file: the number of one of the states (0 is the one before the first step), a state that the
     * history does not hold any more, or null where nothing there is like it.
     */
    saved: z.union([z.number().int().nonnegative(), journalStateSchema]).nullable(),
    /** Whether there is anything that the file does not hold. */
    modified: z.boolean(),
    /** Where saving writes; null for a document that was never saved. */
    file: file.nullable(),
    /** Tables that the states name. */
    tables: z
      .array(z.strictObject({ key: tableKeySchema, file: tableFile, overrides: dialectOverridesSchema }))
      .max(1000)
  })
}

/** A whole document with its history: the oldest state, and the steps from there. */
export function journalContentSchema<H extends z.ZodType>(head: H) {
  return z.strictObject({
    base: journalStateSchema,
    steps: z.array(journalStepSchema).max(MOST_JOURNAL_STEPS),
    head
  })
}

/** What makes one content the next one: some of the steps go at either end, others come after them. */
export function journalDeltaSchema<H extends z.ZodType>(head: H) {
  return z.strictObject({
    /** Oldest steps that are forgotten; the state they lead to is the oldest one then. */
    forget: z.number().int().nonnegative(),
    /** Steps that stay after those. */
    keep: z.number().int().nonnegative(),
    steps: z.array(journalStepSchema).max(MOST_JOURNAL_STEPS),
    /** What stands in the file is the same state as before, which no step leads to; `head.saved` is null then. */
    savedUnchanged: z.boolean(),
    head
  })
}

export interface JournalContent<H> {
  readonly base: JournalState
  readonly steps: readonly JournalStep[]
  readonly head: H
}
export interface JournalDelta<H> {
  readonly forget: number
  readonly keep: number
  readonly steps: readonly JournalStep[]
  readonly savedUnchanged: boolean
  readonly head: H
}

/** @throws LaminaError `invalidArgument` for a delta that was made of another content */
export function foldDelta<H extends { readonly saved: unknown }>(
  content: JournalContent<H>,
  delta: JournalDelta<H>
): JournalContent<H> {
  const { forget, keep } = delta
  const kept = content.steps.slice(forget, forget + keep)
  if (kept.length < keep || forget > content.steps.length || keep + delta.steps.length > MOST_JOURNAL_STEPS) {
    throw new LaminaError(
      'invalidArgument',
      `A journal of ${content.steps.length} steps cannot forget ${forget}, keep ${keep} and take ${delta.steps.length} more.`
    )
  }
  const base = content.steps.slice(0, forget).reduce((state, step) => applyPatch(state, step.patch), content.base)
  const head = delta.savedUnchanged ? { ...delta.head, saved: content.head.saved } : delta.head
  return { base, steps: [...kept, ...delta.steps], head }
}

/**
 * Every state of a history, the oldest one first: one more than there are steps.
 * @throws LaminaError `invalidArgument` for steps that do not fit
 */
export function statesOf(base: JournalState, steps: readonly { readonly patch: Patch }[]): JournalState[] {
  const states = [base]
  for (const { patch } of steps) states.push(applyPatch(states.at(-1) ?? base, patch))
  return states
}
