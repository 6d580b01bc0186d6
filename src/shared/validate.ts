import './zod-without-eval'
import type { z } from 'zod'
import { LaminaError, messageOf, type ErrorCode } from './errors'

export interface ParseContext {
  /** What is being read, as a person would call it: "iris.lamina", "request training.start". */
  what: string
  code: ErrorCode
}

/** An error says what is wrong; it does not send the whole of a wrong document back. */
const MOST_ISSUES = 20
const LONGEST_ISSUE = 500

/**
 * Check a value from outside against a schema.
 * @throws LaminaError naming the path inside the value, what was expected and what was found
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown, context: ParseContext): T {
  const { data, issues } = checked(schema, value, context)
  if (issues === null) return data
  const described = issues.slice(0, MOST_ISSUES).map(({ path, message }) => {
    const at = path.length === 0 ? '' : `at ${shortened(pathText(path))}: `
    return `${at}${shortened(message)}`
  })
  const shown = described.slice(0, 3).join('; ')
  const more = issues.length > 3 ? ` (and ${issues.length - 3} more)` : ''
  throw new LaminaError(context.code, `${context.what} is not valid: ${shown}${more}`, { issues: described })
}

/** A cloned message may hold what neither checks nor their messages can handle: a BigInt, an object in a length's place. */
function checked<T>(
  schema: z.ZodType<T>,
  value: unknown,
  { code, what }: ParseContext
): { data: T; issues: null } | { data: null; issues: readonly z.core.$ZodIssue[] } {
  try {
    const result = schema.safeParse(value)
    return result.success ? { data: result.data, issues: null } : { data: null, issues: result.error.issues }
  } catch (error) {
    throw new LaminaError(code, `${what} is not valid: it holds a value that cannot be checked (${messageOf(error)}).`)
  }
}

/** A message names unknown keys and wrong values, of which a hostile sender may have sent a million. */
function shortened(text: string): string {
  return text.length <= LONGEST_ISSUE ? text : `${text.slice(0, LONGEST_ISSUE)}…`
}

/** A path inside a document as JavaScript would write it: `network.nodes[2].units`. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else text += text === '' ? String(part) : `.${String(part)}`
  }
  return text
}
