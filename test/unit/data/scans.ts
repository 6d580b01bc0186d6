import { describe } from 'vitest'
import { tablesAddon } from '../../../src/data/native-addon'
import { NativeScan } from '../../../src/data/reading/native-scan'
import { TableScanner, type Scan } from '../../../src/data/reading/scan'
import type { Dialect } from '../../../src/shared/table/dialect'

/** A scan of bytes that arrive in chunks of so many. */
export type ScanOf = (
  bytes: Buffer,
  dialect: Pick<Dialect, 'delimiter' | 'quote' | 'header'>,
  columns: number,
  chunk: number
) => Promise<Scan>

export function chunksOf(bytes: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += Math.min(size, bytes.length))
    chunks.push(bytes.subarray(at, Math.min(bytes.length, at + size)))
  return chunks
}

const start = { byte: 0, line: 1 }

export const referenceScan: ScanOf = (bytes, dialect, columns, chunk) => {
  const scanner = new TableScanner(dialect, columns, start)
  for (const part of chunksOf(bytes, chunk)) scanner.push(part)
  return Promise.resolve(scanner.end())
}

/** The native reader, which every machine with a compiler has. */
export const addon = tablesAddon()

/** @param ahead whether chunks are scanned before their turn */
function nativeScan(ahead: boolean): ScanOf {
  return async (bytes, dialect, columns, chunk) => {
    if (addon === null) throw new Error('There is no native table reader.')
    const scanner = new NativeScan(addon, dialect, columns, start, null)
    let byte = 0
    for (const part of chunksOf(bytes, chunk)) {
      scanner.take(part, ahead ? await scanner.ahead(part, byte) : null)
      byte += part.length
    }
    return scanner.end().scan
  }
}

/** The scans this machine has. */
export const scans: readonly (readonly [name: string, scan: ScanOf])[] = [
  ['reference', referenceScan],
  ...(addon === null
    ? []
    : ([
        ['native', nativeScan(false)],
        ['native, ahead', nativeScan(true)]
      ] as const))
]
if (addon === null) console.warn('There is no native table reader: the reference is tested alone.')

export function describeScans(name: string, suite: (scan: ScanOf) => void): void {
  describe.each(scans)(`${name} (%s)`, (_, scan) => suite(scan))
}
