/** Text for people: numbers with a sensible number of digits, durations, tables. */
import { groupedBy, UNKNOWN } from '../shared/figures'

export type Alignment = 'left' | 'right'

/** Rows of cells as aligned columns, two spaces apart; the last column is not padded. */
export function alignedTable(rows: readonly (readonly string[])[], alignments: readonly Alignment[]): string {
  const widths = alignments.map((_, column) => Math.max(0, ...rows.map((row) => width(row[column] ?? ''))))
  const lines = rows.map((row) => {
    const cells = alignments.map((alignment, column) => {
      const cell = row[column] ?? ''
      const padding = ' '.repeat((widths[column] ?? 0) - width(cell))
      return alignment === 'right' ? padding + cell : cell + padding
    })
    return cells.join('  ').trimEnd()
  })
  return lines.map((line) => `${line}\n`).join('')
}

/** Characters a text takes on screen, near enough: combining marks take none. */
function width(text: string): number {
  return [...text.normalize('NFC')].length
}

export function shortened(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}

/** A measured number with four significant digits: 0.05123, 12.35, 1.234e-7. */
export function measure(value: number | null): string {
  if (value === null) return UNKNOWN
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e6 || size < 1e-4) return value.toExponential(3)
  return String(Number(value.toPrecision(4)))
}

/** A count with groups of three: 12 400. */
export function count(value: number): string {
  return groupedBy(' ', value)
}

/** 2.81 ms, 4.20 s, 12 s, 3:05, 1:02:03 */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(3))} ms`
  if (seconds < 10) return `${seconds.toFixed(2)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const pad = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes}:${pad(whole % 60)}`
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`
}

export function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`
}

/** The candidate a person most likely meant, or null when none is near. */
export function nearest(wanted: string, candidates: readonly string[]): string | null {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(wanted.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best !== undefined && best.distance <= Math.max(1, Math.floor(wanted.length / 3)) ? best.candidate : null
}

/** Levenshtein's distance: insertions, deletions and replacements that turn one text into the other. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replace = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replace, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
