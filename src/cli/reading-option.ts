import { InvalidArgumentError, Option } from 'commander'
import {
  delimiterName,
  delimiters,
  dialectOverridesSchema,
  lineEnds,
  type DialectOverrides
} from '../shared/table/dialect'

const { malformed: _malformed, missingWords: _missingWords, ...fields } = dialectOverridesSchema.shape
type Field = keyof typeof fields
const isField = (text: string): text is Field => text in fields

/** What is easier to type than what it stands for. */
const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...delimiters.map((delimiter) => [delimiterName(delimiter), delimiter] as const),
  ['lf', '\n'],
  ['crlf', '\r\n'],
  ['cr', '\r'],
  ['none', ''],
  ['yes', true],
  ['no', false]
])
/** A character that nobody can type or see, as `withField` takes it. */
function asTyped(text: string): string {
  const code = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return text.replaceAll('\n', '\\n').replace(/[^ -~]/g, code)
}
const examples: Readonly<Partial<Record<Field, string>>> = {
  delimiter: 'comma, semicolon, tab, bar, space, or up to four other characters',
  lineEnd: `lf, crlf, cr, mixed, or one of ${lineEnds.slice(4).map(asTyped).join(' ')}`,
  header: 'yes or no',
  preambleLines: 'a number of lines',
  footerLines: 'a number of lines'
}

/** `--reading delimiter=tab`, again and again: how a table is written, where detection errs. */
export function readingOption(): Option {
  return new Option(
    '--reading <field=value>',
    `how the table is written, where detection errs: ${Object.keys(fields).join(', ')}, like delimiter=tab or lineEnd=crlf; may be given more than once`
  )
    .argParser(withField)
    .default({}, 'as detected')
}

function withField(text: string, earlier: DialectOverrides): DialectOverrides {
  const at = text.indexOf('=')
  const field = text.slice(0, at)
  if (at < 0 || !isField(field))
    throw new InvalidArgumentError(`Expected field=value, with one of the fields ${Object.keys(fields).join(', ')}.`)
  const value = text.slice(at + 1)
  // As JSON has it for what cannot be typed: \t, \u001f.
  const escaped = /^(?:[^"\\]|\\[trn]|\\u[0-9a-fA-F]{4})+$/.test(value) ? (JSON.parse(`"${value}"`) as unknown) : value
  const candidates = [value, words.get(value), escaped, ...(/^\d+$/.test(value) ? [Number(value)] : [])]
  for (const candidate of candidates) {
    const parsed = dialectOverridesSchema.safeParse({ ...earlier, [field]: candidate })
    if (candidate !== undefined && parsed.success) return parsed.data
  }
  throw new InvalidArgumentError(`"${value}" is no ${field}: expected ${examples[field] ?? choicesOf(field)}.`)
}

function choicesOf(field: Field): string {
  const schema = fields[field].unwrap()
  return 'options' in schema ? schema.options.map((option) => option || 'none').join(', ') : 'another value'
}
