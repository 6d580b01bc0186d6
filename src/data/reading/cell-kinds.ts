/**
 * What a cell is, read character by character: one small automaton, used on whole files by the scan and on single
 * strings while the dialect is detected. Spaces and tabs around a value do not count.
 *
 *   number       [+-]? digits [mark digits*]? [exponent]?  or  [+-]? mark digits+ [exponent]?
 *   exponent     [eE] [+-]? digits+
 *   missing      nothing, na, n/a, nan, null, ?, -   (upper or lower case)
 */
export const cellKinds = [
  'missing',
  /** A number without a decimal mark. */
  'plainNumber',
  /** A number with a decimal point. */
  'pointNumber',
  /** A number with a decimal comma. */
  'commaNumber',
  /** 1,234: a number with a decimal comma, or thousands set apart. */
  'groupedNumber',
  /** Digits that are a name rather than an amount: 00123, or more digits than a float64 can tell apart. */
  'code',
  'text'
] as const
export type CellKind = (typeof cellKinds)[number]

/** Integers of more digits are not all exact in a float64, so they are kept as text. */
const MAX_DIGITS = 15

export const natures = [
  'zero',
  'digit',
  'minus',
  'plus',
  'point',
  'comma',
  'e',
  'n',
  'a',
  'u',
  'l',
  'slash',
  'question',
  'space',
  'tab',
  'other'
] as const
export type Nature = (typeof natures)[number]

/** What a byte or UTF-16 code unit means inside a cell. Everything beyond ASCII is `other`. */
export function natureOf(code: number): Nature {
  if (code === 0x30) return 'zero'
  if (code > 0x30 && code <= 0x39) return 'digit'
  switch (code) {
    case 0x2d:
      return 'minus'
    case 0x2b:
      return 'plus'
    case 0x2e:
      return 'point'
    case 0x2c:
      return 'comma'
    case 0x2f:
      return 'slash'
    case 0x3f:
      return 'question'
    case 0x20:
      return 'space'
    case 0x09:
      return 'tab'
    case 0x45:
    case 0x65:
      return 'e'
    case 0x4e:
    case 0x6e:
      return 'n'
    case 0x41:
    case 0x61:
      return 'a'
    case 0x55:
    case 0x75:
      return 'u'
    case 0x4c:
    case 0x6c:
      return 'l'
    default:
      return 'other'
  }
}

/**
 * A state: what the cell is if it ends here, and where each nature leads. A tab leads where a space does, a zero and a
 * digit where `anyDigit` does, unless they are named; everything else that is not named leads to text.
 */
interface State {
  readonly kind: CellKind
  readonly on: Readonly<Partial<Record<Nature | 'anyDigit', string>>>
}

const ended = (kind: CellKind, self: string): State => ({ kind, on: { space: self } })

/** The digits before a decimal mark are counted: up to three may be thousands, more than MAX_DIGITS are a code. */
function integerStates(): Record<string, State> {
  const states: Record<string, State> = {}
  for (let digits = 1; digits <= MAX_DIGITS + 1; digits++) {
    const long = digits > MAX_DIGITS
    states[`integer${digits}`] = {
      kind: long ? 'code' : 'plainNumber',
      on: {
        anyDigit: long ? `integer${digits}` : `integer${digits + 1}`,
        point: 'point',
        comma: digits <= 3 ? 'group0' : 'comma',
        e: 'exponent',
        space: long ? 'codeEnd' : 'plainEnd'
      }
    }
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

const number = { zero: 'zero', digit: 'integer1', point: 'pointFirst', comma: 'commaFirst' } as const
const value = { ...number, minus: 'minus', plus: 'plus', n: 'n', question: 'missing' } as const

const stateTable: Record<string, State> = {
  start: { kind: 'missing', on: { ...value, space: 'start', tab: 'lead' } },
  // A quote opens a cell after spaces, but not after a tab.
  lead: { kind: 'missing', on: { ...value, space: 'lead' } },
  text: { kind: 'text', on: {} },
  minus: { kind: 'missing', on: { ...number, space: 'missing' } },
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
  group0: { kind: 'commaNumber', on: { anyDigit: 'group1', e: 'commaExponent', space: 'commaEnd' } },
  group1: { kind: 'commaNumber', on: { anyDigit: 'group2', e: 'commaExponent', space: 'commaEnd' } },
  group2: { kind: 'commaNumber', on: { anyDigit: 'group3', e: 'commaExponent', space: 'commaEnd' } },
  group3: { kind: 'groupedNumber', on: { anyDigit: 'commaFraction', e: 'commaExponent', space: 'groupEnd' } },
  groupEnd: ended('groupedNumber', 'groupEnd'),
  n: { kind: 'text', on: { a: 'na', slash: 'nSlash', u: 'nu' } },
  na: { kind: 'missing', on: { n: 'missing', space: 'missing' } },
  nSlash: { kind: 'text', on: { a: 'missing' } },
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

export function kindOf(cell: string): CellKind {
  let state = automaton.start
  for (let i = 0; i < cell.length && state !== automaton.text; i++) {
    state = automaton.next(state, natureOf(cell.charCodeAt(i)))
  }
  return cellKinds[automaton.kinds[state] ?? 0] ?? 'text'
}

/** The value of a cell that is a number; the decimal mark is whichever it uses. */
export function numberOf(cell: string): number {
  return Number(cell.trim().replace(',', '.'))
}

/** A set of kinds as bits. */
export const bitOf = (kind: CellKind): number => 1 << cellKinds.indexOf(kind)
