import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { LaminaError } from '../../shared/errors'
import type { Dialect, DialectOverrides } from '../../shared/table/dialect'
import { writeScratchFile, type ScratchCopies } from '../scratch'
import { detectRowEnd, rowEndOf, type RowEnd } from './detect/row-ends'
import { MixedDecoder } from './decoders'
import { detectEncoding, isHardlyWestern, type DetectedEncoding, type Encoding } from './encoding'
import { eachChunk, hashFile, readRange } from './file'
import { originalBytes, type OriginalBytes } from './original-bytes'
import { formatOf, refuseOtherText, type TableFormat } from './formats'
import { isGzip, unpack } from './gzip'
import { Transcoder } from './transcoder'
import { Utf8Check, type Utf8Verdict } from './utf8'

/** How much of a file is looked at to find out its encoding. */
const SAMPLE_BYTES = 1 << 20

/** A UTF-8 file with a table in it: the original, or a copy in the scratch folder. */
export interface Utf8File {
  readonly path: string
  /** How many bytes come before the table. */
  readonly from: number
  readonly temporary: boolean
  /** What the table was kept in before it became this file; other formats become RFC 4180 with a header. */
  readonly format: TableFormat
  /** Of the original, where it is not with line ends; in this file it is with a carriage return and a line feed then. */
  readonly rowEnd: RowEnd | null
  /** What bytes of this file stand for in the original, unpacked; null where that cannot be told. */
  readonly original: OriginalBytes | null
}

/** Writes a file of another format as CSV, to a path where nothing is yet. */
export type Converter = (format: Exclude<TableFormat, 'text'>, source: string, target: string) => Promise<void>

export interface Utf8Text<T> {
  readonly scanned: T
  readonly compression: Dialect['compression']
  readonly encoding: Encoding
  readonly encodingConfidence: number
  /** Of the original's bytes. */
  readonly sha256: string
  /** What is said of its bytes. */
  readonly notes: readonly string[]
}

/** Looks at all of a file. @param also is called with every chunk of it, from its very start */
type Scanning<T> = (file: Utf8File, also?: (chunk: Buffer) => void) => Promise<T>

/** Makes UTF-8 of a file: unpacks and re-encodes it, into copies in the scratch folder, only when it must be. */
export class TextFiles {
  private readonly name: string

  constructor(
    private readonly path: string,
    private readonly copies: ScratchCopies,
    private readonly tools: { readonly convert: Converter; check(): void }
  ) {
    this.name = basename(path)
  }

  async asUtf8<T>(overrides: DialectOverrides, scan: Scanning<T>): Promise<Utf8Text<T>> {
    const first = await readRange(this.path, 0, SAMPLE_BYTES)
    const compression = overrides.compression ?? (isGzip(first) ? 'gzip' : 'none')
    if (compression === 'none') return this.ofAnyFormat(this.path, overrides, scan, null)
    const unpacked = this.copies.path()
    const sha256 = await unpack(this.path, unpacked, () => this.tools.check())
    const text = await this.ofAnyFormat(unpacked, overrides, scan, sha256)
    return { ...text, compression }
  }

  private hash(path: string): Promise<string> {
    return hashFile(path, () => this.tools.check())
  }

  async remove(file: Utf8File): Promise<void> {
    if (file.temporary) await rm(file.path, { force: true })
  }

  /** A copy that another one was made of is not needed any more. */
  private async removeStep(path: string): Promise<void> {
    if (path !== this.path) await rm(path, { force: true })
  }

  /** @param known the original's hash, where `path` is not the original */
  private async ofAnyFormat<T>(
    path: string,
    overrides: DialectOverrides,
    scan: Scanning<T>,
    known: string | null
  ): Promise<Utf8Text<T>> {
    // Who says what stands between the cells means text, whatever it looks like.
    const start = overrides.delimiter === undefined ? await readRange(path, 0, SAMPLE_BYTES) : null
    const format = start === null ? 'text' : formatOf(start)
    if (start !== null && format === 'text') refuseOtherText(start, this.name)
    if (format === 'text') return this.encoded(path, overrides, scan, known)
    const copy: Utf8File = { path: this.copies.path(), from: 0, temporary: true, format, rowEnd: null, original: null }
    await this.tools.convert(format, path, copy.path)
    const sha256 = known ?? (await this.hash(path))
    await this.removeStep(path)
    const scanned = await scan(copy)
    return { scanned, compression: 'none', encoding: 'utf-8', encodingConfidence: 1, sha256, notes: [] }
  }

  /** @param known the original's hash, where `path` is not the original */
  private async encoded<T>(
    path: string,
    overrides: DialectOverrides,
    scan: Scanning<T>,
    known: string | null
  ): Promise<Utf8Text<T>> {
    const temporary = known !== null
    const start = await readRange(path, 0, SAMPLE_BYTES)
    if (start.length === 0) throw emptyError(this.path)
    const { encoding, mark, confidence } = detectEncoding(start, this.name, overrides.encoding)
    const startsValid = startsAsUtf8(start)
    if (encoding !== 'utf-8' || (startsValid && rowEndIn(start.toString(), overrides)))
      return this.transcoded(path, { encoding, confidence, mark }, overrides, scan, known)
    if (!startsValid && overrides.encoding === undefined) return this.notUtf8(path, mark, overrides, scan, known)
    const hash = createHash('sha256')
    const check = new Utf8Check()
    const original = originalBytes(encoding, mark)
    const scanned = await scan({ path, from: mark, temporary, format: 'text', rowEnd: null, original }, (chunk) => {
      if (known === null) hash.update(chunk)
      check.push(chunk)
    })
    const verdict = check.end()
    const sha256 = known ?? hash.digest('hex')
    if (verdict.valid)
      return { scanned, compression: 'none', encoding, encodingConfidence: confidence, sha256, notes: [] }
    if (overrides.encoding === 'utf-8') throw await damagedError(this.path, path, verdict)
    return this.notUtf8(path, mark, overrides, scan, sha256)
  }

  /** @param mark bytes of a byte order mark */
  private async notUtf8<T>(
    path: string,
    mark: number,
    overrides: DialectOverrides,
    scan: Scanning<T>,
    known: string | null
  ): Promise<Utf8Text<T>> {
    const strays = await this.straysIn(path)
    // Text in UTF-8 with a few bytes in it that are none; where most are none, it is no UTF-8.
    if (strays.multibyte >= strays.count) {
      const mixed: DetectedEncoding = { encoding: 'utf-8', confidence: MIXED, mark }
      return this.transcoded(path, mixed, overrides, scan, known, strays)
    }
    return this.transcoded(path, { encoding: 'windows-1252', confidence: 0.8, mark }, overrides, scan, known)
  }

  private async transcoded<T>(
    path: string,
    { encoding, confidence, mark }: DetectedEncoding,
    overrides: DialectOverrides,
    scan: Scanning<T>,
    known: string | null,
    strays?: Strays
  ): Promise<Utf8Text<T>> {
    const start = (await readRange(path, 0, SAMPLE_BYTES)).subarray(mark)
    const transcoderFor = (end: RowEnd | null): Transcoder =>
      new Transcoder(encoding, this.name, end, strays === undefined ? undefined : new MixedDecoder())
    const rowEnd = rowEndIn(transcoderFor(null).push(start).toString(), overrides)
    // Ends of rows that became line ends can not be told from those that were some, nor bytes that became characters.
    const original = rowEnd === null && strays === undefined ? originalBytes(encoding, mark) : null
    const copy: Utf8File = { path: this.copies.path(), from: 0, temporary: true, format: 'text', rowEnd, original }
    const transcoder = transcoderFor(rowEnd)
    await writeScratchFile(copy.path, async (output) => {
      let skip = mark
      await eachChunk(path, 0, async (chunk) => {
        this.tools.check()
        await output.appendFile(transcoder.push(chunk.subarray(skip)))
        skip = 0
      })
      await output.appendFile(transcoder.end())
    })
    const sha256 = known ?? (await this.hash(path))
    await this.removeStep(path)
    const scanned = await scan(copy)
    const doubtful = encoding === 'windows-1252' && overrides.encoding === undefined && isHardlyWestern(start)
    const encodingConfidence = doubtful ? DOUBTFUL : confidence
    const notes = [...(strays === undefined ? [] : [strayNote(strays)]), ...(doubtful ? [DOUBTFUL_NOTE] : [])]
    return { scanned, compression: 'none', encoding, encodingConfidence, sha256, notes }
  }

  private async straysIn(path: string): Promise<Strays> {
    const decoder = new MixedDecoder()
    await eachChunk(path, 0, (chunk) => {
      this.tools.check()
      decoder.push(chunk)
    })
    decoder.end()
    return { count: decoder.strays, line: decoder.firstLine, multibyte: decoder.multibyte }
  }
}

/** How sure one is of UTF-8 where some bytes are none, and of windows-1252 where the text looks like another. */
const MIXED = 0.7
const DOUBTFUL = 0.3
const DOUBTFUL_NOTE =
  'Letters beyond ASCII stand in runs, as in Cyrillic, Greek or East Asian text, which is only read as UTF-8 or UTF-16: if words look wrong, save the file as UTF-8.'

/** Bytes of a text in UTF-8 that are none, the line of the first, and how many characters beyond ASCII are valid. */
interface Strays {
  readonly count: number
  readonly line: number
  readonly multibyte: number
}

function strayNote({ count, line }: Strays): string {
  const bytes = count === 1 ? `A byte on line ${line} is` : `${count} bytes are`
  const first = count === 1 ? '' : `, the first on line ${line}`
  return `${bytes} not valid UTF-8${first}: read as windows-1252.`
}

/** How rows end in a text that begins so, where that is not with line ends. */
function rowEndIn(start: string, { delimiter, lineEnd }: DialectOverrides): RowEnd | null {
  return lineEnd === undefined ? detectRowEnd(start, delimiter) : rowEndOf(lineEnd)
}

function startsAsUtf8(start: Uint8Array): boolean {
  const check = new Utf8Check()
  check.push(start)
  return check.verdict.valid
}

/** For a file without a character of data. */
export function emptyError(path: string): LaminaError {
  return new LaminaError(
    'invalidData',
    `"${basename(path)}" is empty: it has neither a header nor rows. Choose another file.`,
    { file: path, empty: true }
  )
}

/** @param path the original @param text what was looked at, which is another file when it was unpacked */
async function damagedError(
  path: string,
  text: string,
  verdict: Extract<Utf8Verdict, { valid: false }>
): Promise<LaminaError> {
  let line = 1
  let position = 0
  await eachChunk(text, 0, (chunk) => {
    const before = chunk.subarray(0, Math.max(0, Math.min(chunk.length, verdict.byte - position)))
    for (const byte of before) if (byte === 0x0a) line += 1
    position += chunk.length
  })
  return new LaminaError(
    'invalidData',
    `"${basename(path)}", line ${line}: a byte is not valid UTF-8. Save the file as UTF-8 again, or choose the encoding it is written in, for example windows-1252.`,
    { file: path, line, byte: verdict.byte }
  )
}
