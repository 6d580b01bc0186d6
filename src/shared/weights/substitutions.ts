import { z } from 'zod'
import { groupedBy } from '../figures'

const rows = z.number().int().nonnegative()
/** Example cells of a column that are named. */
export const NAMED_CELLS = 3
const cells = z.strictObject({ rows, examples: z.array(z.string()).max(NAMED_CELLS) })

/** What a network was given for cells of a feature that say nothing it can use. */
export const substitutionSchema = z.strictObject({
  column: z.string(),
  kind: z.enum(['numeric', 'categorical', 'boolean', 'ordinal', 'date']),
  /** Rows without a value; they took the stand-in. */
  missing: rows,
  /** Rows whose cell is not among a boolean's words or an order's categories; they took the stand-in. */
  notUnderstood: cells,
  /** Rows of a category that is no input; they became zeros. */
  unknownCategory: cells,
  /** As a cell would have it; the rank where it lies between two categories of an order. Null when there is none. */
  standIn: z.union([z.number(), z.string()]).nullable()
})
export type Substitution = z.infer<typeof substitutionSchema>

/** Of columns in which there was something to substitute, in the order of the features. */
export const substitutionsSchema = z.array(substitutionSchema)

/** A line for every column in which something was substituted. */
export function describeSubstitutions(substitutions: readonly Substitution[], total: number): string[] {
  return substitutions.map((substitution) => {
    const { column, missing, notUnderstood, unknownCategory } = substitution
    const taken = `${standInText(substitution)}, fitted in training, was taken`
    const parts = [
      ...(missing === 0 ? [] : [`${share(missing, total)} had no value; ${taken}.`]),
      ...(notUnderstood.rows === 0
        ? []
        : [
            `${share(notUnderstood.rows, total)} had ${substitution.kind === 'ordinal' ? 'a category outside the order' : 'no word for no or yes'}${named(notUnderstood.examples)}; ${taken}.`
          ]),
      ...(unknownCategory.rows === 0
        ? []
        : [
            `${share(unknownCategory.rows, total)} had a category the network has no input for${named(unknownCategory.examples)}; encoded as none of the known ones.`
          ])
    ]
    return `${column}: ${parts.join(' ')}`
  })
}

function share(some: number, total: number): string {
  return `${groupedBy(' ', some)} of ${groupedBy(' ', total)} ${total === 1 ? 'row' : 'rows'}`
}

function named(examples: readonly string[]): string {
  return examples.length === 0 ? '' : ` (such as ${examples.map((text) => `"${text}"`).join(', ')})`
}

function standInText({ kind, standIn }: Substitution): string {
  if (typeof standIn !== 'number') return kind === 'date' ? String(standIn) : `"${standIn}"`
  const text = String(Number(standIn.toPrecision(6)))
  return kind === 'ordinal' ? `rank ${text}` : text
}
