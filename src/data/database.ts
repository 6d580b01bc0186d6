import { join } from 'node:path'
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance, DuckDBValue } from '@duckdb/node-api'
import { LaminaError, messageOf } from '../shared/errors'
import { duckdb } from './duckdb'
import { cancelled } from './progress'
import type { Scratch } from './scratch'

const THREADS = 2
/** Until somebody says how much there is. */
const DEFAULT_BYTES = 2 ** 30
const DATABASE_SHARE = 0.4
/** Rows that a vector has room for, however few there are, and bytes of all vectors of a column in a statement. */
const VECTOR_ROWS = 2048
const COLUMN_BYTES = 512 * 2 ** 10
/** Less than this and the database cannot even sort. */
const LEAST_DATABASE_BYTES = 128 * 2 ** 20

/** How often what is running is told to end, until it does: DuckDB forgets it when the statement has not begun yet. */
const INTERRUPT_AGAIN_MS = 5

/**
 * One in-memory database, opened when it is first needed. It downloads nothing and loads nothing. Statements run one after
 * the other, each to its end, so that ending one never ends another.
 */
export class Database {
  private opening: Promise<{ instance: DuckDBInstance; connection: DuckDBConnection }> | null = null
  private last: Promise<unknown> = Promise.resolve()
  private signal: AbortSignal | null = null

  private limit = DEFAULT_BYTES
  /** Bytes that the database counts though nothing ever stands there. */
  private untouched = 0
  private later: (() => Promise<void>) | null = null

  constructor(private readonly scratch: Scratch) {}

  /** @param bytes that this process may use from now on, as far as tables decide; more goes to temporary files */
  async limitMemory(bytes: number): Promise<void> {
    this.limit = bytes
    await this.applyLimit()
  }

  /**
   * Say how large the next table is. The database counts room for 2048 rows in every column of a statement against its
   * limit; of a table with thousands of columns and a few rows most of that is never touched, and takes no memory.
   */
  async expect(rows: number, columns: number): Promise<void> {
    const untouched = Math.max(0, 1 - rows / VECTOR_ROWS) * columns * COLUMN_BYTES
    if (untouched === this.untouched) return
    this.untouched = untouched
    await this.applyLimit()
  }

  /** How many bytes this process may use, as far as tables decide. */
  get memoryLimit(): number {
    return this.limit
  }

  /**
   * Have something done before the next statement that asks for anything, and not before: nobody may ask. Where that fails,
   * the statement does, and the next one tries again.
   * @param load may run statements, one after the other; null for nothing
   */
  defer(load: (() => Promise<void>) | null): void {
    this.later = load
  }

  private async doDeferred(): Promise<void> {
    const load = this.later
    if (load === null) return
    this.later = null
    try {
      await load()
    } catch (error) {
      this.later = load
      throw error
    }
  }

  /** Run a statement whose rows nobody wants. */
  async run(sql: string): Promise<void> {
    await this.doDeferred()
    await this.translated((connection) => connection.run(sql))
  }

  /**
   * Run a statement and ask for its progress ten times a second meanwhile.
   * @param onProgress must not throw
   * @param abandoned ends this statement, and nothing else
   */
  async runWithProgress(
    sql: string,
    onProgress: (fraction: number) => void,
    abandoned: AbortSignal | null = null
  ): Promise<void> {
    await this.doDeferred()
    await this.translated(async (connection, isWanted) => {
      const timer = setInterval(() => {
        const { percentage } = connection.progress
        if (percentage >= 0 && isWanted()) onProgress(percentage / 100)
      }, 100)
      try {
        await connection.run(sql)
      } finally {
        clearInterval(timer)
      }
    }, abandoned)
  }

  /**
   * All rows of a small result.
   * @param values what $1, $2, … stand for
   */
  async rows(sql: string, values: readonly DuckDBValue[] = []): Promise<DuckDBValue[][]> {
    await this.doDeferred()
    const reader = await this.translated((connection) => connection.runAndReadAll(sql, [...values]))
    return reader.getRows()
  }

  /** The rows of a large result as they come. Nothing else may run until they are all read. */
  async *chunks(sql: string): AsyncGenerator<DuckDBDataChunk> {
    await this.doDeferred()
    const result = await this.translated((connection) => connection.stream(sql))
    for (;;) {
      const chunk = await this.translated(() => result.fetchChunk())
      if (chunk === null || chunk.rowCount === 0) return
      yield chunk
    }
  }

  /** From now on refuse everything but `drop` once the signal is aborted, and end what is running then. */
  stopOn(signal: AbortSignal): void {
    this.signal = signal
  }

  /** @throws LaminaError `cancelled` once the signal is aborted: for work beside the database, between two pieces of it */
  check(): void {
    if (this.signal?.aborted === true) throw cancelled()
  }

  /** Remove tables that may be there and give back their memory, whether or not work is to stop. */
  async drop(...tables: readonly string[]): Promise<void> {
    if (this.opening === null) return
    for (const table of tables) await this.uninterrupted(`DROP TABLE IF EXISTS ${table}`)
  }

  async dispose(): Promise<void> {
    await this.last
    const opened = await this.opening
    this.opening = null
    opened?.connection.closeSync()
    opened?.instance.closeSync()
  }

  /** Less than half of the limit: the program needs memory, and a column or a few at a time are held outside the database. */
  private get databaseMegabytes(): number {
    const bytes = Math.max(LEAST_DATABASE_BYTES, DATABASE_SHARE * this.limit) + this.untouched
    return Math.round(bytes / 2 ** 20)
  }

  /** Each thread has vectors of its own, which do touch memory where there are thousands; few rows give work to one only. */
  private get threads(): number {
    return this.untouched > 0 ? 1 : THREADS
  }

  private async applyLimit(): Promise<void> {
    if (this.opening === null) return
    await this.uninterrupted(`SET memory_limit = '${this.databaseMegabytes}MiB'`)
    await this.uninterrupted(`SET threads = ${this.threads}`)
  }

  private async uninterrupted(sql: string): Promise<void> {
    await this.inTurn((connection) => connection.run(sql))
  }

  /** @param abandoned ends this statement, and nothing else */
  private translated<T>(
    use: (connection: DuckDBConnection, isWanted: () => boolean) => Promise<T>,
    abandoned: AbortSignal | null = null
  ): Promise<T> {
    // Whoever asks later may not be stopped by the same signal.
    const signals = [this.signal, abandoned].filter((signal) => signal !== null)
    const isWanted = (): boolean => signals.every(({ aborted }) => !aborted)
    return this.inTurn(async (connection) => {
      if (!isWanted()) throw cancelled()
      try {
        return await untilAborted(connection, signals, use(connection, isWanted))
      } catch (error) {
        throw isWanted() ? databaseError(error, this.limit) : cancelled()
      }
    })
  }

  /** Run a statement when those before it have come to their ends. */
  private inTurn<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const result = this.last.then(async () => use((await this.opened()).connection))
    this.last = result.catch(() => undefined)
    return result
  }

  private opened(): Promise<{ connection: DuckDBConnection }> {
    this.opening ??= this.open().catch((error: unknown) => {
      this.opening = null
      throw error
    })
    return this.opening
  }

  private async open(): Promise<{ instance: DuckDBInstance; connection: DuckDBConnection }> {
    const { api } = await duckdb()
    const instance = await api.DuckDBInstance.create(':memory:', {
      threads: String(this.threads),
      memory_limit: `${this.databaseMegabytes}MiB`,
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

/** Interrupt a statement that is under way when one of the signals is aborted. @returns what comes of the statement */
async function untilAborted<T>(
  connection: DuckDBConnection,
  signals: readonly AbortSignal[],
  statement: Promise<T>
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const interrupt = (): void => {
    connection.interrupt()
    timer ??= setInterval(() => connection.interrupt(), INTERRUPT_AGAIN_MS)
  }
  for (const signal of signals) signal.addEventListener('abort', interrupt)
  try {
    return await statement
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', interrupt)
    clearInterval(timer)
  }
}

/** What a person can do something about, in words for it; anything else as it is. */
export function databaseError(error: unknown, limit: number): unknown {
  const message = messageOf(error)
  if (message.startsWith('Out of Memory Error')) {
    const gigabytes = (limit / 2 ** 30).toFixed(1)
    return new LaminaError(
      'invalidData',
      `Reading the table may take ${gigabytes} GB of memory, which was not enough. Allow more, or use fewer rows or columns.`,
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
