import type { JournalStep } from '../../shared/journal/content'
import { difference, type Patch } from '../../shared/journal/patch'
import type { DocumentState } from './document.svelte'
import type { History } from './history'

/** Characters of JSON that a journal's steps may take; of a longer history the oldest steps are not backed up. */
export const MOST_STEP_CHARACTERS = 8_000_000

/** A document's history as one row of states: `base`, and one more after each step. */
export interface Timeline {
  readonly base: DocumentState
  readonly steps: readonly TimelineStep[]
  /** Steps done; the others were undone. */
  readonly cursor: number
}
export interface TimelineStep {
  readonly label: string
  readonly before: DocumentState
  readonly after: DocumentState
}

/** @param most characters that the steps' patches may take */
export function timelineOf(
  present: DocumentState,
  { past, future }: History<DocumentState>,
  most = MOST_STEP_CHARACTERS
): Timeline {
  const steps = [...past, ...future]
  let first = steps.length
  let characters = 0
  while (first > 0) {
    const step = steps[first - 1]
    characters += step === undefined ? 0 : patchOf(step).characters
    if (characters > most) break
    first--
  }
  // What is shown can always be brought back, however long the way to it was.
  first = Math.min(first, past.length)
  return { base: steps[first]?.before ?? present, steps: steps.slice(first), cursor: past.length - first }
}

export function journalSteps(steps: readonly TimelineStep[]): JournalStep[] {
  return steps.map((step) => ({ label: step.label, patch: patchOf(step).patch }))
}

/** What makes one timeline of another; null when they have no state in common to start from. */
export function timelineDelta(
  before: Timeline,
  after: Timeline
): { forget: number; keep: number; steps: JournalStep[] } | null {
  const forget = forgotten(before, after)
  if (forget === null) return null
  let keep = 0
  while (sameStep(before.steps[forget + keep], after.steps[keep])) keep++
  return { forget, keep, steps: journalSteps(after.steps.slice(keep)) }
}

/** Which of the states is the one given, counted from the oldest; −1 for none of them. */
export function placeOf(state: DocumentState, { base, steps }: Timeline): number {
  return state === base ? 0 : steps.findIndex(({ after }) => after === state) + 1 || -1
}

function forgotten(before: Timeline, after: Timeline): number | null {
  if (before.base === after.base) return 0
  const index = before.steps.findIndex((step) => step.after === after.base)
  return index < 0 ? null : index + 1
}

/** Steps are made anew by undoing and sealing; what counts is where they lead. */
function sameStep(one: TimelineStep | undefined, other: TimelineStep | undefined): boolean {
  return (
    one !== undefined &&
    other !== undefined &&
    one.label === other.label &&
    one.before === other.before &&
    one.after === other.after
  )
}

interface Known {
  readonly before: DocumentState
  readonly patch: Patch
  readonly characters: number
}
const known = new WeakMap<DocumentState, Known>()

function patchOf({ before, after }: TimelineStep): Known {
  const found = known.get(after)
  if (found?.before === before) return found
  const patch = difference(before, after)
  const made = { before, patch, characters: JSON.stringify(patch).length }
  known.set(after, made)
  return made
}
