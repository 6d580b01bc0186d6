import type { Dialect, DialectOverrides } from '../../shared/table/dialect'
import { bitOf, type CellKind, type NumberMarks } from './cell-kinds'
import type { Storage } from './csv-plan'
import type { ColumnScan } from './scan'

const bits = (...kinds: readonly CellKind[]): number => kinds.reduce((set, kind) => set | bitOf(kind), 0)

const MISSING = bitOf('missing')
const TEXT = bitOf('text')
const byDecimal: Readonly<Record<Dialect['decimalMark'], number>> = {
  '.': bits('plainNumber', 'pointNumber', 'pointGroup'),
  ',': bits('plainNumber', 'commaNumber', 'commaGroup')
}

/** The ways numbers are written, the more usual first, and the kinds of cells that are numbers then. */
const ways: readonly (NumberMarks & { readonly kinds: number })[] = [
  { decimalMark: '.', thousandsMark: '', kinds: byDecimal['.'] },
  { decimalMark: ',', thousandsMark: '', kinds: byDecimal[','] },
  { decimalMark: '.', thousandsMark: ',', kinds: byDecimal['.'] | bits('commaGroup', 'commaThousands') },
  { decimalMark: ',', thousandsMark: '.', kinds: byDecimal[','] | bits('pointGroup', 'pointThousands') },
  { decimalMark: '.', thousandsMark: ' ', kinds: byDecimal['.'] | bits('spaceThousands', 'spacePointThousands') },
  { decimalMark: ',', thousandsMark: ' ', kinds: byDecimal[','] | bits('spaceThousands', 'spaceCommaThousands') },
  { decimalMark: '.', thousandsMark: "'", kinds: byDecimal['.'] | bits('apostropheThousands') }
]

function kindsOf({ decimalMark, thousandsMark }: NumberMarks): number {
  const way = ways.find((one) => one.decimalMark === decimalMark && one.thousandsMark === thousandsMark)
  return way?.kinds ?? byDecimal[decimalMark]
}

/** A column is numbers when every cell with a value is one, over the whole file. */
export function storageOf(column: ColumnScan, marks: NumberMarks): Storage {
  const values = column.kinds & ~MISSING
  return values !== 0 && (values & ~kindsOf(marks)) === 0 ? 'number' : 'text'
}

/** Whether a column may be numbers but for some texts, none of which is a code; how many there are is not known here. */
export function mayBeMixed({ kinds }: ColumnScan, marks: NumberMarks): boolean {
  const numbers = kindsOf(marks)
  return (kinds & TEXT) !== 0 && (kinds & numbers) !== 0 && (kinds & ~(MISSING | TEXT | numbers)) === 0
}

/**
 * The marks that make most columns numbers, as far as a person has not decided; the more usual among equals.
 * @returns them, and how sure that is, 0 … 1
 */
export function detectNumberMarks(
  columns: readonly ColumnScan[],
  delimiter: Dialect['delimiter'],
  overrides: DialectOverrides
): NumberMarks & { readonly confidence: number } {
  const { decimalMark, thousandsMark } = overrides
  const possible = ways.filter(
    (way) =>
      (decimalMark === undefined || way.decimalMark === decimalMark) &&
      (thousandsMark === undefined || way.thousandsMark === thousandsMark)
  )
  // In a file with commas between cells, a quoted 1,234 is more likely a thousand than a decimal.
  const ambiguous = delimiter === ',' ? bitOf('commaGroup') : 0
  const numbers = (way: (typeof ways)[number]): number => {
    const kinds = way.decimalMark === ',' ? way.kinds & ~ambiguous : way.kinds
    return columns.filter(({ kinds: seen }) => (seen & ~MISSING) !== 0 && (seen & ~MISSING & ~kinds) === 0).length
  }
  let best = possible[0]
  if (best === undefined) return { decimalMark: decimalMark ?? '.', thousandsMark: thousandsMark ?? '', confidence: 1 }
  const mixed = (way: (typeof ways)[number]): number => columns.filter((column) => mayBeMixed(column, way)).length
  for (const way of possible) {
    const more = numbers(way) - numbers(best)
    if (more > 0 || (more === 0 && mixed(way) > mixed(best))) best = way
  }
  const most = numbers(best)
  // Another way that reads as many columns, and some of them as other numbers, leaves doubt.
  const marked = columns.some(({ kinds: seen }) => (seen & bits('commaGroup', 'pointGroup')) !== 0)
  const rivals = possible.filter((way) => way !== best && numbers(way) === most && marked)
  const confidence = rivals.length > 0 ? 0.7 : 0.97
  return { decimalMark: best.decimalMark, thousandsMark: best.thousandsMark, confidence }
}
