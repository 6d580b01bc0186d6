import type { ColumnFilter, FilterKind } from '../../../shared/table/view'
import { formatShort } from '../../training/format'

export const filterKinds: readonly { readonly value: FilterKind; readonly label: string; readonly numbers?: true }[] = [
  { value: 'contains', label: 'contains' },
  { value: 'equals', label: 'equals' },
  { value: 'range', label: 'is in a range', numbers: true },
  { value: 'missing', label: 'is missing' },
  { value: 'present', label: 'is not missing' }
]

/** A filter in words: price from 1 to 5. */
export function filterWords(filter: ColumnFilter, name: string): string {
  switch (filter.kind) {
    case 'contains':
      return `${name} contains “${filter.text}”`
    case 'equals':
      return `${name} = ${filter.text}`
    case 'range': {
      const { min, max } = filter
      if (min === null) return max === null ? `${name} is a number` : `${name} ≤ ${formatShort(max)}`
      return max === null ? `${name} ≥ ${formatShort(min)}` : `${name} from ${formatShort(min)} to ${formatShort(max)}`
    }
    case 'missing':
      return `${name} is missing`
    case 'present':
      return `${name} is not missing`
  }
}

/** A limit of a range as typed, with a decimal point or comma; null for none, undefined for what is no number. */
export function readLimit(text: string): number | null | undefined {
  const plain = text.trim().replace('−', '-').replace(',', '.')
  if (plain === '') return null
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : undefined
}

/** A row's number as typed, with or without spaces between thousands; null for what is none of `rows`. */
export function readRow(text: string, rows: number): number | null {
  const plain = text.replace(/\s/g, '')
  const row = /^\d+$/.test(plain) ? Number(plain) : 0
  return row >= 1 && row <= rows ? row : null
}
