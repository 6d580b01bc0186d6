import type { Dialect } from '../../shared/table/dialect'
import type { AddonColumns, AddonScanner, AddonStretch, TablesAddon } from '../native-addon'
import { cellKinds, type CellKind, type NumberMarks } from './cell-kinds'
import type { Storage } from './csv-plan'
import type { Scan } from './scan'
import { buildScanTable } from './scan-table'

/** What is kept of the cells while they are scanned: every column as a guess has it. */
export interface KeptColumns {
  readonly marks: NumberMarks
  readonly storage: readonly Storage[]
}

/** The scan of `TableScanner` in C++, by the same table of states. */
export class NativeScan {
  private readonly scanner: AddonScanner

  /** @param kept null when the values of the cells are not wanted */
  constructor(
    addon: TablesAddon,
    dialect: Pick<Dialect, 'delimiter' | 'quote' | 'header'>,
    expected: number,
    from: { readonly byte: number; readonly line: number },
    kept: KeptColumns | null
  ) {
    const decimalMark = kept?.marks.decimalMark ?? '.'
    this.scanner = new addon.Scanner({
      ...buildScanTable(dialect),
      delimiter: dialect.delimiter.charCodeAt(0),
      quote: dialect.quote === '' ? null : dialect.quote.charCodeAt(0),
      plainNumber: indexOf('plainNumber'),
      markNumber: indexOf(decimalMark === ',' ? 'commaNumber' : 'pointNumber'),
      markGroup: indexOf(decimalMark === ',' ? 'commaGroup' : 'pointGroup'),
      decimalMark: decimalMark.charCodeAt(0),
      expected,
      header: dialect.header,
      byte: from.byte,
      line: from.line,
      storage: kept === null ? null : storageCodes(kept)
    })
  }

  get rowsSoFar(): number {
    return this.scanner.rows()
  }

  /**
   * Begin with a chunk further down, on another thread.
   * @param chunk stays as it is until it is taken
   * @param byte where it is in the file
   */
  ahead(chunk: Uint8Array, byte: number): Promise<AddonStretch | null> {
    return this.scanner.ahead(chunk, byte)
  }

  /** @param stretch what `ahead` made of the chunk, or null */
  take(chunk: Uint8Array, stretch: AddonStretch | null): void {
    this.scanner.take(chunk, stretch)
  }

  /** @returns also the columns, unless nothing was to be kept, or rows do not fit */
  end(): { readonly scan: Scan; readonly columns: AddonColumns | null } {
    const { scan, columns } = this.scanner.end()
    const landmarks = Array.from({ length: scan.landmarks.length / 2 }, (_, index) => ({
      row: scan.landmarks[2 * index] ?? 0,
      byte: scan.landmarks[2 * index + 1] ?? 0
    }))
    return { scan: { ...scan, landmarks }, columns }
  }

  /** Give back the memory of a scan that does not come to its end. */
  dispose(): void {
    this.scanner.dispose()
  }
}

const indexOf = (kind: CellKind): number => cellKinds.indexOf(kind)

/** Numbers with thousands set apart are left to the database. */
function storageCodes({ marks, storage }: KeptColumns): Uint8Array {
  return Uint8Array.from(storage, (kind) => (kind === 'text' ? 2 : marks.thousandsMark === '' ? 1 : 0))
}
