import type { DialectOverrides } from '../../shared/table/dialect'
import type { Database } from '../database'
import { detectNumberMarks, storageOf } from './column-storage'
import type { NumberMarks } from './cell-kinds'
import { longestLine, type CsvPlan, type StoredColumn } from './csv-plan'
import { createTable, differenceOf, dropTable, planOf } from './load'
import type { Beginning, TableSource } from './source'

/**
 * DuckDB reads a large file while the scan still goes through it, on the guess that all of it is like its beginning.
 * The guess costs nothing but time when it is wrong: the table only stays when the scan of the whole file has led to
 * the same plan, and the same comparison as for any other table finds no difference.
 */
export class EarlyLoad {
  private plan: CsvPlan | null = null
  private loading: Promise<boolean> = Promise.resolve(false)
  private abandoned = new AbortController()
  private onProgress: (fraction: number) => void = () => undefined

  constructor(
    private readonly database: Database,
    private readonly table: string
  ) {}

  get begun(): boolean {
    return this.plan !== null
  }

  async begin(beginning: Beginning, overrides: DialectOverrides): Promise<void> {
    await this.abandon()
    this.plan = guess(beginning, overrides)
    this.abandoned = new AbortController()
    const onProgress = (fraction: number): void => this.onProgress(fraction)
    this.loading = createTable(this.database, this.table, this.plan, onProgress, this.abandoned.signal).then(
      () => true,
      // Whatever went wrong goes wrong again, and is told, when the file is read for certain.
      () => false
    )
  }

  /** The guess was wrong: stop reading. */
  async abandon(): Promise<void> {
    if (this.plan === null) return
    this.plan = null
    this.abandoned.abort()
    await this.loading
    await dropTable(this.database, this.table)
  }

  /** @returns whether the table stands, and is what `loadTable` would have made */
  async finish(
    source: TableSource,
    columns: readonly StoredColumn[],
    marks: NumberMarks,
    onProgress: (fraction: number) => void
  ): Promise<boolean> {
    const { plan } = this
    if (plan === null) return false
    this.onProgress = onProgress
    if (
      isSame(plan, planOf(source, columns, marks)) &&
      (await this.loading) &&
      (await differenceOf(this.database, this.table, source, columns, marks)) === null
    ) {
      this.plan = null
      return true
    }
    await this.abandon()
    return false
  }
}

function guess({ file, dialect, scan }: Beginning, overrides: DialectOverrides): CsvPlan {
  const { confidence: _confidence, ...marks } = detectNumberMarks(scan.columns, dialect.delimiter, overrides)
  return {
    path: file.path,
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    header: dialect.header,
    marks,
    columns: scan.columns.map((column) => {
      const storage = storageOf(column, marks)
      return { storage, gaps: storage === 'number' ? 'usual' : 'anyhow' }
    }),
    carriageReturns: scan.lineEnds.both > 0,
    quotedLineEnds: scan.quotedLineEnds,
    longestRow: scan.longestRow
  }
}

/** Whether a table read by a guess is the one that is wanted, as far as that can be told without looking at it. */
function isSame(guessed: CsvPlan, wanted: CsvPlan): boolean {
  return (
    guessed.path === wanted.path &&
    guessed.delimiter === wanted.delimiter &&
    guessed.quote === wanted.quote &&
    guessed.header === wanted.header &&
    guessed.marks.decimalMark === wanted.marks.decimalMark &&
    guessed.marks.thousandsMark === wanted.marks.thousandsMark &&
    guessed.carriageReturns === wanted.carriageReturns &&
    (guessed.quotedLineEnds || !wanted.quotedLineEnds) &&
    wanted.longestRow < longestLine(guessed) &&
    guessed.columns.length === wanted.columns.length &&
    guessed.columns.every(({ storage }, index) => storage === wanted.columns[index]?.storage)
  )
}
