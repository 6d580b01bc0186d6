import { booleanPairOf } from '../../shared/table/boolean-words'
import { takenByDefault, type ColumnSettings, type ColumnType, type TargetType } from '../../shared/table/column-types'
import { dateOrderNames } from '../../shared/table/dates'
import type { DateProfile } from '../../shared/table/profile'
import { SHOWN_CATEGORIES, type ColumnSurvey, type NumberSurvey, type TextSurvey } from './survey'
import { plural } from './words'

/** A target of at most so many different whole numbers is a set of classes … */
const MAX_NUMBER_CLASSES = 20
/** … when each comes so often on average. */
const MIN_ROWS_PER_CLASS = 5
/** Texts of more than so many characters on average, most of them different, are prose. */
const PROSE_LENGTH = 30
const PROSE_DISTINCT = 100
/**
 * More than so many different texts, on at least half of the rows that have one, name things rather than group them.
 */
const NAMES_DISTINCT = 50
/**
 * Only the most frequent categories become inputs. Of more than so many they have to be in so many of the rows, or next to
 * nothing is known of most rows.
 */
const MANY_CATEGORIES = 1000
const LEAST_FREQUENT_SHARE = 0.5

/** A type and why it is taken to be that. */
export interface Judgement<T extends ColumnType> {
  readonly type: T
  readonly evidence: string
}

/** What type a column has as a feature: what all of its values are. */
export function typeOf(survey: ColumnSurvey): Judgement<Exclude<ColumnType, 'ordinal'>> {
  return survey.storage === 'number' ? typeOfNumbers(survey) : typeOfTexts(survey)
}

// Zeros and ones are left numbers: where they are counts or amounts, another one may come any time.
function typeOfNumbers({ column, integer }: NumberSurvey): Judgement<'numeric'> {
  const every = column.texts === 0 ? 'every value is' : `every value but ${plural(column.texts, 'text')} is`
  return { type: 'numeric', evidence: `${every} a ${integer ? 'whole ' : ''}number` }
}

function typeOfTexts({ dates, distinct, top, present }: TextSurvey): Judgement<'categorical' | 'boolean' | 'date'> {
  if (present === 0) return { type: 'categorical', evidence: 'no row has a value' }
  if (dates !== null) return { type: 'date', evidence: dateEvidence(dates) }
  const pair = distinct > top.length ? null : booleanPairOf(top.map(({ value }) => value))
  if (pair !== null) return { type: 'boolean', evidence: `every value is "${pair[0]}" or "${pair[1]}"` }
  return { type: 'categorical', evidence: plural(distinct, 'different text') }
}

function dateEvidence({ order }: DateProfile): string {
  if (order === null)
    return 'every value is a date, but day and month cannot be told apart: each could be the other. Choose their order.'
  const { label, example } = dateOrderNames[order]
  return `every value is a date: ${label}, like ${example}`
}

/** What type a column has as a target: text and a few whole numbers are classes. */
export function targetTypeOf(survey: ColumnSurvey): Judgement<TargetType> {
  if (survey.storage === 'text') return { type: 'categorical', evidence: plural(survey.distinct, 'different text') }
  const { few, integer, present, min, max } = survey
  if (!integer) return { type: 'numeric', evidence: 'numbers with fractions' }
  if (few === null) return { type: 'numeric', evidence: `more than ${SHOWN_CATEGORIES} different whole numbers` }
  const found = plural(few.size, 'whole number')
  // No and yes, however few rows there are.
  if (few.size === 2 && min === 0 && max === 1) return { type: 'categorical', evidence: `${found}, 0 and 1` }
  const rows = few.size === 0 ? 0 : present / few.size
  const type = few.size > 0 && few.size <= MAX_NUMBER_CLASSES && rows >= MIN_ROWS_PER_CLASS ? 'categorical' : 'numeric'
  const each = `${few.size === 1 ? '' : 'each '}in ${plural(Number(rows.toPrecision(3)), 'row')}${few.size === 1 ? '' : ' on average'}`
  return { type, evidence: few.size === 0 ? 'no row has a value' : `${found}, ${each}` }
}

/** What makes "auto" leave a column out of the features. */
export interface Exclusion {
  readonly kind: 'empty' | 'constant' | 'identifier' | 'free text' | 'date'
  readonly because: string
}

/** Why "auto" leaves a column out of the features, in plain words; null when it takes it. */
export function exclusionOf(survey: ColumnSurvey): string | null {
  const exclusion = judgeColumn(survey)
  return exclusion === null ? null : `${exclusion.kind}: ${exclusion.because}`
}

/** Whether "auto" takes a column, now that a person decided about some. */
export function isAutomatic(survey: ColumnSurvey, settings: ColumnSettings): boolean {
  const isDate = survey.storage === 'text' && survey.dates !== null
  return takenByDefault({ name: survey.column.name, excluded: exclusionOf(survey), isDate }, settings)
}

/** Whether "auto" leaves a column out of the features; null when it takes it. */
export function judgeColumn(survey: ColumnSurvey): Exclusion | null {
  if (survey.present === 0) return { kind: 'empty', because: 'no row has a value' }
  return survey.storage === 'number' ? judgeNumbers(survey) : judgeTexts(survey)
}

function judgeNumbers({ min, max, present, column, countsRows }: NumberSurvey): Exclusion | null {
  if (min === max) return constant(String(min), present, column.missing)
  if (countsRows) return { kind: 'identifier', because: `it counts the rows from ${min} to ${max}` }
  return null
}

function judgeTexts({ distinct, present, meanLength, top, column, dates }: TextSurvey): Exclusion | null {
  if (distinct === 1) return constant(`"${shortened(top[0]?.value ?? '')}"`, present, column.missing)
  if (dates !== null) return { kind: 'date', because: 'expand it to use it' }
  if (distinct > PROSE_DISTINCT && meanLength > PROSE_LENGTH && distinct * 2 > present) {
    const length = Math.round(meanLength)
    return { kind: 'free text', because: `${distinct} different texts of ${length} characters on average` }
  }
  if (distinct === present) return { kind: 'identifier', because: 'every row has a different text' }
  if (distinct > NAMES_DISTINCT && distinct * 2 > present)
    return { kind: 'identifier', because: `${distinct} different texts in ${present} rows` }
  const frequent = top.reduce((rows, { count }) => rows + count, 0)
  if (distinct > MANY_CATEGORIES && frequent < LEAST_FREQUENT_SHARE * present) {
    const share = `${Math.round((100 * frequent) / present)} %`
    return {
      kind: 'free text',
      because: `${distinct} different texts, the ${top.length} most frequent in ${share} of the rows: too many for categories`
    }
  }
  return null
}

function constant(value: string, present: number, missing: number): Exclusion {
  const because = missing === 0 ? `every row is ${value}` : `all ${present} values are ${value}`
  return { kind: 'constant', because }
}

const SHOWN_CHARACTERS = 40
function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}
