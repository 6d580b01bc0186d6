import type { Dialect } from '../../shared/dataset'
import { writeScratchFile } from '../scratch'
import { eachChunk } from './file'

export interface Normalization {
  /** Where the table starts in the source, in bytes. */
  readonly from: number
  /** A blank line is a row without a value where there is only one column. */
  readonly keepBlankLines: boolean
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const TAB = 0x09

/**
 * Copy a UTF-8 table so that DuckDB reads it as it is meant: every row ends with a line feed, blank lines and spaces
 * around quoted cells are gone, and nothing stands before the first row. What is inside quotes is left alone. The
 * source must have passed the scan.
 */
export async function normalizeTable(
  source: string,
  target: string,
  dialect: Pick<Dialect, 'delimiter' | 'quote'>,
  options: Normalization
): Promise<void> {
  const normalizer = new Normalizer(dialect, options.keepBlankLines)
  await writeScratchFile(target, async (output) => {
    await eachChunk(source, options.from, (chunk) => output.appendFile(normalizer.push(chunk)))
  })
}

/** Where in a cell the copy stands. `start`: nothing but spaces so far. */
type Place = 'start' | 'unquoted' | 'quoted' | 'closed'

class Normalizer {
  private readonly delimiter: number
  private readonly quote: number
  private place: Place = 'start'
  private firstCell = true
  /** Spaces at the start of a cell, held back until it is known what follows them. */
  private held: number[] = []
  private afterReturn = false

  constructor(
    dialect: Pick<Dialect, 'delimiter' | 'quote'>,
    private readonly keepBlankLines: boolean
  ) {
    this.delimiter = dialect.delimiter.charCodeAt(0)
    this.quote = dialect.quote === '' ? -1 : dialect.quote.charCodeAt(0)
  }

  push(bytes: Uint8Array): Buffer {
    const out = Buffer.allocUnsafe(bytes.length + this.held.length)
    let length = 0
    const release = (): void => {
      for (const space of this.held) out[length++] = space
      this.held = []
    }
    for (const byte of bytes) {
      if (this.place === 'quoted') {
        if (byte === this.quote) this.place = 'closed'
        out[length++] = byte
        continue
      }
      const secondHalf = byte === LINE_FEED && this.afterReturn
      this.afterReturn = byte === CARRIAGE_RETURN
      if (secondHalf) continue
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        const blank = this.firstCell && this.place === 'start'
        if (!blank) release()
        this.held = []
        if (!blank || this.keepBlankLines) out[length++] = LINE_FEED
        this.place = 'start'
        this.firstCell = true
      } else if (byte === this.delimiter) {
        release()
        out[length++] = byte
        this.place = 'start'
        this.firstCell = false
      } else if (
        byte === this.quote &&
        (this.place === 'closed' || (this.place === 'start' && !this.held.includes(TAB)))
      ) {
        // Spaces before a quoted cell are dropped; a second quote is a doubled one.
        this.held = []
        out[length++] = byte
        this.place = 'quoted'
      } else if (this.place === 'start' && (byte === SPACE || byte === TAB)) {
        this.held.push(byte)
      } else if (this.place !== 'closed') {
        release()
        out[length++] = byte
        this.place = 'unquoted'
      }
      // What is left are spaces after a closing quote: dropped.
    }
    return out.subarray(0, length)
  }
}
