import { booleanPairOf } from '../../shared/table/boolean-words'
import { MOST_RANKS, type ColumnSetting, type ColumnType } from '../../shared/table/column-types'
import type { ColumnSummary } from '../../shared/table/profile'

/** A type as a list offers it; with a reason where a column cannot be read as it. */
export interface TypeChoice {
  readonly value: ColumnType
  readonly label: string
  readonly help: string
  readonly disabled: boolean
}

const types: Readonly<Record<ColumnType, { readonly label: string; readonly help: string }>> = {
  numeric: { label: 'Number', help: 'One input, scaled.' },
  categorical: { label: 'Category', help: 'One input for each category.' },
  boolean: { label: 'Yes / no', help: 'One input, 0 or 1.' },
  ordinal: { label: 'Ordered', help: 'Categories in an order you choose: their rank is one input.' },
  date: { label: 'Date', help: 'Time, year, month, weekday and hour.' }
}
export const typeLabels: Readonly<Record<ColumnType, string>> = {
  numeric: types.numeric.label,
  categorical: types.categorical.label,
  boolean: types.boolean.label,
  ordinal: types.ordinal.label,
  date: types.date.label
}

/** What a column may be read as. */
export function typeChoices(column: ColumnSummary): TypeChoice[] {
  return (Object.keys(types) as ColumnType[]).map((value) => {
    const refusal = refusalOf(column, value)
    return { value, label: types[value].label, help: refusal ?? types[value].help, disabled: refusal !== null }
  })
}

/** What a target may be read as, in the words of what is predicted. */
export function targetChoices(column: ColumnSummary): TypeChoice[] {
  const help = { numeric: 'Regression: predict the number.', categorical: 'Classification: predict one of its values.' }
  return typeChoices(column).flatMap((choice) =>
    choice.value === 'numeric' || choice.value === 'categorical'
      ? { ...choice, help: choice.disabled ? choice.help : help[choice.value] }
      : []
  )
}

/** Why a column cannot be read as a type, or null. */
export function refusalOf(column: ColumnSummary, type: ColumnType): string | null {
  switch (type) {
    case 'categorical':
      return null
    case 'numeric':
      return holdsOnlyText(column) ? 'Not one value is a number.' : null
    case 'boolean':
      return booleanPairOf(column.categories.map(({ value }) => value)) === null || !listsAll(column)
        ? 'It needs two values that are words for no and yes.'
        : null
    case 'ordinal':
      if (column.distinct < 2) return 'An order needs at least two categories.'
      return listsAll(column) && column.distinct <= MOST_RANKS
        ? null
        : `It has ${column.distinct} different values, too many to put in order here.`
    case 'date':
      return column.date === null ? 'Not every value is a date.' : null
  }
}

/** Whether not one value is a number. Numbers among text may be meant as numbers: reading them says which cell is none. */
function holdsOnlyText({ categories, distinct, numeric }: ColumnSummary): boolean {
  // Only the most frequent values are known; among others there may be numbers.
  return (
    numeric === null &&
    distinct <= categories.length &&
    !categories.some(({ value }) => /^\s*[+-]?[.,]?\d/u.test(value))
  )
}

const listsAll = ({ categories, distinct }: ColumnSummary): boolean => distinct <= categories.length

/** A type with what else it needs, as far as it can be told: the order of categories begins with that of their names. */
export function settingFor(column: ColumnSummary, type: ColumnType): ColumnSetting {
  switch (type) {
    case 'ordinal':
      return { type, order: inOrder(column.categories.map(({ value }) => value)) }
    case 'date':
      return { type, parts: 'auto', dateOrder: 'auto' }
    case 'numeric':
    case 'categorical':
    case 'boolean':
      return { type }
  }
}

const collator = new Intl.Collator('en', { numeric: true })
/** Scales people use without numbers, the lowest first. */
const knownScales: readonly (readonly string[])[] = [
  ['xxs', 'xs', 's', 'm', 'l', 'xl', 'xxl', 'xxxl'],
  ['very low', 'low', 'medium', 'high', 'very high'],
  ['none', 'low', 'moderate', 'high'],
  ['small', 'medium', 'large'],
  ['poor', 'fair', 'good', 'very good', 'excellent'],
  ['never', 'rarely', 'sometimes', 'often', 'always'],
  ['very bad', 'bad', 'neutral', 'good', 'very good'],
  ['very dissatisfied', 'dissatisfied', 'neutral', 'satisfied', 'very satisfied'],
  ['strongly disagree', 'disagree', 'neutral', 'agree', 'strongly agree'],
  ['very unlikely', 'unlikely', 'neutral', 'likely', 'very likely']
]

function inOrder(categories: readonly string[]): string[] {
  const scale = knownScales.find((names) => categories.every((name) => names.includes(name.toLowerCase())))
  const byName = [...categories].sort(collator.compare)
  if (scale === undefined) return byName
  return byName.sort((a, b) => scale.indexOf(a.toLowerCase()) - scale.indexOf(b.toLowerCase()))
}

/** A list with an entry moved by one place; the same where it is at the end. */
export function moved<T>(list: readonly T[], from: number, by: -1 | 1): readonly T[] {
  const [entry, other] = [list[from], list[from + by]]
  if (entry === undefined || other === undefined) return list
  return list.map((one, index) => (index === from ? other : index === from + by ? entry : one))
}
