import type { Relation, RelationMeasure } from '../../shared/table/relations'
import { UNKNOWN } from '../training/format'

const names: Readonly<Record<RelationMeasure, readonly [name: string, symbol: string]>> = {
  pearson: ['correlation', 'r'],
  correlationRatio: ['correlation ratio', 'η'],
  cramersV: ['Cramér’s', 'V']
}

/** η 0.787 */
export function relationFigure({ measure, value }: Relation): string {
  return value === null ? UNKNOWN : `${names[measure][1]} ${value.toFixed(3).replace('-', '−')}`
}

/** Relation to species: correlation ratio η 0.787. */
export function relationInWords(relation: Relation, target: string): string {
  return relation.value === null
    ? `No relation to ${target} can be computed`
    : `Relation to ${target}: ${names[relation.measure][0]} ${relationFigure(relation)}`
}
