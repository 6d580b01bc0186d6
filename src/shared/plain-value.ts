import { z } from 'zod'

/** Deeper than any value of ours, and than the stack is safe for. */
const DEEPEST = 64

/** A value that JSON can write, as far as anybody promised to check what it holds; members may be `undefined`. */
export const plainValueSchema = z
  .unknown()
  .refine((value) => isPlain(value, DEEPEST), { error: 'is no plain value, or holds one that is none' })

function isPlain(value: unknown, depth: number): boolean {
  if (value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)) return true
  if (typeof value !== 'object' || depth === 0) return false
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth - 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  return Object.values(value).every((member) => isPlain(member, depth - 1))
}
