import type { TableSummary } from '../../shared/dataset'
import type { ColumnSummary } from '../../shared/table/profile'
import type { DatasetSettings } from '../../shared/design/schema'
import { settingOf, type ColumnSetting, type ColumnType } from '../../shared/table/column-types'
import type { Dialect } from '../../shared/table/dialect'
import { isMissingWord } from '../../shared/table/missing-words'
import type { RawRow } from '../../shared/weights/schema'

/** One feature as a form asks for it. */
export interface Field {
  readonly column: string
  /** free: nothing is known of the column, because its table is not open. */
  readonly kind: 'numeric' | 'categorical' | 'date' | 'free'
  /** What the form starts with: the median, the most frequent category, or nothing. */
  readonly initial: string
  /** Known categories, the most frequent first; there may be more than these. */
  readonly options: readonly string[]
  /** Whether `options` are all there are. */
  readonly closed: boolean
  /** What values lie between, for the person filling it in. */
  readonly hint: string
}

/** Form fields for columns; a table that is open says what values look like. */
export function fieldsFor(
  columns: readonly string[],
  table: TableSummary | null,
  types: DatasetSettings['columns'] = {}
): Field[] {
  return columns.map((name) => {
    const column = table?.columns.find((candidate) => candidate.name === name)
    if (column === undefined)
      return { column: name, kind: 'free', initial: '', options: [], closed: false, hint: 'number or text' }
    return fieldOf(column, settingOf(types, name) ?? { type: column.type })
  })
}

/** A setting, or what was inferred as far as the form cares. */
type Known = ColumnSetting | { readonly type: ColumnType }

function fieldOf(column: ColumnSummary, known: Known): Field {
  const { type } = known
  if (type === 'date') {
    const { first, last } = column.date ?? { first: null, last: null }
    const hint = first === null || last === null ? 'date' : `${first} to ${last}, written as in the table`
    const initial = column.categories[0]?.value ?? ''
    return { column: column.name, kind: 'date', initial, options: [], closed: false, hint }
  }
  if (type === 'numeric') {
    const { numeric } = column
    if (numeric === null)
      return { column: column.name, kind: 'numeric', initial: '', options: [], closed: false, hint: 'number' }
    const hint = `${showValue(numeric.min)} to ${showValue(numeric.max)}`
    return {
      column: column.name,
      kind: 'numeric',
      initial: showValue(numeric.median),
      options: [],
      closed: false,
      hint
    }
  }
  const options = 'order' in known ? [...known.order] : column.categories.map(({ value }) => value)
  const closed = 'order' in known || options.length >= column.distinct
  return {
    column: column.name,
    kind: 'categorical',
    initial: column.categories[0]?.value ?? options[0] ?? '',
    options,
    closed,
    hint: `${closed ? options.length : column.distinct} categories`
  }
}

/** A number as it is filled in: short, and the same when read back. */
export function showValue(value: number): string {
  return String(Number(value.toPrecision(7)))
}

/** What was filled in as a raw row, or the fields that cannot be read. Empty means missing. */
export function readRow(
  fields: readonly Field[],
  values: Readonly<Record<string, string>>
): { row: RawRow } | { unreadable: string[] } {
  const row: RawRow = {}
  const unreadable: string[] = []
  for (const { column, kind, initial } of fields) {
    const text = (values[column] ?? initial).trim()
    if (isMissingWord(text)) row[column] = null
    else if (kind !== 'numeric') row[column] = text
    else {
      const number = readValue(text)
      if (number === null) unreadable.push(column)
      else row[column] = number
    }
  }
  return unreadable.length > 0 ? { unreadable } : { row }
}

/** A number with a point or a comma as its decimal mark; null when it is none. */
export function readValue(text: string): number | null {
  const plain = text.trim().replace('−', '-')
  const value = Number(/^[^.,]*,\d+$/.test(plain) ? plain.replace(',', '.') : plain)
  return plain === '' || !Number.isFinite(value) ? null : value
}

/** How a table writes its numbers. */
type Marks = Pick<Dialect, 'decimalMark' | 'thousandsMark'>

/** Cells of a table's row as the form shows them; a missing cell is empty, and so is text in a column of numbers. */
export function rowValues(
  fields: readonly Field[],
  columns: readonly string[],
  cells: readonly (string | null)[],
  marks: Marks
): Record<string, string> {
  const cellOf = new Map(columns.map((name, index) => [name, cells[index] ?? '']))
  return Object.fromEntries(
    fields.map(({ column, kind }) => {
      const cell = cellOf.get(column) ?? ''
      if (kind !== 'numeric') return [column, isMissingWord(cell) ? '' : cell]
      const number = numberIn(cell, marks)
      return [column, number === null ? '' : showValue(number)]
    })
  )
}

function numberIn(cell: string, { decimalMark, thousandsMark }: Marks): number | null {
  const apart = thousandsMark === ' ' ? /[ \u00a0\u2009\u202f]/g : thousandsMark
  const whole = thousandsMark === '' ? cell : cell.trim().replaceAll(apart, '')
  return readValue(decimalMark === ',' ? whole.replace(',', '.') : whole)
}
