import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decoderOf, MixedDecoder } from '../../../src/data/reading/decoders'
import { Utf8Check } from '../../../src/data/reading/utf8'

/** Characters of all widths, at the borders of what is valid, and bytes that are none. */
const piece = fc.oneof(
  fc
    .constantFrom('a', '\n', 'é', '\u07ff', '\u0800', '\ud7ff', '\ue000', '数', '\uffff', '📈', '\u{10ffff}')
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  // Longer than need be, half of a surrogate pair, beyond U+10FFFF.
  fc.constantFrom('c0af', 'e0809f', 'eda080', 'f0808080', 'f4908080', 'f5').map((hex) => Buffer.from(hex, 'hex'))
)
const bytesOf = fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.concat(pieces))
const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 })

function* chunks(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

/** As it is told: the longest valid start, one byte by itself, and so on. */
function expected(bytes: Buffer): { text: string; strays: number; multibyte: number; firstLine: number } {
  const western = decoderOf('windows-1252')
  const found = { text: '', strays: 0, multibyte: 0, firstLine: 0 }
  for (let at = 0; at < bytes.length;) {
    const width = [1, 2, 3, 4].find((size) => at + size <= bytes.length && isUtf8(bytes.subarray(at, at + size)))
    if (width === undefined) {
      if (found.strays === 0) found.firstLine = found.text.split('\n').length
      found.strays += 1
    } else if (width > 1) found.multibyte += 1
    const part = bytes.subarray(at, at + (width ?? 1))
    found.text += width === undefined ? western.push(part) : part.toString()
    at += width ?? 1
  }
  return found
}

describe('UTF-8 with bytes in it that are none', () => {
  test('is read character by character, however it is cut', () => {
    fc.assert(
      fc.property(bytesOf, cuts, (bytes, sizes) => {
        const decoder = new MixedDecoder()
        const text = [...chunks(bytes, sizes)].map((chunk) => decoder.push(chunk)).join('') + decoder.end()
        const { strays, multibyte, firstLine } = decoder
        expect({ text, strays, multibyte, firstLine }).toEqual(expected(bytes))
      }),
      { numRuns: 2000 }
    )
  })

  test('is told with the place of the first', () => {
    fc.assert(
      fc.property(bytesOf, cuts, (bytes, sizes) => {
        const check = new Utf8Check()
        for (const chunk of chunks(bytes, sizes)) check.push(chunk)
        const { strays, text } = expected(bytes)
        const whole = text.length === 0 || strays === 0
        expect(check.end()).toEqual(whole ? { valid: true } : { valid: false, byte: firstStray(bytes) })
      }),
      { numRuns: 2000 }
    )
  })
})

function firstStray(bytes: Buffer): number {
  let at = 0
  for (let width: number | undefined = 0; width !== undefined; at += width ?? 0)
    width = [1, 2, 3, 4].find((size) => at + size <= bytes.length && isUtf8(bytes.subarray(at, at + size)))
  return at
}
