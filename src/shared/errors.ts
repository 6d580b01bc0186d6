import { z } from 'zod'

/**
 * Every failure that may cross a process boundary has one of these codes. A code says what kind of thing went
 * wrong, so that callers can decide; the message says it to a person.
 */
export const errorCodes = [
  'invalidArgument', // a message, parameter or command-line value does not fit its schema
  'notFound', // a file, dataset, run or weights id does not exist (any more)
  'permissionDenied', // the path was never approved, or the system refuses it
  'invalidDesign', // a design document or its network cannot be used
  'invalidWeights', // a weights document cannot be used
  'invalidCheckpoint', // a checkpoint is damaged, or belongs to another run
  'invalidData', // the table cannot be read, or a cell does not fit its column
  'unsupportedVersion', // a document from a newer Lamina
  'writeFailed', // the file system refused a write
  'conflict', // the file is not as it was when it was opened or last saved; nothing was written
  'busy', // the worker is already doing something exclusive
  'cancelled', // the person or the caller gave up
  'numericalFailure', // a loss, weight or gradient stopped being finite
  'outOfMemory', // the system has no more memory for the process that asked
  'workerFailed', // a worker process died, hung or could not be started
  'disconnected', // the transport closed before a reply came
  'internal' // a defect in Lamina
] as const

export const errorCodeSchema = z.enum(errorCodes)
export type ErrorCode = z.infer<typeof errorCodeSchema>

/** An error as it crosses a boundary: plain data. */
export const errorDataSchema = z.strictObject({
  code: errorCodeSchema,
  message: z.string(),
  /** Whatever helps a program: file, row, column, block, path inside a document. */
  details: z.record(z.string(), z.unknown())
})
export type ErrorData = z.infer<typeof errorDataSchema>

/**
 * The one error class of the program. The message names what was wrong, where, what was expected and what to do.
 */
export class LaminaError extends Error {
  override readonly name = 'LaminaError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.details = details
  }

  toData(): ErrorData {
    return { code: this.code, message: this.message, details: { ...this.details } }
  }

  static fromData(data: ErrorData): LaminaError {
    return new LaminaError(data.code, data.message, data.details)
  }
}

/** Any thrown value as data; what is not a LaminaError, nor a lack of memory, is a defect and is called `internal`. */
export function toErrorData(thrown: unknown): ErrorData {
  if (thrown instanceof LaminaError) return thrown.toData()
  // What JavaScript engines and Node say; a heap without room ends the process instead.
  if (thrown instanceof RangeError && /allocation failed|failed to allocate/i.test(thrown.message))
    return { code: 'outOfMemory', message: 'There is not enough memory. Close other programs.', details: {} }
  return { code: 'internal', message: `Lamina ran into a defect: ${messageOf(thrown)}`, details: {} }
}

/** The human part of any thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
