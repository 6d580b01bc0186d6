import { totalmem } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance, type DuckDBConnection, type DuckDBDataChunk, type DuckDBValue } from '@duckdb/node-api'
import { LaminaError, messageOf } from '../shared/errors'
import type { Scratch } from './scratch'

const THREADS = 2
const MIN_MEMORY_BYTES = 1 << 30

/** One in-memory database, opened when it is first needed. It downloads nothing and loads nothing. */
export class Database {
  private opening: Promise<{ instance: DuckDBInstance; connection: DuckDBConnection }> | null = null

  constructor(private readonly scratch: Scratch) {}

  /** Run a statement whose rows nobody wants. */
  async run(sql: string): Promise<void> {
    await this.translated((connection) => connection.run(sql))
  }

  /** Run a statement and ask for its progress ten times a second meanwhile. */
  async runWithProgress(sql: string, onProgress: (fraction: number) => void): Promise<void> {
    await this.translated(async (connection) => {
      const timer = setInterval(() => {
        const { percentage } = connection.progress
        if (percentage >= 0) onProgress(percentage / 100)
      }, 100)
      try {
        await connection.run(sql)
      } finally {
        clearInterval(timer)
      }
    })
  }

  /**
   * All rows of a small result.
   * @param values what $1, $2, … stand for
   */
  async rows(sql: string, values: readonly DuckDBValue[] = []): Promise<DuckDBValue[][]> {
    const reader = await this.translated((connection) => connection.runAndReadAll(sql, [...values]))
    return reader.getRows()
  }

  /** The rows of a large result as they come. Nothing else may run until they are all read. */
  async *chunks(sql: string): AsyncGenerator<DuckDBDataChunk> {
    const result = await this.translated((connection) => connection.stream(sql))
    for (;;) {
      const chunk = await this.translated(() => result.fetchChunk())
      if (chunk === null || chunk.rowCount === 0) return
      yield chunk
    }
  }

  async dispose(): Promise<void> {
    const opened = await this.opening
    this.opening = null
    opened?.connection.closeSync()
    opened?.instance.closeSync()
  }

  private async translated<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    this.opening ??= this.open()
    const { connection } = await this.opening
    try {
      return await use(connection)
    } catch (error) {
      throw databaseError(error)
    }
  }

  private async open(): Promise<{ instance: DuckDBInstance; connection: DuckDBConnection }> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(THREADS),
      memory_limit: `${Math.round(memoryLimit() / 2 ** 20)}MiB`,
      temp_directory: join(this.scratch.folder, 'spill'),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      preserve_insertion_order: 'true'
    })
    const connection = await instance.connect()
    // Progress is only counted when a bar is asked for, and a bar must never be drawn.
    await connection.run('SET enable_progress_bar = true')
    await connection.run('SET enable_progress_bar_print = false')
    return { instance, connection }
  }
}

/** What a person can do something about, in words for it; anything else as it is. */
export function databaseError(error: unknown): unknown {
  const message = messageOf(error)
  if (message.startsWith('Out of Memory Error')) {
    const gigabytes = (memoryLimit() / 2 ** 30).toFixed(1)
    return new LaminaError(
      'invalidData',
      `The table is too large for this computer: reading it may take ${gigabytes} GB of memory, which was not enough. Close other programs, or use fewer rows or columns.`,
      {},
      error
    )
  }
  if (message.startsWith('IO Error') && /No space left|not enough space/i.test(message)) {
    return new LaminaError(
      'writeFailed',
      'The disk has no room for the temporary files of a table this large. Free some space.',
      {},
      error
    )
  }
  return error
}

/** Half of what this process may use: the rest is for the training worker and everybody else. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory()
  const available = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
  return Math.max(MIN_MEMORY_BYTES, available / 2)
}
