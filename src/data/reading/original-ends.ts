import type { Dialect, DialectOverrides } from '../../shared/table/dialect'
import { endsInCellsNote, lineEndOf, mixedEndsNote, rowEndNote } from './detect/row-ends'
import type { ScannedText } from './needs-rewriting'

/** How sure one is of a row end that is no line end. */
const SURE_ROW_END = 0.9
/** … that one kind of line ends ends rows, and others do not. */
const LIKELY_ROW_END = 0.8

/** How rows end in the original, and what there is to say about it. */
export function endsOf(
  { file, scan, dialect }: ScannedText,
  overrides: DialectOverrides
): { lineEnd: Dialect['lineEnd']; confidence: number; notes: string[] } {
  const decided = file.format === 'text' ? overrides.lineEnd : undefined
  if (file.rowEnd !== null) {
    const confidence = decided === undefined ? SURE_ROW_END : 1
    return { lineEnd: file.rowEnd, confidence, notes: [rowEndNote(file.rowEnd)] }
  }
  if (decided !== undefined) return { lineEnd: decided, confidence: 1, notes: [] }
  if (dialect.loneEnds !== undefined)
    return {
      lineEnd: dialect.loneEnds === 'none' ? '\r\n' : dialect.loneEnds,
      confidence: LIKELY_ROW_END,
      notes: [endsInCellsNote(scan.lineEnds, dialect.loneEnds)]
    }
  const found = lineEndOf(scan.lineEnds, scan.malformedCount === 0)
  return { ...found, notes: found.lineEnd === 'mixed' ? [mixedEndsNote(scan.lineEnds)] : [] }
}
