import type { Dialect } from '../../shared/table/dialect'
import { naturesBeyond, natureOf, natures, thousandsCharacters, type Nature } from './cell-characters'

/**
 * What a cell is, read character by character: one small automaton, used on whole files by the scan and on single
 * strings while the dialect is detected. Spaces and tabs around a value do not count.
 *
 *   number       [+-]? digits [mark digits*]? [exponent]?  or  [+-]? mark digits+ [exponent]?
 *                or with thousands: [+-]? one to three digits, then groups of three after , . ' or a space, then a fraction
 *                (a space: also U+00A0, U+202F and U+2009, an apostrophe: also U+2019, which take two or three bytes)
 *   exponent     [eE] [+-]? digits+
 *   missing      nothing, na, n/a, #n/a, nan, null, \n (a backslash and an n), ?, -, --, ., ..   (upper or lower case)
 */
export const cellKinds = [
  'missing',
  /** A number without a decimal mark. */
  'plainNumber',
  /** 1.5: a number with a decimal point. */
  'pointNumber',
  /** 1,5: a number with a decimal comma. */
  'commaNumber',
  /** 1,234: a number with a decimal comma, or thousands set apart. */
  'commaGroup',
  /** 1.234: a number with a decimal point, or thousands set apart. */
  'pointGroup',
  /** 1,234,567 or 1,234.5: thousands set apart by commas. */
  'commaThousands',
  /** 1.234.567 or 1.234,5: thousands set apart by points. */
  'pointThousands',
  /** 1 234, 1 234.5, 1 234,5: by spaces of any kind. */
  'spaceThousands',
  'spacePointThousands',
  'spaceCommaThousands',
  /** 1'234 or 1'234.5: by apostrophes. */
  'apostropheThousands',
  /** Digits that are a name rather than an amount: 00123, or more digits than a float64 can tell apart. */
  'code',
  'text'
] as const
export type CellKind = (typeof cellKinds)[number]

/** Integers of more digits are not all exact in a float64, so they are kept as text. */
const MAX_DIGITS = 15

/**
 * A state: what the cell is if it ends here, and where each nature leads. A tab leads where a space does, a zero and a
 * digit where `anyDigit` does, unless they are named; everything else that is not named leads to text.
 */
interface State {
  readonly kind: CellKind
  readonly on: Readonly<Partial<Record<Nature | 'anyDigit', string>>>
}

const ended = (kind: CellKind, self: string): State => ({ kind, on: { space: self } })

const wideSpace = { byteC2: 'spaceC2', byteE2: 'spaceE2' } as const

/** The digits before a decimal mark are counted: up to three may be thousands, more than MAX_DIGITS are a code. */
function integerStates(): Record<string, State> {
  const states: Record<string, State> = {}
  for (let digits = 1; digits <= MAX_DIGITS + 1; digits++) {
    const long = digits > MAX_DIGITS
    const few = digits <= 3
    states[`integer${digits}`] = {
      kind: long ? 'code' : 'plainNumber',
      on: {
        anyDigit: long ? `integer${digits}` : `integer${digits + 1}`,
        point: few ? 'pointGroup0' : 'point',
        comma: few ? 'commaGroup0' : 'comma',
        e: 'exponent',
        space: long ? 'codeEnd' : few ? 'spaced0' : 'plainEnd',
        tab: long ? 'codeEnd' : 'plainEnd',
        ...(few ? { apostrophe: 'apostrophe0', ...wideSpace } : {})
      }
    }
  }
  return states
}

/** The three digits after a comma or a point that may be a decimal mark or set thousands apart, and what follows them. */
function groupStates(mark: 'point' | 'comma', other: 'point' | 'comma'): Record<string, State> {
  const one = `${mark}Group`
  const many = `${mark}Thousands`
  const kinds =
    mark === 'comma'
      ? (['commaNumber', 'commaGroup', 'commaThousands'] as const)
      : (['pointNumber', 'pointGroup', 'pointThousands'] as const)
  const [fraction, group, thousands] = kinds
  const fractionEnd = { e: `${mark}Exponent`, space: `${mark}End` }
  return {
    [`${one}0`]: { kind: fraction, on: { anyDigit: `${one}1`, ...fractionEnd } },
    [`${one}1`]: { kind: fraction, on: { anyDigit: `${one}2`, ...fractionEnd } },
    [`${one}2`]: { kind: fraction, on: { anyDigit: `${one}3`, ...fractionEnd } },
    [`${one}3`]: {
      kind: group,
      on: {
        anyDigit: `${mark}Fraction`,
        e: `${mark}Exponent`,
        space: `${one}End`,
        [mark]: `${many}0`,
        [other]: `${many}Fraction`
      }
    },
    [`${one}End`]: ended(group, `${one}End`),
    ...thousandsStates(many, mark, [[other, thousands]], thousands)
  }
}

/**
 * Groups of three digits from the second on, and a fraction after them.
 * @param fractions which marks may follow, and what the number is then
 */
function thousandsStates(
  name: string,
  mark: Nature,
  fractions: readonly (readonly [mark: 'point' | 'comma', kind: CellKind])[],
  kind: CellKind
): Record<string, State> {
  const fractionName = (of: 'point' | 'comma'): string =>
    fractions.length === 1 ? `${name}Fraction` : `${name}Fraction${of}`
  const states: Record<string, State> = {
    [`${name}0`]: { kind: 'text', on: { anyDigit: `${name}1` } },
    [`${name}1`]: { kind: 'text', on: { anyDigit: `${name}2` } },
    [`${name}2`]: { kind: 'text', on: { anyDigit: `${name}3` } },
    [`${name}3`]: {
      kind,
      on: {
        ...Object.fromEntries(fractions.map(([of]) => [of, fractionName(of)])),
        ...(mark === 'space'
          ? { space: 'spacedNext', tab: `${name}End`, ...wideSpace }
          : { [mark]: `${name}0`, space: `${name}End` }),
        ...(mark === 'apostrophe' ? { byteE2: `${name}E2` } : {})
      }
    },
    [`${name}End`]: ended(kind, `${name}End`)
  }
  for (const [of, fraction] of fractions) {
    const state = fractionName(of)
    states[state] = { kind: fraction, on: { anyDigit: state, space: `${state}End` } }
    states[`${state}End`] = ended(fraction, `${state}End`)
  }
  return states
}

/** The states after a decimal mark, once for the point and once for the comma. */
function fractionStates(mark: 'point' | 'comma', kind: CellKind): Record<string, State> {
  return {
    [`${mark}First`]: { kind: 'text', on: { anyDigit: `${mark}Fraction` } },
    [mark]: { kind, on: { anyDigit: `${mark}Fraction`, e: `${mark}Exponent`, space: `${mark}End` } },
    [`${mark}Fraction`]: { kind, on: { anyDigit: `${mark}Fraction`, e: `${mark}Exponent`, space: `${mark}End` } },
    [`${mark}Exponent`]: { kind: 'text', on: { minus: `${mark}Sign`, plus: `${mark}Sign`, anyDigit: `${mark}Power` } },
    [`${mark}Sign`]: { kind: 'text', on: { anyDigit: `${mark}Power` } },
    [`${mark}Power`]: { kind, on: { anyDigit: `${mark}Power`, space: `${mark}End` } },
    [`${mark}End`]: ended(kind, `${mark}End`)
  }
}

const omitted = (states: Record<string, State>, name: string): Record<string, State> =>
  Object.fromEntries(Object.entries(states).filter(([key]) => key !== name))

const number = { zero: 'zero', digit: 'integer1', point: 'pointFirst', comma: 'commaFirst' } as const
const value = {
  ...number,
  point: 'dot',
  minus: 'minus',
  plus: 'plus',
  n: 'n',
  question: 'missing',
  hash: 'hash',
  backslash: 'backslash'
} as const

const stateTable: Record<string, State> = {
  start: { kind: 'missing', on: { ...value, space: 'start', tab: 'lead' } },
  // A quote opens a cell after spaces, but not after a tab.
  lead: { kind: 'missing', on: { ...value, space: 'lead' } },
  text: { kind: 'text', on: {} },
  minus: { kind: 'missing', on: { ...number, minus: 'missing', space: 'missing' } },
  dot: { kind: 'missing', on: { anyDigit: 'pointFraction', point: 'missing', space: 'missing' } },
  plus: { kind: 'text', on: number },
  zero: {
    kind: 'plainNumber',
    on: { anyDigit: 'code', point: 'point', comma: 'comma', e: 'exponent', space: 'plainEnd' }
  },
  ...integerStates(),
  code: { kind: 'code', on: { anyDigit: 'code', space: 'codeEnd' } },
  codeEnd: ended('code', 'codeEnd'),
  exponent: { kind: 'text', on: { minus: 'sign', plus: 'sign', anyDigit: 'power' } },
  sign: { kind: 'text', on: { anyDigit: 'power' } },
  power: { kind: 'plainNumber', on: { anyDigit: 'power', space: 'plainEnd' } },
  plainEnd: ended('plainNumber', 'plainEnd'),
  ...fractionStates('point', 'pointNumber'),
  ...fractionStates('comma', 'commaNumber'),
  ...groupStates('point', 'comma'),
  ...groupStates('comma', 'point'),
  // A space after digits ends the number, or sets its thousands apart.
  spaced0: { kind: 'plainNumber', on: { anyDigit: 'spaced1', space: 'plainEnd' } },
  spacedNext: { kind: 'spaceThousands', on: { anyDigit: 'spaced1', space: 'spacedEnd' } },
  ...omitted(
    thousandsStates(
      'spaced',
      'space',
      [
        ['point', 'spacePointThousands'],
        ['comma', 'spaceCommaThousands']
      ],
      'spaceThousands'
    ),
    'spaced0'
  ),
  spaceC2: { kind: 'text', on: { byteA0: 'spaced' } },
  spaceE2: { kind: 'text', on: { byte80: 'spaceE280' } },
  spaceE280: { kind: 'text', on: { byteAF: 'spaced', byte89: 'spaced', byte99: 'apostrophe0' } },
  apostropheE2: { kind: 'text', on: { byte80: 'apostropheE280' } },
  apostropheE280: { kind: 'text', on: { byte99: 'apostrophe0' } },
  spaced: { kind: 'text', on: { anyDigit: 'spaced1' } },
  ...thousandsStates('apostrophe', 'apostrophe', [['point', 'apostropheThousands']], 'apostropheThousands'),
  n: { kind: 'text', on: { a: 'na', slash: 'nSlash', u: 'nu' } },
  na: { kind: 'missing', on: { n: 'missing', space: 'missing' } },
  nSlash: { kind: 'text', on: { a: 'missing' } },
  hash: { kind: 'text', on: { n: 'hashN' } },
  hashN: { kind: 'text', on: { slash: 'nSlash' } },
  backslash: { kind: 'text', on: { n: 'missing' } },
  nu: { kind: 'text', on: { l: 'nul' } },
  nul: { kind: 'text', on: { l: 'missing' } },
  missing: ended('missing', 'missing')
}

const stateNames = Object.keys(stateTable)
const indexOfState = new Map(stateNames.map((name, index) => [name, index]))

function indexOf(name: string): number {
  const index = indexOfState.get(name)
  if (index === undefined) throw new Error(`The cell automaton has no state "${name}".`)
  return index
}

function target(state: State, nature: Nature): number {
  const general =
    nature === 'zero' || nature === 'digit' ? state.on.anyDigit : nature === 'tab' ? state.on.space : undefined
  const named = state.on[nature] ?? general
  return indexOf(named ?? 'text')
}

/** The automaton as numbers, for those who build a faster table of it. */
export const automaton = {
  states: stateNames.length,
  start: indexOf('start'),
  lead: indexOf('lead'),
  text: indexOf('text'),
  /** Index into cellKinds by state. */
  kinds: Uint8Array.from(stateNames, (name) => cellKinds.indexOf(stateTable[name]?.kind ?? 'text')),
  next: (state: number, nature: Nature): number => transitions.get(nature)?.[state] ?? indexOf('text')
} as const

const transitions = new Map(
  natures.map(
    (nature) => [nature, Uint8Array.from(Object.values(stateTable), (state) => target(state, nature))] as const
  )
)

/** The automaton for characters of ASCII, state after state: the detection asks for the kinds of some 100 000 cells. */
const ASCII = 128
const asciiSteps = stepsOfAscii()

function stepsOfAscii(): Uint8Array {
  const steps = new Uint8Array(automaton.states * ASCII)
  for (let code = 0; code < ASCII; code++) {
    const after = transitions.get(natureOf(code))
    for (let state = 0; state < automaton.states; state++)
      steps[state * ASCII + code] = after?.[state] ?? automaton.text
  }
  return steps
}

export function kindOf(cell: string): CellKind {
  const { start, text, kinds } = automaton
  let state: number = start
  for (let i = 0; i < cell.length && state !== text; i++) {
    const code = cell.charCodeAt(i)
    if (code < ASCII) state = asciiSteps[state * ASCII + code] ?? text
    else for (const nature of naturesBeyond(code)) state = automaton.next(state, nature)
  }
  return cellKinds[kinds[state] ?? 0] ?? 'text'
}

/** How numbers are written. */
export type NumberMarks = Pick<Dialect, 'decimalMark' | 'thousandsMark'>

/** The value of a cell that is a number; without marks, the decimal mark is whichever it uses. */
export function numberOf(cell: string, marks?: NumberMarks): number {
  const text = cell.trim()
  if (marks === undefined) return Number(text.replace(',', '.'))
  const apart = thousandsCharacters(marks.thousandsMark)
  const plain = apart === '' ? text : text.replaceAll(new RegExp(`[${apart}]`, 'g'), '')
  return Number(plain.replace(marks.decimalMark, '.'))
}

/** A set of kinds as bits. */
export const bitOf = (kind: CellKind): number => 1 << cellKinds.indexOf(kind)
