import { blockType, blocks, type BlockName } from '../../shared/catalogue/blocks'
import type { Parameter, ParameterValue } from '../../shared/catalogue/parameter'
import type { BlockSpec } from './operations'

/** Something that can be added: a block type, or one with its first choice made (ReLU is an Activation). */
export interface Entry {
  readonly key: string
  readonly title: string
  /** The block's type when the title alone does not say it. */
  readonly detail: string
  readonly help: string
  readonly spec: BlockSpec
  /** Which parameter a number typed after the title sets: whole numbers as they are, shares in per cent. */
  readonly number: TypedNumber | null
  /** The parameter the preset sets, for grouping and for its picture. */
  readonly preset: { readonly key: string; readonly value: string } | null
}

interface TypedNumber {
  readonly key: string
  readonly min: number
  readonly max: number
  readonly share: boolean
}

/** Every entry of the palette and the search box, made from the catalogue. */
export const entries: readonly Entry[] = (Object.keys(blocks) as BlockName[])
  .filter((name) => blockType(name).addable)
  .flatMap(entriesOf)

function entriesOf(type: BlockName): Entry[] {
  const { title, help, parameters } = blockType(type)
  const list = Object.entries(parameters)
  const number = list.map(([key, parameter]) => typedNumber(key, parameter)).find((typed) => typed !== null) ?? null
  const own: Entry = { key: type, title, detail: '', help, spec: { type }, number, preset: null }
  const [first] = list
  if (first === undefined || first[1].control !== 'choice') return [own]
  const [key, choice] = first
  const presets = choice.options.map((option): Entry => {
    const values: Record<string, ParameterValue> = { [key]: option.value }
    return {
      key: `${type}:${option.value}`,
      title: option.label,
      detail: title,
      help: option.help,
      spec: { type, values },
      number: null,
      preset: { key, value: option.value }
    }
  })
  return [own, ...presets]
}

function typedNumber(key: string, parameter: Parameter): TypedNumber | null {
  if (parameter.control === 'integer' || parameter.control === 'autoInteger')
    return { key, min: parameter.min, max: parameter.max, share: false }
  if (parameter.control === 'number' && parameter.min >= 0 && parameter.max <= 1)
    return { key, min: parameter.min * 100, max: parameter.max * 100, share: true }
  return null
}

/** Entries that a wire can join: into the block when it was drawn out of a source, out of it otherwise. */
export function entriesForWire(port: 'source' | 'target'): Entry[] {
  return entries.filter((entry) => {
    const { ports } = blockType(entry.spec.type)
    return port === 'source' ? ports.input : ports.output
  })
}

/** An entry as it would be added for a query: "dense 64" is Dense with 64 units. */
export interface Match {
  readonly entry: Entry
  readonly title: string
  readonly spec: BlockSpec
}

/** Entries for what was typed, best first; all of them for an empty query. A number sets the block's size or share. */
export function searchEntries(query: string, among: readonly Entry[] = entries): Match[] {
  const number = /(?:^|[\s·x×])(\d{1,7})\s*(%?)\s*$/u.exec(query)
  const size = number === null ? null : Number(number[1])
  const percent = number?.[2] === '%'
  const words = (number === null ? query : query.slice(0, number.index)).trim()
  const scored: { match: Match; score: number; index: number }[] = []
  for (const [index, entry] of among.entries()) {
    const score =
      words === ''
        ? 0
        : Math.max(fuzzyScore(words, entry.title), fuzzyScore(words, `${entry.detail} ${entry.title}`) - 1)
    if (score === -Infinity) continue
    if (size === null) {
      scored.push({ match: { entry, title: entry.title, spec: entry.spec }, score, index })
      continue
    }
    const typed = entry.number
    if (typed === null || size < typed.min || size > typed.max || (percent && !typed.share)) continue
    const value = typed.share ? size / 100 : size
    const spec = { ...entry.spec, values: { ...entry.spec.values, [typed.key]: value } }
    scored.push({ match: { entry, title: `${entry.title} · ${size}${typed.share ? ' %' : ''}`, spec }, score, index })
  }
  return scored.sort((a, b) => b.score - a.score || a.index - b.index).map((item) => item.match)
}

/**
 * How well `query` fits `text`: its letters must occur in order; starts of words and runs of letters count more, and
 * shorter texts win. −Infinity when it does not fit.
 */
export function fuzzyScore(query: string, text: string): number {
  const wanted = query.toLowerCase().replace(/\s+/gu, '')
  const given = text.toLowerCase()
  if (wanted === '') return 0
  const exact = given.indexOf(wanted)
  if (exact >= 0) return 100 - text.length / 10 + (exact === 0 || /[\s-]/u.test(given[exact - 1] ?? '') ? 50 : 0)
  let score = 0
  let at = 0
  let run = 0
  for (const letter of wanted) {
    const found = given.indexOf(letter, at)
    if (found < 0) return -Infinity
    const startsWord = found === 0 || /[\s-]/u.test(given[found - 1] ?? '')
    run = found === at && at > 0 ? run + 1 : 0
    score += 1 + (startsWord ? 6 : 0) + run * 2
    at = found + 1
  }
  return score - text.length / 10
}
