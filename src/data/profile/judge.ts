import type { ColumnType } from '../../shared/design/schema'
import type { ColumnSurvey, NumberSurvey, TextSurvey } from './survey'

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
/** One-hot encoding makes an input of every category. */
const MAX_CATEGORIES = 1000

/** What type a column has as a target: text and a few whole numbers are classes. */
export function targetTypeOf(survey: ColumnSurvey): ColumnType {
  if (survey.storage === 'text') return 'categorical'
  const { few, integer, present, min, max } = survey
  if (few === null || !integer) return 'numeric'
  // No and yes, however few rows there are.
  if (few.size === 2 && min === 0 && max === 1) return 'categorical'
  return few.size > 0 && few.size <= MAX_NUMBER_CLASSES && present / few.size >= MIN_ROWS_PER_CLASS
    ? 'categorical'
    : 'numeric'
}

/** What makes "auto" leave a column out of the features. */
export interface Exclusion {
  readonly kind: 'empty' | 'constant' | 'identifier' | 'free text'
  readonly because: string
}

/** Why "auto" leaves a column out of the features, in plain words; null when it takes it. */
export function exclusionOf(survey: ColumnSurvey): string | null {
  const exclusion = judgeColumn(survey)
  return exclusion === null ? null : `${exclusion.kind}: ${exclusion.because}`
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

function judgeTexts({ distinct, present, meanLength, top, column }: TextSurvey): Exclusion | null {
  if (distinct === 1) return constant(`"${shortened(top[0]?.value ?? '')}"`, present, column.missing)
  if (distinct > PROSE_DISTINCT && meanLength > PROSE_LENGTH && distinct * 2 > present) {
    const length = Math.round(meanLength)
    return { kind: 'free text', because: `${distinct} different texts of ${length} characters on average` }
  }
  if (distinct === present) return { kind: 'identifier', because: 'every row has a different text' }
  if (distinct > NAMES_DISTINCT && distinct * 2 > present)
    return { kind: 'identifier', because: `${distinct} different texts in ${present} rows` }
  if (distinct > MAX_CATEGORIES)
    return { kind: 'free text', because: `${distinct} different texts, too many for categories` }
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
