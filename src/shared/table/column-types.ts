import { z } from 'zod'

/** What the values of a column are taken for. */
export const columnTypes = ['numeric', 'categorical', 'boolean', 'ordinal', 'date'] as const
export const columnTypeSchema = z.enum(columnTypes)
export type ColumnType = z.infer<typeof columnTypeSchema>

/** A target is a number or a class, whatever type its column has. */
export const targetTypes = ['numeric', 'categorical'] as const
export const targetTypeSchema = z.enum(targetTypes)
export type TargetType = z.infer<typeof targetTypeSchema>

/** What a column of this type is as a target. */
export function asTarget(type: ColumnType): TargetType {
  return type === 'numeric' ? 'numeric' : 'categorical'
}

/** In which order a date is written: year, month and day. */
export const dateOrders = ['ymd', 'dmy', 'mdy'] as const
export const dateOrderSchema = z.enum(dateOrders)
export type DateOrder = z.infer<typeof dateOrderSchema>

/**
 * What a date can be turned into. `time` is days since 1970-01-01 and `year` a number, both scaled like any other;
 * `month`, `weekday` and `hour` are points on a circle, a sine and a cosine each, so that December is next to January.
 */
export const dateParts = ['time', 'year', 'month', 'weekday', 'hour'] as const
export const datePartSchema = z.enum(dateParts)
export type DatePart = z.infer<typeof datePartSchema>

const unique = (values: readonly string[]): boolean => new Set(values).size === values.length
export const MOST_RANKS = 1000

/** What a person decided about a column. */
export const columnSettingSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['numeric', 'categorical', 'boolean']) }),
  z.strictObject({
    type: z.literal('ordinal'),
    /** All categories, the lowest first. */
    order: z
      .array(z.string().max(10_000))
      .min(2, { error: 'an order needs at least 2 categories' })
      .max(MOST_RANKS)
      .refine(unique, { error: 'a category is listed twice in the order' })
  }),
  z.strictObject({
    type: z.literal('date'),
    /** "auto" takes time, year, month and weekday, and the hour where there is a time of day. */
    parts: z
      .union([
        z.literal('auto'),
        z.array(datePartSchema).min(1).max(dateParts.length).refine(unique, { error: 'a part is listed twice' })
      ])
      .default('auto'),
    /** "auto" takes the order all dates of the column agree with, and refuses where there are two. */
    dateOrder: z.union([z.literal('auto'), dateOrderSchema]).default('auto')
  })
])
export type ColumnSetting = z.infer<typeof columnSettingSchema>
export type ColumnSettings = Readonly<Record<string, ColumnSetting>>

/** What a person decided about a column; a column may be called like something every object has. */
export function settingOf(settings: ColumnSettings, name: string): ColumnSetting | undefined {
  return Object.hasOwn(settings, name) ? settings[name] : undefined
}

/** A column as far as "auto" asks about it. */
interface Candidate {
  readonly name: string
  /** Why "auto" leaves it out, or null. */
  readonly excluded: string | null
  /** Whether it is left out for being a date only. */
  readonly isDate: boolean
}

/** Whether "auto" takes a column: dates wait for somebody to say what they are to be turned into. */
export function takenByDefault({ name, excluded, isDate }: Candidate, settings: ColumnSettings): boolean {
  return excluded === null || (isDate && settingOf(settings, name) !== undefined)
}
