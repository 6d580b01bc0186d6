import type { Dialect } from '../../shared/table/dialect'

/** What characters mean inside a cell. */
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
  'hash',
  'backslash',
  'apostrophe',
  'space',
  'tab',
  // Bytes of spaces that keep digits together.
  'byteC2',
  'byteE2',
  'byte80',
  'byte89',
  'byte99',
  'byteA0',
  'byteAF',
  'other'
] as const
export type Nature = (typeof natures)[number]

const naturesBeyondAscii: ReadonlyMap<number, Nature> = new Map([
  [0xc2, 'byteC2'],
  [0xe2, 'byteE2'],
  [0x80, 'byte80'],
  [0x89, 'byte89'],
  [0x99, 'byte99'],
  [0xa0, 'byteA0'],
  [0xaf, 'byteAF']
])

/** What a byte of UTF-8 means inside a cell. */
export function natureOfByte(byte: number): Nature {
  return naturesBeyondAscii.get(byte) ?? natureOf(byte)
}

/** No-break space, narrow no-break space, thin space: as UTF-16 code units and as bytes. */
const wideSpaces: ReadonlyMap<number, readonly Nature[]> = new Map([
  [0xa0, ['byteC2', 'byteA0']],
  [0x202f, ['byteE2', 'byte80', 'byteAF']],
  [0x2009, ['byteE2', 'byte80', 'byte89']]
])

/** The same with the typographic apostrophe. */
const APOSTROPHE = 0x2019
const severalBytes: ReadonlyMap<number, readonly Nature[]> = new Map([
  ...wideSpaces,
  [APOSTROPHE, ['byteE2', 'byte80', 'byte99']]
])

/** All characters that may set thousands apart where a mark does. */
export function thousandsCharacters(mark: Dialect['thousandsMark']): string {
  if (mark === "'") return `'${String.fromCharCode(APOSTROPHE)}`
  return mark === ' ' ? ` ${String.fromCharCode(...wideSpaces.keys())}` : mark
}

/** What a character of ASCII means inside a cell. */
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
    case 0x23:
      return 'hash'
    case 0x5c:
      return 'backslash'
    case 0x27:
      return 'apostrophe'
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

const other: readonly Nature[] = ['other']

/** What a character beyond ASCII means inside a cell: the natures of its bytes, or one for all of them. @param code its UTF-16 code unit */
export function naturesBeyond(code: number): readonly Nature[] {
  return severalBytes.get(code) ?? other
}
