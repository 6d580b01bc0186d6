import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import { z } from 'zod'
import { messageOf } from '../../src/shared/errors'

/** The first line of a worker: see python/answering.py. */
export const greetingSchema = z.strictObject({
  library: z.string(),
  version: z.string(),
  python: z.string(),
  executable: z.string(),
  /** The matrix library and the processor it computes for. */
  blas: z.string().nullable()
})
export type Greeting = z.infer<typeof greetingSchema>

export interface StartedPython {
  readonly process: PythonProcess
  readonly greeting: Greeting
}

const answerSchema = z.union([
  z.strictObject({ count: z.number().int().positive(), seconds: z.number().positive() }),
  z.strictObject({ error: z.string() })
])

/** A process that does not answer any more is ended. Importing a library from a cold disk takes a while, too. */
const PATIENCE_MS = 180_000
const FAREWELL_MS = 5_000

/** One long-living worker that answers a line of JSON to each line of JSON. It sleeps in between. */
export class PythonProcess {
  private readonly lines: AsyncIterator<string>
  private readonly reader: Interface
  private complaints = ''

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly patience: number
  ) {
    this.reader = createInterface({ input: child.stdout })
    this.lines = this.reader[Symbol.asyncIterator]()
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.complaints = (this.complaints + text).slice(-10_000)
    })
    // Writing to a process that has ended fails; what is to be said about it is said when its answer is missing.
    child.stdin.on('error', () => undefined)
  }

  /** @throws Error with the last line the process complained with, when it does not come to its greeting */
  static async start(
    command: readonly [string, ...string[]],
    environment: Readonly<Record<string, string>> = {},
    patience = PATIENCE_MS
  ): Promise<StartedPython> {
    const [executable, ...args] = command
    const child = spawn(executable, args, { env: { ...process.env, ...environment }, stdio: 'pipe' })
    try {
      await once(child, 'spawn')
    } catch (error) {
      throw new Error(`${executable} cannot be started: ${messageOf(error)}`, { cause: error })
    }
    const started = new PythonProcess(child, patience)
    try {
      return { process: started, greeting: greetingSchema.parse(await started.nextLine()) }
    } catch (error) {
      await started.close()
      throw error instanceof z.ZodError ? new Error(unexpected(error), { cause: error }) : error
    }
  }

  /**
   * @returns how often the work of the request was done in how many seconds
   * @throws Error when the worker reports one, ends, or answers something else
   */
  async request(request: object): Promise<{ count: number; seconds: number }> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`)
    const answer = answerSchema.safeParse(await this.nextLine())
    if (!answer.success) throw new Error(unexpected(answer.error))
    if ('error' in answer.data) throw new Error(answer.data.error)
    return answer.data
  }

  /** Its input ends, and so does it. */
  async close(): Promise<void> {
    this.reader.close()
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = once(this.child, 'exit')
    this.child.stdin.end()
    const timer = setTimeout(() => this.child.kill('SIGKILL'), FAREWELL_MS)
    await ended
    clearTimeout(timer)
  }

  private async nextLine(): Promise<unknown> {
    const timer = setTimeout(() => {
      this.complaints += `\nIt did not answer for ${this.patience / 1000} seconds.`
      this.child.kill('SIGKILL')
    }, this.patience)
    try {
      const { value, done } = await this.lines.next()
      if (done === true) throw new Error(await this.lastWords())
      return JSON.parse(value)
    } finally {
      clearTimeout(timer)
    }
  }

  private async lastWords(): Promise<string> {
    // What it complained with may still be on its way.
    if (!this.child.stderr.readableEnded) await once(this.child.stderr, 'end')
    return this.complaints.trim().split('\n').at(-1) || 'The process ended without a word.'
  }
}

function unexpected(error: z.ZodError): string {
  return `The process answered something unexpected: ${z.prettifyError(error)}`
}
