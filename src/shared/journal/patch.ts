import { z } from 'zod'
import { LaminaError } from '../errors'
import { plainValueSchema } from '../plain-value'
import { sameContent } from '../same-content'

/** Deeper than any document of ours. */
const DEEPEST = 24

const stepSchema = z.union([
  z.string().refine((key) => key !== '__proto__', { error: 'is no name of a value' }),
  z.number().int().nonnegative()
])
const pathSchema = z.array(stepSchema).max(DEEPEST)

/** One place of a plain value that is different afterwards. */
const changeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('set'), path: pathSchema, value: plainValueSchema }),
  z.strictObject({ kind: z.literal('drop'), path: pathSchema.min(1) }),
  /** In the array at `path`: `drop` items from `at` on give way to others. */
  z.strictObject({
    kind: z.literal('splice'),
    path: pathSchema,
    at: z.number().int().nonnegative(),
    drop: z.number().int().nonnegative(),
    insert: z.array(plainValueSchema)
  })
])
type Change = z.infer<typeof changeSchema>
type Path = Change['path']

/** What makes one plain value (as JSON knows them) another one, place by place. */
export const patchSchema = z.array(changeSchema)
export type Patch = z.infer<typeof patchSchema>

/**
 * What makes `after` of `before`. Values shared by reference cost nothing, so that an edit of a large design is as small
 * as what it touched. An `undefined` member counts as one that is not there.
 */
export function difference(before: unknown, after: unknown): Patch {
  const patch: Patch = []
  compare(before, after, [], patch)
  return patch
}

/**
 * @returns the value that a patch makes of another one, which stays as it is; what is not touched is shared with it
 * @throws LaminaError `invalidArgument` for a patch that was made of another value
 */
export function applyPatch<T>(value: T, patch: Patch): T {
  // Containers made here may be written to; the rest belongs to `value`.
  const own = new Set<unknown>()
  return patch.reduce<unknown>((root, change) => changed(root, change, 0, own), value) as T
}

function compare(before: unknown, after: unknown, path: Path, patch: Patch): void {
  if (Object.is(before, after)) return
  if (Array.isArray(before) && Array.isArray(after)) return compareArrays(before, after, path, patch)
  if (isRecord(before) && isRecord(after)) return compareRecords(before, after, path, patch)
  patch.push({ kind: 'set', path, value: after })
}

function compareRecords(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  path: Path,
  patch: Patch
): void {
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined) continue
    const old = Object.hasOwn(before, key) ? before[key] : undefined
    if (old === undefined) patch.push({ kind: 'set', path: [...path, key], value: value })
    else compare(old, value, [...path, key], patch)
  }
  for (const [key, old] of Object.entries(before)) {
    const gone = !Object.hasOwn(after, key) || after[key] === undefined
    if (old !== undefined && gone) patch.push({ kind: 'drop', path: [...path, key] })
  }
}

function compareArrays(before: readonly unknown[], after: readonly unknown[], path: Path, patch: Patch): void {
  if (before.length === after.length) {
    for (const [index, value] of after.entries()) compare(before[index], value, [...path, index], patch)
    return
  }
  const shorter = Math.min(before.length, after.length)
  let same = 0
  while (same < shorter && sameContent(before[same], after[same])) same++
  let sameAtEnd = 0
  while (sameAtEnd < shorter - same && sameContent(before.at(-1 - sameAtEnd), after.at(-1 - sameAtEnd))) sameAtEnd++
  patch.push({
    kind: 'splice',
    path,
    at: same,
    drop: before.length - same - sameAtEnd,
    insert: after.slice(same, after.length - sameAtEnd)
  })
}

function changed(value: unknown, change: Change, depth: number, own: Set<unknown>): unknown {
  const step = change.path[depth]
  if (step === undefined) return replaced(value, change)
  const last = depth === change.path.length - 1
  if (Array.isArray(value)) {
    if (typeof step !== 'number' || step >= value.length || (last && change.kind === 'drop')) throw misfit(change)
    const copy: unknown[] = mine(value, own, () => [...(value as unknown[])])
    copy[step] = changed(copy[step], change, depth + 1, own)
    return copy
  }
  if (!isRecord(value) || typeof step !== 'string') throw misfit(change)
  if (!Object.hasOwn(value, step) && !(last && change.kind === 'set')) throw misfit(change)
  const copy: Record<string, unknown> = mine(value, own, () => ({ ...value }))
  if (last && change.kind === 'drop') delete copy[step]
  else copy[step] = changed(copy[step], change, depth + 1, own)
  return copy
}

function replaced(value: unknown, change: Change): unknown {
  if (change.kind === 'set') return change.value
  if (change.kind === 'drop' || !Array.isArray(value) || change.at + change.drop > value.length) throw misfit(change)
  const items: readonly unknown[] = value
  return [...items.slice(0, change.at), ...change.insert, ...items.slice(change.at + change.drop)]
}

function mine<T>(value: T, own: Set<unknown>, copy: () => T): T {
  if (own.has(value)) return value
  const made = copy()
  own.add(made)
  return made
}

function misfit({ kind, path }: Change): LaminaError {
  return new LaminaError('invalidArgument', `A change (${kind} ${path.join('.')}) does not fit the value it is for.`)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
