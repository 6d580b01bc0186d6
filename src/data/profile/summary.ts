import type { TableSummary } from '../../shared/dataset'
import type { ColumnSummary } from '../../shared/table/profile'
import type { Database } from '../database'
import { previewRows } from '../reading/pages'
import type { Table } from '../reading/table'
import { exclusionOf, targetTypeOf, typeOf } from './judge'
import { shapesOf, type Shape } from './shape'
import { SHOWN_CATEGORIES, type CategoryCount, type ColumnSurvey, type NumberSurvey } from './survey'
import { tableWarnings } from './warnings'

const PREVIEW_ROWS = 100

/** All there is to say about a table. */
export async function summarizeTable(
  database: Database,
  table: Table,
  surveys: readonly ColumnSurvey[],
  onProgress: (fraction: number) => void
): Promise<TableSummary> {
  const shapes = await shapesOf(database, table, surveys, onProgress)
  const { source } = table
  return {
    name: source.name,
    sha256: source.sha256,
    bytes: source.stamp.bytes,
    rows: table.rows,
    dialect: table.dialect,
    confidence: table.confidence,
    reading: source.reading,
    columns: surveys.map((survey) => columnSummary(survey, shapes.get(survey.column))),
    preview: await previewRows(source, table.missingWords, PREVIEW_ROWS),
    notes: [...table.notes],
    warnings: await tableWarnings(database, table, surveys, shapes)
  }
}

function columnSummary(survey: ColumnSurvey, shape: Shape | undefined): ColumnSummary {
  const { column } = survey
  const { type, evidence } = typeOf(survey)
  const target = targetTypeOf(survey)
  const common = {
    name: column.name,
    index: column.index,
    type,
    evidence,
    targetType: target.type,
    targetEvidence: target.evidence,
    missing: column.missing,
    date: survey.storage === 'text' ? survey.dates : null,
    excluded: exclusionOf(survey)
  }
  if (survey.storage === 'text')
    return { ...common, distinct: survey.distinct, distinctExact: true, numeric: null, categories: [...survey.top] }
  if (shape === undefined) return { ...common, distinct: 0, distinctExact: true, numeric: null, categories: [] }
  const { min, mean, max, standardDeviation, integer } = survey
  const { distinct, distinctExact, median, histogram } = shape
  return {
    ...common,
    distinct,
    distinctExact,
    numeric: { min, mean, median, max, standardDeviation, integer, histogram },
    categories: fewCategories(survey)
  }
}

function fewCategories({ few }: NumberSurvey): CategoryCount[] {
  if (few === null) return []
  // The values are ascending and sorting is stable, so equally frequent ones stay so.
  const counts = [...few].map(([value, count]) => ({ value: String(value), count }))
  return counts.sort((a, b) => b.count - a.count).slice(0, SHOWN_CATEGORIES)
}
