import { delimiters } from '../../../shared/table/dialect'
import { dateOrTime } from './date-or-time'

/** What is looked at. */
const LINES = 60
const CHARACTERS = 1 << 16
/** This share of them holds the delimiter, equally often. */
const LEAST_SHARE = 0.9
/** So many of the lines may hold a part of a longer delimiter without the whole of it, and none of the first ones. */
const MOST_BROKEN = 0.05
const FIRST_LINES = 3
const MOST_CHARACTERS = 4

/** What hardly ever stands in a value: one of them in every line separates two columns. */
const OUT_OF_PLACE = /[,;|^~§¦¬¤¶│]|\p{Cc}/u
const DOUBLED = /^([,;|\t])\1+$/
/** What stands in values like times and addresses: only several in every line, names included, make a table. */
const IN_PLACE = /^[:&@#!*]+$/
const RUNS = /(?:[^\p{L}\p{N}"'`.\\_()[\]{}<>\0\u0080-\uffff-]|[§¦¬¤¶│])+/gu

/**
 * What might separate cells besides the usual delimiters: one to four characters, `||` or `^`, which stand equally often
 * in nearly all lines.
 * @param whole whether the text is the whole file; otherwise its last line may be cut
 */
export function rareDelimiters(text: string, whole: boolean): string[] {
  // What stands between quotes or brackets separates nothing, nor does what belongs to a web address.
  const bare = text
    .slice(0, CHARACTERS)
    .replace(/"(?:[^"]|"")*"/g, 'q')
    .replace(/\[[^\]\r\n]*\]/g, 'q')
    .replaceAll('://', '')
  const all = bare.split(/\r\n|\n|\r/, LINES + 1)
  const isCut = all.length > LINES || text.length > CHARACTERS || !whole
  const lines = (isCut ? all.slice(0, -1) : all).filter((line) => line.trim() !== '')
  if (lines.length < 2 || 2 * lines.filter((line) => dateOrTime.test(line.trim())).length > lines.length) return []
  const runs = new Set(lines.slice(0, FIRST_LINES).flatMap((line) => line.match(RUNS) ?? []))
  return [...runs].filter((run) => mayBeDelimiter(run) && standsEverywhere(run, lines) && isWhole(run, lines))
}

function mayBeDelimiter(run: string): boolean {
  if (run.length > MOST_CHARACTERS || !(OUT_OF_PLACE.test(run) || IN_PLACE.test(run))) return false
  // A space after a usual delimiter is found later.
  return !delimiters.some((usual) => usual === run || run === `${usual} `)
}

const countOf = (part: string, line: string): number => line.split(part).length - 1

/** How often most lines hold it. */
function usualCount(run: string, lines: readonly string[]): { count: number; lines: number } {
  const counts = new Map<number, number>()
  for (const line of lines) counts.set(countOf(run, line), (counts.get(countOf(run, line)) ?? 0) + 1)
  return [...counts].reduce((best, [count, lines]) => (lines > best.lines ? { count, lines } : best), { count: 0, lines: 0 }) // prettier-ignore
}

function standsEverywhere(run: string, lines: readonly string[]): boolean {
  const usual = usualCount(run, lines)
  if (usual.count === 0 || usual.lines < LEAST_SHARE * lines.length) return false
  // Between two columns, two delimiters are an empty cell.
  if (OUT_OF_PLACE.test(run)) return usual.count > 1 || !DOUBLED.test(run)
  return usual.count > 1 && lines.slice(0, FIRST_LINES).every((line) => countOf(run, line) === usual.count)
}

/**
 * Two delimiters with nothing between them are an empty cell, where one of them stands alone in other lines, or as often as
 * in all others beside them.
 */
function isWhole(run: string, lines: readonly string[]): boolean {
  const parts = delimiters.filter((usual) => usual !== ' ' && run.includes(usual))
  if (parts.length === 0) return true
  const { count } = usualCount(run, lines)
  const standsAlone = (part: string): boolean => {
    const alone = usualCount(part, lines)
    return alone.count > count * countOf(part, run) && alone.lines >= LEAST_SHARE * lines.length
  }
  if (parts.some(standsAlone)) return false
  const broken = lines.map((line) => parts.some((part) => line.includes(part)) && countOf(run, line) !== count)
  return !broken.slice(0, FIRST_LINES).includes(true) && broken.filter(Boolean).length <= MOST_BROKEN * lines.length
}
