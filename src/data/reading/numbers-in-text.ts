import { literal, without } from '../sql'
import { thousandsCharacters } from './cell-characters'
import type { NumberMarks } from './cell-kinds'

/** The number a text spells, as SQL; NULL for any other text. Codes like 007 are taken for numbers here. */
export function numberInText(text: string, { decimalMark, thousandsMark }: NumberMarks): string {
  const digits =
    thousandsMark === '' ? '[0-9]+' : `(?:[0-9]+|[0-9]{1,3}(?:[${thousandsCharacters(thousandsMark)}][0-9]{3})+)`
  const pattern = `[+-]?(?:${digits}(?:[${decimalMark}][0-9]*)?|[${decimalMark}][0-9]+)(?:[eE][+-]?[0-9]+)?`
  const plain = without(text, thousandsCharacters(thousandsMark))
  const number = `TRY_CAST(${decimalMark === ',' ? `replace(${plain}, ',', '.')` : plain} AS DOUBLE)`
  return `CASE WHEN regexp_full_match(${text}, ${literal(pattern)}) AND isfinite(${number}) THEN ${number} END`
}
