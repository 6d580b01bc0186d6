import type { Database } from '../database'
import type { Table, TableColumn } from '../reading/table'
import { distinctOf, eachColumn, medianOf, quantileOf } from '../sorted-columns'
import type { ColumnSurvey, NumberSurvey } from './survey'

const BINS = 20
/** Values farther from the median than so many interquartile ranges are far out. */
const FAR_OUT = 20

/** How the numbers of a column are distributed. */
export interface Shape {
  readonly distinct: number
  readonly median: number
  /** How many values v have |v − median| > 20 · IQR; 0 where half of the values are the same. */
  readonly farOut: number
  /** Counts in equal bins from min to max. */
  readonly histogram: number[]
}

/** The shapes of all numeric columns, exactly. A column of few different values is known already; others are sorted. */
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
  let done = 0
  await eachColumn(database, table.id, table.rows, many, null, ({ survey }, values) => {
    values.sort()
    const median = medianOf(values)
    shapes.set(survey.column, {
      distinct: distinctOf(values),
      median,
      farOut: farOutOf(values, median),
      histogram: histogramOf(values, binsOf(survey))
    })
    done += 1
    onProgress(done / many.length)
  })
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
  return { distinct: few.size, median, farOut, histogram }
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
  const rank = Math.floor(place)
  return quantileOf(Float64Array.of(at(rank), at(Math.ceil(place))), place - rank)
}

/** @param sorted ascending, not empty */
function farOutOf(sorted: Float64Array, median: number): number {
  const limit = FAR_OUT * (quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25))
  if (limit === 0) return 0
  let low = 0
  while (low < sorted.length && median - (sorted[low] ?? median) > limit) low += 1
  let high = 0
  while (high < sorted.length && (sorted[sorted.length - 1 - high] ?? median) - median > limit) high += 1
  return low + high
}

/** Which of the equal bins from min to max a value falls into. */
function binsOf({ min, max }: NumberSurvey): (value: number) => number {
  const range = max > min ? max - min : 1
  return (value) => Math.min(BINS - 1, Math.floor(((value - min) / range) * BINS))
}

/** @param sorted ascending */
function histogramOf(sorted: Float64Array, binOf: (value: number) => number): number[] {
  const startOf = (bin: number): number => {
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (binOf(sorted[middle] ?? Number.NaN) < bin) low = middle + 1
      else high = middle
    }
    return low
  }
  const starts = Array.from({ length: BINS + 1 }, (_, bin) => startOf(bin))
  return starts.slice(1).map((end, bin) => end - (starts[bin] ?? 0))
}
