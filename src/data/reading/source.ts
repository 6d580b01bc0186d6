import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { LaminaError } from '../../shared/errors'
import type { Dialect, DialectOverrides } from '../../shared/dataset'
import { writeScratchFile, type Scratch } from '../scratch'
import { columnNames } from './column-names'
import { detectDialect, type DetectedDialect } from './dialect'
import { detectEncoding, Transcoder, Utf8Check, zeroByteError, type Encoding, type Utf8Verdict } from './encoding'
import { checkUnchanged, eachChunk, readRange, stampOf, type FileStamp } from './file'
import { malformedError } from './malformed'
import { normalizeTable } from './normalize'
import { TableScanner, type Scan } from './scan'

/** How much of a file is looked at to find out how it is written. */
const SAMPLE_BYTES = 1 << 20
const MAX_COLUMNS = 10_000
/** A row is held in memory several times while it is read. */
const MAX_ROW_BYTES = 64 << 20

/** A UTF-8 file with a table in it: the original, or a copy in the scratch folder. */
export interface Utf8File {
  readonly path: string
  /** How many bytes come before the table. */
  readonly from: number
  readonly temporary: boolean
}

/** A delimited file every row of which is known to be sound. */
export interface TableSource {
  readonly stamp: FileStamp
  readonly name: string
  readonly sha256: string
  readonly file: Utf8File
  readonly encoding: Encoding
  readonly delimiter: Dialect['delimiter']
  readonly quote: Dialect['quote']
  readonly header: boolean
  readonly names: readonly string[]
  readonly scan: Scan
  readonly notes: readonly string[]
}

/**
 * Find out how a file is written, and check all of it.
 * @param onProgress share of the bytes read
 * @throws LaminaError when the file is missing, unreadable, not text, empty, or has a single malformed row
 */
export async function openSource(
  path: string,
  overrides: DialectOverrides,
  scratch: Scratch,
  onProgress: (fraction: number) => void
): Promise<TableSource> {
  const stamp = await stampOf(path)
  const opening = new Opening(path, stamp.bytes, overrides, scratch, onProgress)
  try {
    const { text, encoding, sha256 } = await opening.asUtf8()
    const { dialect } = text
    checkStructure(path, text)
    const { file, scan } = await opening.normalized(text)
    await checkUnchanged(stamp)
    const { names, notes } = columnNames(dialect.header ? dialect.first : null, dialect.columns)
    return {
      stamp,
      name: basename(path),
      sha256,
      file,
      encoding,
      delimiter: dialect.delimiter,
      quote: dialect.quote,
      header: dialect.header,
      names,
      scan,
      notes: [
        ...(encoding === 'utf-8' ? [] : [`The file is read as ${encoding}.`]),
        ...notes,
        ...structureNotes(text.scan)
      ]
    }
  } catch (error) {
    await opening.removeCopies()
    throw error
  }
}

/** A file as it was found, before anything was decided about it. */
interface ScannedText {
  readonly file: Utf8File
  readonly dialect: DetectedDialect
  readonly scan: Scan
}

class Opening {
  private readonly name: string
  private readonly copies: string[] = []

  constructor(
    private readonly path: string,
    private readonly bytes: number,
    private readonly overrides: DialectOverrides,
    private readonly scratch: Scratch,
    private readonly onProgress: (fraction: number) => void
  ) {
    this.name = basename(path)
  }

  /** The table as UTF-8, scanned; re-encoded only when it must be. */
  async asUtf8(): Promise<{ text: ScannedText; encoding: Encoding; sha256: string }> {
    const start = await readRange(this.path, 0, SAMPLE_BYTES)
    if (start.length === 0) throw emptyError(this.path)
    const { encoding, mark } = detectEncoding(start, this.name, this.overrides.encoding)
    if (encoding !== 'utf-8') return this.transcoded(encoding, mark)
    const file: Utf8File = { path: this.path, from: mark, temporary: false }
    const hash = createHash('sha256')
    const check = new Utf8Check()
    const text = await this.scanned(file, (chunk) => {
      hash.update(chunk)
      check.push(chunk)
    })
    const verdict = check.end()
    if (verdict.valid) return { text, encoding, sha256: hash.digest('hex') }
    if (this.overrides.encoding === 'utf-8' || verdict.afterMultibyte) throw await damagedError(this.path, verdict)
    return this.transcoded('windows-1252', 0)
  }

  /** A copy whose rows all end alike and between which nothing stands, when the file is not like that itself. */
  async normalized(text: ScannedText): Promise<{ file: Utf8File; scan: Scan }> {
    const { scan, dialect, file } = text
    if (!needsNormalization(text)) return { file, scan }
    const copy: Utf8File = { path: this.copy(), from: 0, temporary: true }
    await normalizeTable(file.path, copy.path, dialect, { from: scan.firstByte, keepBlankLines: dialect.columns === 1 })
    const again = await scanFile(copy, { ...dialect, skip: { bytes: 0, lines: 0 } }, this.name)
    if (file.temporary) await rm(file.path, { force: true })
    return { file: copy, scan: again }
  }

  async removeCopies(): Promise<void> {
    for (const copy of this.copies) await rm(copy, { force: true })
  }

  private copy(): string {
    const path = this.scratch.path('.csv')
    this.copies.push(path)
    return path
  }

  private async transcoded(
    encoding: Encoding,
    mark: number
  ): Promise<{ text: ScannedText; encoding: Encoding; sha256: string }> {
    const copy: Utf8File = { path: this.copy(), from: 0, temporary: true }
    const transcoder = new Transcoder(encoding, this.name)
    const hash = createHash('sha256')
    await writeScratchFile(copy.path, async (output) => {
      let skip = mark
      await eachChunk(this.path, 0, async (chunk) => {
        hash.update(chunk)
        await output.appendFile(transcoder.push(chunk.subarray(skip)))
        skip = 0
      })
      await output.appendFile(transcoder.end())
    })
    return { text: await this.scanned(copy), encoding, sha256: hash.digest('hex') }
  }

  /** @param also what else is done with every chunk of the file */
  private async scanned(file: Utf8File, also?: (chunk: Buffer) => void): Promise<ScannedText> {
    const start = (await readRange(file.path, 0, SAMPLE_BYTES)).subarray(file.from)
    const whole = start.length < SAMPLE_BYTES - file.from
    const dialect = detectDialect(new TextDecoder().decode(start), whole, this.overrides)
    if (dialect === null) throw emptyError(this.path)
    if (dialect.columns > MAX_COLUMNS) {
      throw new LaminaError(
        'invalidData',
        `"${this.name}" has ${dialect.columns} columns; at most ${MAX_COLUMNS} can be read.`,
        {
          file: this.path,
          columns: dialect.columns
        }
      )
    }
    let done = 0
    const scan = await scanFile(file, dialect, this.name, (chunk) => {
      also?.(chunk)
      done += chunk.length
      this.onProgress(done / Math.max(1, this.bytes))
    })
    return { file, dialect, scan }
  }
}

/** @param also what else is done with every chunk of the file, from its very start */
async function scanFile(
  file: Utf8File,
  dialect: DetectedDialect,
  name: string,
  also?: (chunk: Buffer) => void
): Promise<Scan> {
  const from = file.from + dialect.skip.bytes
  const scanner = new TableScanner(dialect, dialect.columns, { byte: from, line: 1 + dialect.skip.lines })
  let position = 0
  await eachChunk(file.path, 0, (chunk) => {
    also?.(chunk)
    if (chunk.includes(0))
      throw zeroByteError(name, scanner.currentLine + lineFeeds(chunk.subarray(0, chunk.indexOf(0))))
    scanner.push(chunk.subarray(Math.min(chunk.length, Math.max(0, from - position))))
    position += chunk.length
  })
  return scanner.end()
}

function lineFeeds(bytes: Uint8Array): number {
  let count = 0
  for (const byte of bytes) if (byte === 0x0a) count += 1
  return count
}

function needsNormalization({ scan, dialect, file }: ScannedText): boolean {
  const { lineFeed, both, carriageReturn } = scan.lineEnds
  // DuckDB takes the first line end it meets for that of the rows, even when it stands inside quotes.
  const misleadingLineEnds = carriageReturn > 0 || (both > 0 && (lineFeed > 0 || scan.quotedLineEnds))
  const misplaced = dialect.skip.bytes > 0 || scan.firstByte > file.from
  return misleadingLineEnds || misplaced || scan.spacedBlankLines || scan.paddedQuotes
}

function checkStructure(path: string, { scan, dialect }: ScannedText): void {
  const name = basename(path)
  if (scan.malformedCount > 0) throw malformedError(path, scan, dialect.columns, dialect)
  if (scan.longestRow > MAX_ROW_BYTES) {
    throw new LaminaError(
      'invalidData',
      `"${name}", line ${scan.longestRowLine}: the row is ${Math.round(scan.longestRow / 2 ** 20)} MB long; at most ${MAX_ROW_BYTES / 2 ** 20} MB can be read. Is a quote missing?`,
      { file: path, line: scan.longestRowLine }
    )
  }
  if (scan.rows === 0) {
    throw new LaminaError(
      'invalidData',
      `"${name}" has a header but no rows below it. Add at least one row; if its first line is data, choose "no header".`,
      { file: path }
    )
  }
}

function structureNotes(scan: Scan): string[] {
  const notes: string[] = []
  if (scan.blankLines > 0)
    notes.push(scan.blankLines === 1 ? 'One blank line was skipped.' : `${scan.blankLines} blank lines were skipped.`)
  return notes
}

function emptyError(path: string): LaminaError {
  return new LaminaError(
    'invalidData',
    `"${basename(path)}" is empty: it has neither a header nor rows. Choose another file.`,
    { file: path }
  )
}

async function damagedError(path: string, verdict: Extract<Utf8Verdict, { valid: false }>): Promise<LaminaError> {
  let line = 1
  let position = 0
  await eachChunk(path, 0, (chunk) => {
    line += lineFeeds(chunk.subarray(0, Math.max(0, Math.min(chunk.length, verdict.byte - position))))
    position += chunk.length
  })
  return new LaminaError(
    'invalidData',
    `"${basename(path)}", line ${line}: a byte is not valid UTF-8${verdict.afterMultibyte ? ', although the text before it is' : ''}. Save the file as UTF-8 again, or choose the encoding it is written in, for example windows-1252.`,
    { file: path, line, byte: verdict.byte }
  )
}
