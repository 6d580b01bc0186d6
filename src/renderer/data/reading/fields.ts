import {
  commentMarks,
  compressions,
  decimalMarks,
  delimiterName,
  delimiters,
  encodings,
  escapes,
  lineEndName,
  lineEnds,
  quotes,
  thousandsMarks,
  type Dialect,
  type DialectOverrides,
  type MalformedPolicy
} from '../../../shared/table/dialect'

/** A choice about how a file is read, as it is shown. */
export interface Choice {
  readonly key: Exclude<keyof DialectOverrides, 'malformed' | 'missingWords'>
  readonly label: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  /** The option a person chose; null where it is detected. */
  readonly chosen: (overrides: DialectOverrides) => string | null
  /** What was detected, in words. */
  readonly found: (dialect: Dialect) => string
  /** The overrides with another choice; null to detect it. */
  readonly set: (overrides: DialectOverrides, value: string | null) => DialectOverrides
}

/** The overrides without one of them, or with another value of it. */
export function override<K extends keyof DialectOverrides>(
  overrides: DialectOverrides,
  key: K,
  value: DialectOverrides[K] | null
): DialectOverrides {
  const rest = { ...overrides }
  if (value === null) Reflect.deleteProperty(rest, key)
  else rest[key] = value
  return rest
}

function choice<K extends Exclude<keyof Dialect, 'format' | 'preambleLines' | 'footerLines'>>(
  key: K,
  label: string,
  values: readonly Dialect[K][],
  nameOf: (value: Dialect[K]) => string
): Choice {
  return {
    key,
    label,
    options: values.map((value) => ({ value: String(value), label: nameOf(value) })),
    chosen: (overrides) => (overrides[key] === undefined ? null : String(overrides[key])),
    found: (dialect) => nameOf(dialect[key]),
    set: (overrides, chosen) =>
      override<keyof DialectOverrides>(overrides, key, values.find((value) => String(value) === chosen) ?? null)
  }
}

const named =
  <V extends string>(names: Readonly<Record<V, string>>): ((value: V) => string) =>
  (value) =>
    names[value]

/** As one reads of them elsewhere; their whole names are too long for a list. */
const shortLineEnds: ReadonlyMap<string, string> = new Map([
  ['mixed', 'any line end'],
  ['\n', 'line feed \\n'],
  ['\r\n', 'both \\r\\n'],
  ['\r', 'return \\r']
])

export const choices: readonly Choice[] = [
  choice('delimiter', 'Delimiter', delimiters, (delimiter) =>
    /^[,;|]$/.test(delimiter) ? `${delimiterName(delimiter)} ${delimiter}` : delimiterName(delimiter)
  ),
  choice('decimalMark', 'Decimal mark', decimalMarks, named({ '.': 'point 1.5', ',': 'comma 1,5' })),
  choice(
    'thousandsMark',
    'Thousands',
    thousandsMarks,
    named({ '': 'not set apart', ',': 'comma 1,234', '.': 'point 1.234', ' ': 'space 1 234', "'": "apostrophe 1'234" })
  ),
  choice('header', 'First row', [true, false], (header) => (header ? 'names of columns' : 'data')),
  choice('quote', 'Quotes', quotes, named({ '"': 'double "', "'": "single '", '`': 'backtick `', '': 'none' })),
  choice('escape', 'Quotes inside', escapes, named({ doubled: 'doubled ""', backslash: 'after a backslash \\"' })),
  choice('lineEnd', 'Rows end with', lineEnds, (lineEnd) => shortLineEnds.get(lineEnd) ?? lineEndName(lineEnd)),
  choice('comment', 'Comment lines', commentMarks, (mark) => (mark === '' ? 'none' : `begin with ${mark}`)),
  choice(
    'encoding',
    'Encoding',
    encodings,
    named({
      'utf-8': 'UTF-8',
      'utf-16le': 'UTF-16 LE',
      'utf-16be': 'UTF-16 BE',
      'windows-1252': 'windows-1252 (Latin-1)'
    })
  ),
  choice('compression', 'Compression', compressions, named({ none: 'none', gzip: 'gzip' }))
]

export const lineFields = [
  { key: 'preambleLines', label: 'Lines above' },
  { key: 'footerLines', label: 'Lines below' }
] as const

export const policyNames: Readonly<Record<MalformedPolicy, string>> = {
  repair: 'Repair and list them',
  skip: 'Leave out and list',
  stop: 'Do not read the file'
}

/** Below this a person should have a look. */
export const DOUBTFUL = 0.65
