/** How a number field reads, shows and steps its value. */
export interface NumberRange {
  readonly min: number
  readonly max: number
  readonly integer: boolean
  readonly scale: 'linear' | 'log'
}

/** A value as it stands in a field: everything that matters and no more. 0.003, 1e-8, 128. */
export function showNumber(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  const rounded = Number(value.toPrecision(7))
  return size < 1e-4 || size >= 1e9 ? rounded.toExponential().replace('e+', 'e') : String(rounded)
}

/** A value without an exponent: what `aria-valuenow` takes. */
export function plainNumber(value: number): string {
  return value.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 })
}

/** What was typed as a number of the range, or why it is not one. A comma is a decimal mark to many people; 20 % is 0.2. */
export function readNumber(text: string, range: NumberRange): { value: number } | { problem: string } {
  const trimmed = text
    .trim()
    .replace(/[\s\u202f_]/gu, '')
    .replace('−', '-')
  const percent = trimmed.endsWith('%') && !range.integer
  const digits = percent ? trimmed.slice(0, -1) : trimmed
  const plain = /^[^.,]*,\d+$/u.test(digits) ? digits.replace(',', '.') : digits
  // Rounded, so that 7 % is 0.07 and not 0.07000000000000001.
  const value = percent ? Number((Number(plain) / 100).toPrecision(12)) : Number(plain)
  const expected = `${range.integer ? 'a whole number' : 'a number'} from ${showNumber(range.min)} to ${showNumber(range.max)}`
  if (plain === '' || !Number.isFinite(value)) return { problem: `Expected ${expected}.` }
  if (range.integer && !Number.isInteger(value)) return { problem: `Expected ${expected}.` }
  if (value < range.min || value > range.max) return { problem: `Expected ${expected}.` }
  return { value }
}

function clamp(value: number, range: NumberRange): number {
  return Math.min(range.max, Math.max(range.min, value))
}
const significant = (value: number, digits: number): number => Number(value.toPrecision(digits))

/** One press of an arrow key: 1–2–5 steps on a log scale, a hundredth of a short range, one on whole numbers. */
export function stepNumber(value: number, direction: 1 | -1, big: boolean, range: NumberRange): number {
  if (range.integer) return clamp(value + direction * (big ? 10 : 1), range)
  if (range.scale === 'log') {
    if (value <= 0) return direction > 0 ? Math.min(range.max, 1e-6) : range.min
    if (big) return clamp(significant(value * 10 ** direction, 6), range)
    const power = 10 ** Math.floor(Math.log10(value) + 1e-9)
    const ladder = [0.5, 1, 2, 5, 10].map((factor) => significant(factor * power, 6))
    const tolerance = value * 1e-6
    const next =
      direction > 0
        ? ladder.find((rung) => rung > value + tolerance)
        : ladder.findLast((rung) => rung < value - tolerance)
    const stepped = clamp(next ?? value, range)
    // Below the smallest useful value a range that allows zero ends at zero.
    return direction < 0 && range.min === 0 && stepped < 1e-6 ? 0 : stepped
  }
  const span = range.max - range.min
  const step = span <= 1 ? 0.01 : span <= 20 ? 0.1 : 1
  return clamp(significant(Math.round((value + direction * step * (big ? 10 : 1)) / step) * step, 8), range)
}

/** Dragging sideways by `pixels` from where the value was `start`. */
export function scrubNumber(start: number, pixels: number, fine: boolean, range: NumberRange): number {
  const way = fine ? pixels / 10 : pixels
  if (range.integer) {
    // Wide ranges (units, epochs) move by shares of the value, so that 8 and 8000 are both easy to reach.
    const step = Math.max(1, Math.abs(start) / 32)
    return clamp(Math.round(start + (way / 6) * step), range)
  }
  if (range.scale === 'log') {
    const from = start > 0 ? start : 1e-6
    const value = significant(from * 10 ** (way / 120), 2)
    return range.min === 0 && value < 1.01e-6 && way < 0 ? 0 : clamp(value, range)
  }
  const span = Math.min(range.max - range.min, 100)
  const step = span <= 1 ? 0.01 : span <= 20 ? 0.1 : 1
  return clamp(significant(Math.round((start + (way / 200) * span) / step) * step, 8), range)
}
