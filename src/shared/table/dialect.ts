import { z } from 'zod'

const lines = z.number().int().nonnegative()

export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const
export const compressions = ['none', 'gzip'] as const
/** The usual ones. Others are found as well, and may be chosen: `||`, `^`, `§`, or the unit separator of ASCII. */
export const delimiters = [',', ';', '\t', '|', ' '] as const
const MOST_DELIMITER_CHARACTERS = 4
const isDelimiter = (text: string): boolean => /^[^\p{L}\p{N}"'`.\\\r\n\0]+$/u.test(text)
export const quotes = ['"', "'", '`', ''] as const
/** How a quote stands inside a quoted cell: twice, or after a backslash. */
export const escapes = ['doubled', 'backslash'] as const
export const decimalMarks = ['.', ','] as const
/** What sets thousands apart; '' for nothing, and a space for any kind of space. */
export const thousandsMarks = ['', ',', '.', ' ', "'"] as const
/** What a line that is not to be read begins with; '' where there are none. */
export const commentMarks = ['', '#', '%', '//'] as const

/** What stands for the end of a row in some files, in place of line feeds and carriage returns. */
export const unusualRowEnds = ['\u000b', '\u000c', '\u001c', '\u001d', '\u001e', '\u0085', '\u2028', '\u2029'] as const
/** One more character before each line end, which stands nowhere else. */
export const closedRowEnds = [';\n', ',\n', '|\n', '~\n', '^\n'] as const
/**
 * How rows end outside of quotes. A carriage return with a line feed behind it ends one in any case; one of the two alone
 * only where it is named, or ends are `mixed`, and is part of a cell elsewhere.
 */
export const lineEnds = ['mixed', '\n', '\r\n', '\r', ...unusualRowEnds, ...closedRowEnds] as const

/** In what a table is kept: delimited text, Parquet, or JSON objects (one a line, or an array of them). */
export const tableFormats = ['text', 'parquet', 'json'] as const

/** How a file is read as a table. Of what is not text, only format and compression mean something. */
export const dialectSchema = z.strictObject({
  format: z.enum(tableFormats),
  compression: z.enum(compressions),
  encoding: z.enum(encodings),
  delimiter: z
    .string()
    .min(1)
    .max(MOST_DELIMITER_CHARACTERS)
    .refine(isDelimiter, 'A delimiter holds no letters, digits, points, quotes, backslashes or line ends.'),
  quote: z.enum(quotes),
  escape: z.enum(escapes),
  lineEnd: z.enum(lineEnds),
  header: z.boolean(),
  decimalMark: z.enum(decimalMarks),
  thousandsMark: z.enum(thousandsMarks),
  comment: z.enum(commentMarks),
  /** Lines before the table: titles and notes. */
  preambleLines: lines,
  /** Lines after it: totals and sources. */
  footerLines: lines
})
export type Dialect = z.infer<typeof dialectSchema>

const delimiterNames: ReadonlyMap<string, string> = new Map([
  [',', 'comma'],
  [';', 'semicolon'],
  ['\t', 'tab'],
  ['|', 'bar'],
  [' ', 'space']
])

/** In words: "comma", `"||"`, or "U+001F" for what cannot be seen. */
export function delimiterName(delimiter: Dialect['delimiter']): string {
  const name = delimiterNames.get(delimiter)
  if (name !== undefined) return name
  const code = (character: string): string => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}` // prettier-ignore
  return /[\p{C}\t]/u.test(delimiter) ? [...delimiter].map(code).join(' ') : `"${delimiter}"`
}

const lineEndNames: Readonly<Record<Dialect['lineEnd'], string>> = {
  mixed: 'any line end',
  '\n': 'line feed',
  '\r\n': 'carriage return and line feed',
  '\r': 'carriage return',
  '\u000b': 'vertical tab',
  '\u000c': 'form feed',
  '\u001c': 'file separator',
  '\u001d': 'group separator',
  '\u001e': 'record separator',
  '\u0085': 'next line',
  '\u2028': 'line separator',
  '\u2029': 'paragraph separator',
  ';\n': '";" and a line end',
  ',\n': '"," and a line end',
  '|\n': '"|" and a line end',
  '~\n': '"~" and a line end',
  '^\n': '"^" and a line end'
}

/** In words: "line feed". */
export const lineEndName = (lineEnd: Dialect['lineEnd']): string => lineEndNames[lineEnd]

/** What happens to rows that do not fit: nothing is read, they are repaired as far as possible, or left out. */
export const malformedPolicies = ['stop', 'repair', 'skip'] as const
export const malformedPolicySchema = z.enum(malformedPolicies)
export type MalformedPolicy = z.infer<typeof malformedPolicySchema>

/** Words for a missing value besides the usual ones, in any case; a number stands for itself however it is written. */
export const missingWordsSchema = z.array(z.string().trim().min(1).max(100)).max(100)

/** What a person decides about reading; everything else is detected, and rows that do not fit are repaired. */
export const dialectOverridesSchema = dialectSchema
  .omit({ format: true })
  .partial()
  .extend({ malformed: malformedPolicySchema.optional(), missingWords: missingWordsSchema.optional() })
export type DialectOverrides = z.infer<typeof dialectOverridesSchema>

/** How sure each detected part of a dialect is, 0 … 1; 1 for what a person decided. */
export const dialectConfidenceSchema = z.record(dialectSchema.omit({ format: true }).keyof(), z.number().min(0).max(1))
export type DialectConfidence = z.infer<typeof dialectConfidenceSchema>
