/** One undoable step. */
export interface Step<T> {
  /** What was done, in the imperative, for the menu: "Add ReLU". */
  readonly label: string
  readonly before: T
  readonly after: T
  /** Steps with the same key in a row are one gesture (a scrub, typing in a field) and become one step. */
  readonly gesture: string | null
}

export interface History<T> {
  readonly past: readonly Step<T>[]
  readonly future: readonly Step<T>[]
}

/** Steps kept; older ones are forgotten. */
export const HISTORY_LIMIT = 500

export const emptyHistory: History<never> = { past: [], future: [] }

/**
 * Record a step. A gesture that comes back to where it began leaves no step at all; a change that changes nothing
 * leaves the history alone.
 */
export function record<T>(history: History<T>, step: Step<T>, same: (a: T, b: T) => boolean): History<T> {
  const last = history.past.at(-1)
  if (last !== undefined && step.gesture !== null && last.gesture === step.gesture) {
    const rest = history.past.slice(0, -1)
    return { past: same(last.before, step.after) ? rest : [...rest, { ...last, after: step.after }], future: [] }
  }
  if (same(step.before, step.after)) return history
  return { past: [...history.past, step].slice(-HISTORY_LIMIT), future: [] }
}

/** End the gesture under way: what follows is a step of its own, whatever its key. */
export function seal<T>(history: History<T>): History<T> {
  const last = history.past.at(-1)
  if (last === undefined || last.gesture === null) return history
  return { ...history, past: [...history.past.slice(0, -1), { ...last, gesture: null }] }
}

/** @returns the history after undoing and the value to show, or null when there is nothing to undo */
export function undo<T>(history: History<T>): { history: History<T>; value: T } | null {
  const step = history.past.at(-1)
  if (step === undefined) return null
  return {
    history: { past: history.past.slice(0, -1), future: [{ ...step, gesture: null }, ...history.future] },
    value: step.before
  }
}

/** @returns the history after redoing and the value to show, or null when there is nothing to redo */
export function redo<T>(history: History<T>): { history: History<T>; value: T } | null {
  const [step, ...future] = history.future
  if (step === undefined) return null
  return { history: { past: [...history.past, step], future }, value: step.after }
}

/** Change every value the history holds, for facts that are no edit: where a table lies after saving elsewhere. */
export function rewrite<T>(history: History<T>, change: (value: T) => T): History<T> {
  const changed = (step: Step<T>): Step<T> => ({ ...step, before: change(step.before), after: change(step.after) })
  return { past: history.past.map(changed), future: history.future.map(changed) }
}
