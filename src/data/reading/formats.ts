import { LaminaError } from '../../shared/errors'
import type { Dialect } from '../../shared/table/dialect'

/** In what a table is kept. */
export type TableFormat = Dialect['format']

/** A Parquet file begins, and ends, with it. */
const PARQUET = 'PAR1'
/** What tells other text from a table stands within so many bytes. */
const LOOKED_AT = 1 << 12

/**
 * The format of a file by how it begins, whatever its name is: JSON where its first line is an object, or where it begins
 * as an array of objects.
 * @param start bytes, unpacked
 */
export function formatOf(start: Uint8Array): TableFormat {
  const text = new TextDecoder().decode(start)
  if (text.startsWith(PARQUET)) return 'parquet'
  if (/^\s*\[\s*\{\s*("|\})/.test(text)) return 'json'
  const [line = ''] = text.trimStart().split(/[\r\n]/, 1)
  return line.startsWith('{') && isObject(line) ? 'json' : 'text'
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    // Text in braces, then.
    return false
  }
}

const SPARSE_ROW = /^[+-]?[\d.eE+-]+(?: +\d+:[\d.eE+-]+)+ *$/

/** Text that is no table, by how it begins, and what to do about it. */
const otherTexts: readonly { readonly is: (text: string) => boolean; readonly what: string }[] = [
  {
    is: (text) => /^<(?:!doctype html|html|head|body|table)\b/i.test(text),
    what: 'a web page (HTML). A download may have ended at a page to sign in: download the table itself, as CSV'
  },
  { is: (text) => text.startsWith('<?xml'), what: 'an XML document. Export the table as CSV' },
  { is: (text) => text.startsWith('{\\rtf'), what: 'a text document (RTF). Save the table as CSV' },
  {
    is: (text) => text.startsWith('version https://git-lfs.github.com/'),
    what: 'a pointer that Git LFS keeps in place of the file. Fetch the file itself with "git lfs pull"'
  },
  {
    is: (text) => /^(?:\[\s*\[|\{\s*[\r\n]+\s*"(?:[^"\\]|\\.)*"\s*:)/.test(text),
    what: 'JSON, but not objects. A table is needed as objects, one a line or all in an array, or as CSV'
  },
  {
    is: (text) => text.split(/\r\n|\n|\r/, 3).every((line) => SPARSE_ROW.test(line)),
    what: 'sparse data as LIBSVM has it. Write it with a column for each feature, as CSV'
  }
]

/**
 * @param start bytes of a text, unpacked
 * @throws LaminaError `invalidData` for text that is something else than a table
 */
export function refuseOtherText(start: Uint8Array, fileName: string): void {
  const text = new TextDecoder().decode(start.subarray(0, LOOKED_AT)).trimStart()
  const other = otherTexts.find(({ is }) => is(text))
  if (other === undefined) return
  throw new LaminaError('invalidData', `"${fileName}" is not a CSV file: it is ${other.what}.`, { file: fileName })
}
