import './zod-without-eval'
import type { z } from 'zod'
import { LaminaError, type ErrorCode } from './errors'

export interface ParseContext {
  /** What is being read, as a person would call it: "iris.lamina", "request training.start". */
  what: string
  code: ErrorCode
}

/**
 * Check a value from outside against a schema.
 * @throws LaminaError naming the path inside the value, what was expected and what was found
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown, context: ParseContext): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issues = result.error.issues.map((issue) => {
    const at = issue.path.length === 0 ? '' : `at ${pathText(issue.path)}: `
    return `${at}${issue.message}`
  })
  const shown = issues.slice(0, 3).join('; ')
  const more = issues.length > 3 ? ` (and ${issues.length - 3} more)` : ''
  throw new LaminaError(context.code, `${context.what} is not valid: ${shown}${more}`, { issues })
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
