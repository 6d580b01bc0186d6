import type { Database } from '../database'
import type { Table, TableColumn } from '../reading/table'
import { distinctOf, eachColumn, medianOf } from '../sorted-columns'
import type { ColumnSurvey, NumberSurvey } from './survey'

const BINS = 20

/** How the numbers of a column are distributed. */
export interface Shape {
  readonly distinct: number
  readonly median: number
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
    const histogram = new Histogram(survey)
    for (let i = 0; i < values.length; i++) histogram.add(values[i] ?? 0, 1)
    values.sort()
    shapes.set(survey.column, { distinct: distinctOf(values), median: medianOf(values), histogram: histogram.counts })
    done += 1
    onProgress(done / many.length)
  })
  return shapes
}

/** @param few rows by value, the values ascending */
function shapeOfFew(survey: NumberSurvey, few: ReadonlyMap<number, number>): Shape {
  const histogram = new Histogram(survey)
  for (const [value, count] of few) histogram.add(value, count)
  return { distinct: few.size, median: medianOfFew(few, survey.present), histogram: histogram.counts }
}

function medianOfFew(few: ReadonlyMap<number, number>, present: number): number {
  const at = (rank: number): number => {
    let before = 0
    for (const [value, count] of few) {
      before += count
      if (rank < before) return value
    }
    return Number.NaN
  }
  return medianOf(Float64Array.of(at((present - 1) >> 1), at(present >> 1)))
}

class Histogram {
  readonly counts = Array.from({ length: BINS }, () => 0)
  private readonly min: number
  private readonly range: number

  constructor({ min, max }: NumberSurvey) {
    this.min = min
    this.range = max > min ? max - min : 1
  }

  add(value: number, count: number): void {
    const bin = Math.min(BINS - 1, Math.floor(((value - this.min) / this.range) * BINS))
    this.counts[bin] = (this.counts[bin] ?? 0) + count
  }
}
