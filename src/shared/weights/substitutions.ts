import { z } from 'zod'
import { groupedBy } from '../figures'
import { isoDate } from '../table/dates'
import type { FeatureEncoding } from './schema'

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

/** What a date can be written as; a weights file may state anything. */
const MOST_DAYS = 1e8

/** What stands in for a missing value, as `Substitution` has it. */
export function standInOf(encoding: FeatureEncoding): Substitution['standIn'] {
  const { missing } = encoding
  if (missing === null) return null
  switch (encoding.kind) {
    case 'numeric':
    case 'categorical':
      return missing
    case 'boolean':
      return missing === 1 ? 'yes' : 'no'
    case 'ordinal':
      return encoding.order[Number(missing)] ?? missing
    case 'date':
      return Math.abs(Number(missing)) > MOST_DAYS ? missing : isoDate(Number(missing))
  }
}

/** A line for every column in which something was substituted. @param total rows; of a single one no shares are told */
export function describeSubstitutions(substitutions: readonly Substitution[], total: number): string[] {
  const had = (some: number): string =>
    total === 1 ? '' : `${groupedBy(' ', some)} of ${groupedBy(' ', total)} rows had `
  const named = (examples: readonly string[]): string => {
    const cells = examples.map((text) => `"${text}"`).join(', ')
    return examples.length === 0 ? '' : total === 1 ? `: ${cells}` : ` (such as ${cells})`
  }
  return substitutions.map((substitution) => {
    const { column, missing, notUnderstood, unknownCategory } = substitution
    const taken = `${standInText(substitution)}, fitted in training, was taken`
    const parts = [
      ...(missing === 0 ? [] : [`${had(missing)}no value; ${taken}.`]),
      ...(notUnderstood.rows === 0
        ? []
        : [
            `${had(notUnderstood.rows)}${substitution.kind === 'ordinal' ? 'a category outside the order' : 'no word for no or yes'}${named(notUnderstood.examples)}; ${taken}.`
          ]),
      ...(unknownCategory.rows === 0
        ? []
        : [
            `${had(unknownCategory.rows)}a category the network has no input for${named(unknownCategory.examples)}; encoded as none of the known ones.`
          ])
    ]
    return `${column}: ${parts.join(' ')}`
  })
}

function standInText({ kind, standIn }: Substitution): string {
  if (typeof standIn !== 'number') return kind === 'date' ? String(standIn) : `"${standIn}"`
  const text = String(Number(standIn.toPrecision(6)))
  return kind === 'ordinal' ? `rank ${text}` : text
}
