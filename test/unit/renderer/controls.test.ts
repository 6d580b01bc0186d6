import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { activations } from '../../../src/shared/catalogue/functions'
import { curveOf } from '../../../src/renderer/canvas/function-curve'
import { distanceToWire, snap } from '../../../src/renderer/canvas/geometry'
import { entries, fuzzyScore, searchEntries } from '../../../src/renderer/canvas/search-entries'
import {
  plainNumber,
  readNumber,
  scrubNumber,
  showNumber,
  stepNumber,
  type NumberRange
} from '../../../src/renderer/components/numbers'
import { ariaKeys, keysOf, showKeys } from '../../../src/renderer/shell/keys'
import { purposeOf } from '../../../src/renderer/state/file-purpose'

const rate: NumberRange = { min: 1e-8, max: 100, integer: false, scale: 'log' }
const share: NumberRange = { min: 0, max: 0.9, integer: false, scale: 'linear' }
const units: NumberRange = { min: 1, max: 65536, integer: true, scale: 'linear' }

describe('number fields', () => {
  it('read what people type', () => {
    expect(readNumber(' 0.01 ', rate)).toEqual({ value: 0.01 })
    expect(readNumber('0,01', rate)).toEqual({ value: 0.01 })
    expect(readNumber('1e-3', rate)).toEqual({ value: 0.001 })
    expect(readNumber('1 000', units)).toEqual({ value: 1000 })
    expect(readNumber('7 %', share)).toEqual({ value: 0.07 })
    expect(readNumber('12,5%', share)).toEqual({ value: 0.125 })
  })
  it('say what they expect', () => {
    expect(readNumber('', units)).toEqual({ problem: 'Expected a whole number from 1 to 65536.' })
    expect(readNumber('1.5', units)).toEqual({ problem: 'Expected a whole number from 1 to 65536.' })
    expect(readNumber('0', rate)).toEqual({ problem: 'Expected a number from 1e-8 to 100.' })
    expect(readNumber('95 %', share)).toEqual({ problem: 'Expected a number from 0 to 0.9.' })
    expect(readNumber('%', share)).toEqual({ problem: 'Expected a number from 0 to 0.9.' })
    expect(readNumber('7 %', units)).toEqual({ problem: 'Expected a whole number from 1 to 65536.' })
    expect(readNumber('many', share)).toEqual({ problem: 'Expected a number from 0 to 0.9.' })
  })
  it('show values as short as they are, and without an exponent where one is not allowed', () => {
    expect([0, 0.003, 1e-8, 128, 0.1 + 0.2].map(showNumber)).toEqual(['0', '0.003', '1e-8', '128', '0.3'])
    expect([plainNumber(1e-8), plainNumber(4_294_967_295)]).toEqual(['0.00000001', '4294967295'])
  })
  it('step 1–2–5 on a log scale and by ones on whole numbers', () => {
    expect(stepNumber(0.001, 1, false, rate)).toBe(0.002)
    expect(stepNumber(0.002, 1, false, rate)).toBe(0.005)
    expect(stepNumber(0.01, -1, false, rate)).toBe(0.005)
    expect(stepNumber(0.003, -1, false, rate)).toBe(0.002)
    expect(stepNumber(0.01, 1, true, rate)).toBe(0.1)
    expect(stepNumber(16, 1, true, units)).toBe(26)
    expect(stepNumber(0.2, -1, false, share)).toBe(0.19)
    expect(stepNumber(1e-6, -1, false, { ...rate, min: 0 })).toBe(0)
    expect(stepNumber(0, 1, false, { ...rate, min: 0 })).toBe(1e-6)
  })
  it('stay in their range however they are moved', () => {
    const range = fc.constantFrom(rate, share, units, { ...rate, min: 0 })
    fc.assert(
      fc.property(
        range,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: -3000, max: 3000 }),
        fc.boolean(),
        (limits, at, pixels, fine) => {
          const raw = limits.min + at * (limits.max - limits.min)
          const value = limits.integer ? Math.round(raw) : raw
          for (const next of [
            scrubNumber(value, pixels, fine, limits),
            stepNumber(value, pixels < 0 ? -1 : 1, fine, limits)
          ]) {
            expect(next).toBeGreaterThanOrEqual(limits.min)
            expect(next).toBeLessThanOrEqual(limits.max)
            if (limits.integer) expect(Number.isInteger(next)).toBe(true)
          }
        }
      )
    )
  })
  it('scrub further for more pixels, finer with Shift', () => {
    expect(scrubNumber(0.01, 120, false, rate)).toBe(0.1)
    expect(scrubNumber(0.01, -120, false, rate)).toBe(0.001)
    expect(scrubNumber(0.01, 120, true, rate)).toBe(0.013)
    expect(scrubNumber(16, 60, false, units)).toBe(26)
  })
})

describe('search for blocks', () => {
  const titles = (query: string): string[] => searchEntries(query).map((match) => match.title)
  it('offers every addable block and every activation, and none of the ends', () => {
    expect(entries.map((entry) => entry.title)).toEqual([
      'Dense',
      'Activation',
      ...activations.map((entry) => entry.label),
      'Dropout'
    ])
    expect(titles('')).toHaveLength(entries.length)
  })
  it('finds by letters in order, best first', () => {
    expect(titles('relu')[0]).toBe('ReLU')
    expect(titles('lrelu')[0]).toBe('Leaky ReLU')
    expect(titles('sfm')[0]).toBe('Softmax')
    expect(titles('den')).toEqual(['Dense', 'Identity'])
    expect(titles('zzz')).toEqual([])
    expect(titles('activation tanh')[0]).toBe('Tanh')
  })
  it('takes a number for the size', () => {
    expect(searchEntries('dense 64')).toMatchObject([
      { title: 'Dense · 64', spec: { type: 'dense', values: { units: 64 } } }
    ])
    expect(searchEntries('32')[0]).toMatchObject({ spec: { type: 'dense', values: { units: 32 } } })
    expect(searchEntries('dense 99999')).toEqual([])
    expect(searchEntries('dropout 30')).toMatchObject([
      { title: 'Dropout · 30 %', spec: { type: 'dropout', values: { rate: 0.3 } } }
    ])
    expect(searchEntries('drop 5 %')[0]?.spec).toEqual({ type: 'dropout', values: { rate: 0.05 } })
    expect(searchEntries('40 %').map((match) => match.title)).toEqual(['Dropout · 40 %'])
    expect(searchEntries('dropout 100')).toEqual([])
    expect(searchEntries('relu')[0]?.spec).toEqual({ type: 'activation', values: { function: 'relu' } })
  })
  it('scores starts of words above the middle', () => {
    expect(fuzzyScore('s', 'Softmax')).toBeGreaterThan(fuzzyScore('s', 'Dense'))
    expect(fuzzyScore('x', 'Dense')).toBe(-Infinity)
  })
})

describe('keys', () => {
  const press = (key: string, more: Partial<KeyboardEvent> = {}) => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...more
  })
  it('are named alike on all systems', () => {
    expect(keysOf(press('z', { ctrlKey: true }), false)).toBe('Mod+Z')
    expect(keysOf(press('Z', { ctrlKey: true, shiftKey: true }), false)).toBe('Mod+Shift+Z')
    expect(keysOf(press('z', { metaKey: true }), true)).toBe('Mod+Z')
    expect(keysOf(press('?', { shiftKey: true }), false)).toBe('?')
    expect(keysOf(press('Delete', { ctrlKey: true }), false)).toBe('Mod+Delete')
    expect(keysOf(press('ArrowLeft', { altKey: true }), false)).toBe('Alt+ArrowLeft')
    expect(keysOf(press(' '), false)).toBe('Space')
  })
  it('are shown as they are printed', () => {
    expect(showKeys('Mod+Shift+Z', false)).toEqual(['Ctrl', 'Shift', 'Z'])
    expect(showKeys('Mod+Enter', true)).toEqual(['⌘', '↩'])
    expect(showKeys('+', false)).toEqual(['+'])
    expect(ariaKeys(['Mod+Y', 'Mod+Shift+Z'], false)).toBe('Control+Y Control+Shift+Z')
  })
})

describe('the canvas’ geometry', () => {
  it('snaps to the grid without minus zero', () => {
    expect(snap({ x: 29, y: 31 })).toEqual({ x: 20, y: 40 })
    expect(Object.is(snap({ x: -3, y: 0 }).x, 0)).toBe(true)
  })
  it('measures distance to a wire', () => {
    expect(distanceToWire({ x: 200, y: 18 }, { x: 0, y: 0 }, { x: 220, y: 0 })).toBeCloseTo(0, 6)
    expect(distanceToWire({ x: 200, y: 28 }, { x: 0, y: 0 }, { x: 220, y: 0 })).toBeCloseTo(10, 6)
    expect(distanceToWire({ x: 0, y: 18 }, { x: 0, y: 0 }, { x: 220, y: 0 })).toBeCloseTo(180, 6)
  })
  it('draws every activation inside its box', () => {
    for (const { value } of activations) {
      const numbers = [...curveOf(value, 40, 20).value.matchAll(/-?\d+(?:\.\d+)?/gu)].map(Number)
      expect(numbers).toHaveLength(98)
      expect(numbers.every((number, index) => number >= 0 && number <= (index % 2 === 0 ? 40 : 20))).toBe(true)
    }
  })
})

describe('files', () => {
  it('are opened for what their names say', () => {
    expect(['a.lamina', 'b.WEIGHTS.json', 'c.json', 'd.csv', 'e.tsv', 'f'].map(purposeOf)).toEqual([
      'design',
      'weights',
      'weights',
      'dataset',
      'dataset',
      'dataset'
    ])
  })
})
