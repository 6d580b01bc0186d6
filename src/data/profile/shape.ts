import type { Database } from '../database'
import { inLanes } from '../lanes'
import { distinctUpTo, eachColumn, quantilesOf } from '../order-statistics'
import type { Table, TableColumn } from '../reading/table'
import type { ColumnSurvey, NumberSurvey } from './survey'

const BINS = 20
/** Values farther from the median than so many interquartile ranges are far out. */
const FAR_OUT = 20
/** Beyond so many different values their number is estimated: nobody needs it exactly, and it takes half the profile's time. */
const COUNTED_DISTINCT = 100_000

/** How the numbers of a column are distributed. */
export interface Shape {
  readonly distinct: number
  /** Whether `distinct` was counted; else it is an estimate, within some 5 %. */
  readonly distinctExact: boolean
  readonly median: number
  /** How many values v have |v − median| > 20 · IQR; 0 where half of the values are the same. */
  readonly farOut: number
  /** Counts in equal bins from min to max. */
  readonly histogram: number[]
}

/** The shapes of all numeric columns. A column of few different values is known already. */
export async function shapesOf(
  database: Database,
  table: Table,
  surveys: readonly ColumnSurvey[],
  onProgress: (fraction: number) => void
): Promise<Map<TableColumn, Shape>> {
  const shapes = new Map<TableColumn, Shape>()
  const numbers = surveys.filter((survey) => survey.storage === 'number')
  const many = numbers.flatMap((survey) => {
    if (survey.few === null) return [{ survey, value: survey.column.id, count: survey.present }]
    if (survey.present > 0) shapes.set(survey.column, shapeOfFew(survey, survey.few))
    return []
  })
  const { stored } = table
  const inMemory = many.filter(({ survey }) => stored?.holds(survey.column) === true)
  let done = 0
  await inLanes(inMemory, async ({ survey: { column, min, max } }) => {
    const settings = { min, max, bins: BINS, farOut: FAR_OUT, countedDistinct: COUNTED_DISTINCT }
    if (stored !== null) shapes.set(column, await stored.shape(column, settings))
    done += 1
    onProgress(done / many.length)
  })
  const others = many.filter((one) => !inMemory.includes(one))
  if (others.length === 0) return shapes
  const uncounted: TableColumn[] = []
  const look = ({ survey }: (typeof many)[number], values: Float64Array): void => {
    const [first = 0, median = 0, third = 0] = quantilesOf(values, [0.25, 0.5, 0.75])
    const distinct = distinctUpTo(values, COUNTED_DISTINCT)
    if (distinct === null) uncounted.push(survey.column)
    shapes.set(survey.column, {
      distinct: distinct ?? 0,
      distinctExact: true,
      median,
      farOut: farOutOf(values, survey, median, FAR_OUT * (third - first)),
      histogram: histogramOf(values, survey)
    })
  }
  await eachColumn(database, table, others, null, look, (done) =>
    onProgress((inMemory.length + done * others.length) / many.length)
  )
  if (uncounted.length > 0) {
    const [estimates = []] = await database.rows(
      `SELECT ${uncounted.map(({ id }) => `approx_count_distinct(${id})`).join(', ')} FROM ${table.id}`
    )
    for (const [index, column] of uncounted.entries()) {
      const shape = shapes.get(column)
      const distinct = Math.min(Number(estimates[index]), table.rows - column.missing)
      if (shape !== undefined) shapes.set(column, { ...shape, distinct, distinctExact: false })
    }
  }
  return shapes
}

/** @param few rows by value, the values ascending */
function shapeOfFew(survey: NumberSurvey, few: ReadonlyMap<number, number>): Shape {
  const binOf = binsOf(survey)
  const histogram = Array.from({ length: BINS }, () => 0)
  for (const [value, count] of few) histogram[binOf(value)] = (histogram[binOf(value)] ?? 0) + count
  const quantile = (share: number): number => quantileOfFew(few, survey.present, share)
  const median = quantile(0.5)
  const limit = FAR_OUT * (quantile(0.75) - quantile(0.25))
  let farOut = 0
  if (limit > 0) for (const [value, count] of few) if (Math.abs(value - median) > limit) farOut += count
  return { distinct: few.size, distinctExact: true, median, farOut, histogram }
}

function quantileOfFew(few: ReadonlyMap<number, number>, present: number, share: number): number {
  const at = (rank: number): number => {
    let before = 0
    for (const [value, count] of few) {
      before += count
      if (rank < before) return value
    }
    return Number.NaN
  }
  const place = (present - 1) * share
  const lower = at(Math.floor(place))
  return lower + (at(Math.ceil(place)) - lower) * (place - Math.floor(place))
}

/** @param limit distance from the median; 0 where half of the values are the same */
function farOutOf(values: Float64Array, { min, max }: NumberSurvey, median: number, limit: number): number {
  if (limit === 0 || Math.max(max - median, median - min) <= limit) return 0
  let farOut = 0
  for (let i = 0; i < values.length; i++) if (Math.abs((values[i] ?? median) - median) > limit) farOut += 1
  return farOut
}

/** Which of the equal bins from min to max a value falls into. */
function binsOf({ min, max }: NumberSurvey): (value: number) => number {
  const range = max > min ? max - min : 1
  return (value) => Math.min(BINS - 1, Math.floor(((value - min) / range) * BINS))
}

function histogramOf(values: Float64Array, survey: NumberSurvey): number[] {
  const binOf = binsOf(survey)
  const counts = new Uint32Array(BINS)
  for (let i = 0; i < values.length; i++) {
    const bin = binOf(values[i] ?? survey.min)
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return [...counts]
}
