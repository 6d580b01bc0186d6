import type { Dialect } from '../../shared/table/dialect'
import { natureOf, natureOfByte, natures, type Nature } from './cell-characters'
import { automaton } from './cell-kinds'

/**
 * The cell automaton unfolded for one dialect: a transition table over bytes that also knows quotes, delimiters and
 * line ends. Every cell state exists three times: outside quotes, inside them, and after the closing quote.
 */
export interface ScanTable {
  /** Class of each byte. */
  readonly classes: Uint8Array
  /**
   * Next state, or an event, at `state + class`: states are counted in steps of CLASSES, so that nothing is multiplied.
   */
  readonly next: Uint16Array
  /** Index into cellKinds by state. */
  readonly kinds: Uint8Array
  /** The state at the start of a cell. */
  readonly start: number
  /** The state after tabs at the start of a cell. */
  readonly lead: number
  /** The state of an unquoted cell that is text whatever follows. */
  readonly text: number
  /** States from here on (and below `closed`) are inside quotes. */
  readonly quoted: number
  readonly closed: number
  /** Values from here on are events. */
  readonly events: number
}

/** Room for the classes of bytes. */
const CLASSES = 32

/** What a state table cannot do by itself; counted from `ScanTable.events`. */
export const scanEvents = {
  cell: 0,
  lineFeed: 1,
  carriageReturn: 2,
  openingQuote: 3,
  quotedLineFeed: 4,
  quotedCarriageReturn: 5,
  spaceAfterQuote: 6,
  textAfterQuote: 7
} as const

const DELIMITER = natures.length
const QUOTE = DELIMITER + 1
const LINE_FEED = DELIMITER + 2
const CARRIAGE_RETURN = DELIMITER + 3

export function buildScanTable(dialect: Pick<Dialect, 'delimiter' | 'quote'>): ScanTable {
  const size = automaton.states * CLASSES
  const quoted = size
  const closed = 2 * size
  const events = 3 * size
  const text = automaton.text * CLASSES
  const next = new Uint16Array(events)
  const kinds = new Uint8Array(events)
  const delimiterNature = natureOf(dialect.delimiter.charCodeAt(0))
  for (let cellState = 0; cellState < automaton.states; cellState++) {
    const state = cellState * CLASSES
    const after = (nature: Nature): number => automaton.next(cellState, nature) * CLASSES
    for (const copy of [state, quoted + state, closed + state]) kinds[copy] = automaton.kinds[cellState] ?? 0
    natures.forEach((nature, byteClass) => {
      next[state + byteClass] = after(nature)
      next[quoted + state + byteClass] = quoted + after(nature)
      next[closed + state + byteClass] =
        events + (nature === 'space' ? scanEvents.spaceAfterQuote : scanEvents.textAfterQuote)
    })
    for (const outside of [state, closed + state]) {
      next[outside + DELIMITER] = events + scanEvents.cell
      next[outside + LINE_FEED] = events + scanEvents.lineFeed
      next[outside + CARRIAGE_RETURN] = events + scanEvents.carriageReturn
    }
    next[quoted + state + DELIMITER] = quoted + after(delimiterNature)
    next[quoted + state + LINE_FEED] = events + scanEvents.quotedLineFeed
    next[quoted + state + CARRIAGE_RETURN] = events + scanEvents.quotedCarriageReturn
    // A quote inside an unquoted cell is a character like any other; a doubled one inside quotes as well.
    next[state + QUOTE] = cellState === automaton.start ? events + scanEvents.openingQuote : text
    next[quoted + state + QUOTE] = closed + state
    next[closed + state + QUOTE] = quoted + text
  }
  return {
    classes: byteClasses(dialect),
    next,
    kinds,
    start: automaton.start * CLASSES,
    lead: automaton.lead * CLASSES,
    text,
    quoted,
    closed,
    events
  }
}

function byteClasses(dialect: Pick<Dialect, 'delimiter' | 'quote'>): Uint8Array {
  const classes = Uint8Array.from({ length: 256 }, (_, byte) => natures.indexOf(natureOfByte(byte)))
  classes[0x0a] = LINE_FEED
  classes[0x0d] = CARRIAGE_RETURN
  classes[dialect.delimiter.charCodeAt(0)] = DELIMITER
  if (dialect.quote !== '') classes[dialect.quote.charCodeAt(0)] = QUOTE
  return classes
}
