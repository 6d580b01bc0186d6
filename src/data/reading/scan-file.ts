import type { Dialect } from '../../shared/table/dialect'
import { tablesAddon, type AddonColumns, type AddonStretch } from '../native-addon'
import { eachChunkAhead } from './file'
import { NativeScan, type KeptColumns } from './native-scan'
import { TableScanner, type Scan } from './scan'

export interface ScannedFile {
  readonly scan: Scan
  /** The file holds bytes that are zero. */
  readonly zeroBytes: boolean
  /** What was to be kept of the columns, where all rows fit and there is a native reader. */
  readonly columns: AddonColumns | null
}

/** How the table in a file is written, as far as the scan has to know. */
export interface ScannedFormat extends Pick<Dialect, 'delimiter' | 'quote' | 'header'> {
  readonly columns: number
}

/** Scans a file chunk by chunk; several chunks may be under way at a time. */
interface ChunkScanner {
  readonly rowsSoFar: number
  /** Begin with a chunk further down. */
  ahead(chunk: Uint8Array, byte: number): Promise<AddonStretch | null>
  /** Go on through the chunk that comes next. */
  take(chunk: Uint8Array, stretch: AddonStretch | null): void
  end(): { readonly scan: Scan; readonly columns: AddonColumns | null }
  /** Give back what is held, whether or not it has ended. */
  dispose(): void
}

/** The scan in TypeScript, where there is no compiler. */
class ReferenceScan implements ChunkScanner {
  constructor(private readonly scanner: TableScanner) {}
  get rowsSoFar(): number {
    return this.scanner.rowsSoFar
  }
  ahead(): Promise<null> {
    return Promise.resolve(null)
  }
  take(chunk: Uint8Array): void {
    this.scanner.push(chunk)
  }
  end(): { scan: Scan; columns: null } {
    return { scan: this.scanner.end(), columns: null }
  }
  dispose(): void {
    // The collector does that.
  }
}

/** Scan a table whose bytes are at hand. @param from where it begins, as in `scanFile` */
export function scanBytes(bytes: Uint8Array, format: ScannedFormat, from: { byte: number; line: number }): Scan {
  const scanner = scannerOf(format, from, null)
  try {
    scanner.take(bytes, null)
    return scanner.end().scan
  } finally {
    scanner.dispose()
  }
}

function scannerOf(
  format: ScannedFormat,
  from: { readonly byte: number; readonly line: number },
  kept: KeptColumns | null
): ChunkScanner {
  const addon = tablesAddon()
  return addon === null
    ? new ReferenceScan(new TableScanner(format, format.columns, from))
    : new NativeScan(addon, format, format.columns, from, kept)
}

/**
 * Scan all of a file.
 * @param from byte and line where the table begins
 * @param kept what is to be kept of the columns, or null
 * @param also what else is done with every chunk of the file, from its very start, and the rows before it; may throw
 */
export async function scanFile(
  path: string,
  format: ScannedFormat,
  from: { readonly byte: number; readonly line: number },
  kept: KeptColumns | null,
  also: (chunk: Buffer, rows: number) => void = () => undefined
): Promise<ScannedFile> {
  const scanner = scannerOf(format, from, kept)
  let zeroBytes = false
  const ofTable = (chunk: Buffer, byte: number): Buffer =>
    chunk.subarray(Math.min(chunk.length, Math.max(0, from.byte - byte)))
  try {
    await eachChunkAhead(
      path,
      (chunk, byte) => {
        const rest = ofTable(chunk, byte)
        return scanner.ahead(rest, byte + chunk.length - rest.length)
      },
      (chunk, byte, stretch) => {
        also(chunk, scanner.rowsSoFar)
        zeroBytes ||= chunk.includes(0)
        scanner.take(ofTable(chunk, byte), stretch)
      }
    )
    return { ...scanner.end(), zeroBytes }
  } finally {
    scanner.dispose()
  }
}
