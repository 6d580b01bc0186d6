import { bitOf, cellKinds } from './cell-kinds'
import type { DetectedDialect } from './detect/dialect'
import { eachChunk } from './file'
import type { Scan } from './scan'
import type { Utf8File } from './text-files'

const TEXT = bitOf('text')
const NUMBERS = cellKinds
  .filter((kind) => !['text', 'missing', 'code'].includes(kind))
  .reduce((bits, kind) => bits | bitOf(kind), 0)

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
/** The last byte of a byte order mark in UTF-8. */
const MARK_END = 0xbf

/**
 * Whether the header comes again as a row, as where files were put together: in the start of a file, or anywhere where a
 * column holds both numbers and texts, as it does then.
 * @param start of the file, where the table begins
 */
export async function headerComesAgain(
  file: Utf8File,
  dialect: DetectedDialect,
  scan: Scan,
  start: Buffer
): Promise<boolean> {
  if (!dialect.header || dialect.columns === 1) return false
  const header = Buffer.from(dialect.headerText)
  if (hasRow(start.subarray(dialect.skip.bytes + header.length), header)) return true
  const isMixed = scan.columns.some(({ kinds }) => (kinds & TEXT) !== 0 && (kinds & NUMBERS) !== 0)
  if (!isMixed) return false
  let found = false
  let carry: Buffer = Buffer.alloc(0)
  await eachChunk(file.path, file.from + dialect.skip.bytes + header.length, (chunk) => {
    if (found) return
    const bytes = Buffer.concat([carry, chunk])
    found = hasRow(bytes, header)
    carry = Buffer.from(bytes.subarray(Math.max(0, bytes.length - header.length - 2)))
  })
  return found
}

function hasRow(bytes: Buffer, row: Buffer): boolean {
  for (let at = bytes.indexOf(row); at >= 0; at = bytes.indexOf(row, at + 1)) {
    const before = bytes[at - 1]
    const after = bytes[at + row.length]
    const begins = before === LINE_FEED || before === CARRIAGE_RETURN || before === MARK_END
    if (begins && (after === undefined || after === LINE_FEED || after === CARRIAGE_RETURN)) return true
  }
  return false
}
