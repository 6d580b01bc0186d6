import { z } from 'zod'

/** A column by its position in the table, from 0. */
const column = z.number().int().nonnegative()
const count = z.number().int().nonnegative()
/** Text to look for. No table holds a zero byte, and SQL would end there. */
const wanted = z
  .string()
  .max(1000)
  .refine((text) => !text.includes('\0'), { error: 'a text without zero bytes is expected' })

/** Rows whose value in one column … */
export const columnFilterSchema = z.discriminatedUnion('kind', [
  /** … contains a text, in upper or lower case; of a number, its shortest decimal. */
  z.strictObject({ kind: z.literal('contains'), column, text: wanted.min(1) }),
  /** … is exactly this text, or this number however it is written. */
  z.strictObject({ kind: z.literal('equals'), column, text: wanted.min(1) }),
  /** … is a number from `min` to `max`, both included; null for no limit. */
  z.strictObject({ kind: z.literal('range'), column, min: z.number().nullable(), max: z.number().nullable() }),
  z.strictObject({ kind: z.literal('missing'), column }),
  z.strictObject({ kind: z.literal('present'), column })
])
export type ColumnFilter = z.infer<typeof columnFilterSchema>
export type FilterKind = ColumnFilter['kind']

export const sortDirections = ['ascending', 'descending'] as const

/** Which rows of a table are looked at, and in what order. */
export const tableViewSchema = z.strictObject({
  /** Numbers by value, text by code point; missing values last; equal ones by row. Null for the order of the file. */
  sort: z.strictObject({ column, direction: z.enum(sortDirections) }).nullable(),
  /** All of them hold. */
  filters: z.array(columnFilterSchema).max(100),
  /** Contained in any column; '' for all rows. */
  search: wanted
})
export type TableView = z.infer<typeof tableViewSchema>
export type TableSort = NonNullable<TableView['sort']>

/** All rows as the file has them. */
export const plainView: TableView = { sort: null, filters: [], search: '' }

export function isPlain({ sort, filters, search }: TableView): boolean {
  return sort === null && filters.length === 0 && search === ''
}

/** A part of a view: rows by their place in the view, columns `from` … `to` (not included). */
export const tableWindowSchema = z.strictObject({
  offset: count,
  limit: z.number().int().min(1).max(1000),
  columns: z.strictObject({ from: count, to: count })
})
export type TableWindow = z.infer<typeof tableWindowSchema>

export const tablePageSchema = z.strictObject({
  /** How many rows the whole view has. */
  shown: count,
  rows: z.array(
    z.strictObject({
      /** Row of the table, from 1. */
      row: z.number().int().positive(),
      /** As they stand in the file, null for a missing value. */
      cells: z.array(z.string().nullable())
    })
  )
})
export type TablePage = z.infer<typeof tablePageSchema>

/** Where a row of the table (from 1) stands in a view, from 0; null when the view leaves it out. */
export const tablePlaceSchema = z.strictObject({ position: count.nullable() })
