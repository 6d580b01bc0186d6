import { groupedBy, UNKNOWN } from '../../shared/figures'

export { formatShare, UNKNOWN } from '../../shared/figures'

/** A measured number with four significant digits: 0.03142, 12.50, 2.310e-5. */
export function formatMeasure(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return UNKNOWN
  if (value === 0) return '0'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  const size = Math.abs(value)
  if (size >= 1e5 || size < 1e-3) return tidyExponent(value.toExponential(2))
  // Rounding can carry into one more digit before the point: 9999.6 is 10000.
  const text = value.toPrecision(4)
  return text.includes('e') ? tidyExponent(value.toExponential(2)) : minus(text)
}

/** A number as short as possible: for axes and fields. 0.001, 25, 1e-5, 1.5e6. */
export function formatShort(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  const rounded = Number(value.toPrecision(6))
  if (size >= 1e6 || size < 1e-3) return tidyExponent(rounded.toExponential())
  return minus(String(rounded))
}

/** A whole number with thin spaces between thousands, which cannot be read as a decimal mark: 12 345. */
export function formatCount(value: number): string {
  return minus(groupedBy('\u202f', value))
}

/** Counts on an axis: 500, 20k, 1.5M. */
export function formatAxisCount(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e6) return `${formatShort(value / 1e6)}M`
  if (size >= 1e4) return `${formatShort(value / 1e3)}k`
  return formatShort(value)
}

/** Steps or rows a second. */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond) || perSecond <= 0) return UNKNOWN
  if (perSecond >= 9.95) return formatCount(perSecond)
  return perSecond.toFixed(perSecond >= 0.0995 ? 1 : 2)
}

/** A stretch of time as a clock: 0:07, 12:05, 1:03:22, 2 d 4:00:00. */
export function formatClock(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return UNKNOWN
  const whole = Math.max(0, Math.floor(seconds))
  const days = Math.floor(whole / 86_400)
  const hours = Math.floor((whole % 86_400) / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  const two = (value: number): string => String(value).padStart(2, '0')
  const end = two(whole % 60)
  if (days > 0) return `${days} d ${hours}:${two(minutes)}:${end}`
  return hours > 0 ? `${hours}:${two(minutes)}:${end}` : `${minutes}:${end}`
}

/** How long something took: 0.0035 s, 12.4 s, 12:05. */
export function formatTook(seconds: number): string {
  if (seconds >= 60) return formatClock(seconds)
  return `${seconds >= 10 ? seconds.toFixed(1) : Number(seconds.toPrecision(2))} s`
}

/** A stretch of time on an axis, as exact as its tick distance needs: 0.5 s, 40 s, 2:30, 1:00:00. */
export function formatAxisSeconds(seconds: number): string {
  if (seconds < 60 || !Number.isInteger(seconds)) return `${formatShort(seconds)} s`
  return formatClock(seconds)
}

/** A stretch of time in words, for people who listen: "1 hour 3 minutes", "12 seconds". */
export function spokenDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), 'hour'],
    [Math.floor((whole % 3600) / 60), 'minute'],
    [whole % 60, 'second']
  ]
  const first = parts.findIndex(([value]) => value > 0)
  if (first < 0) return 'less than a second'
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => plural(value, unit))
    .join(' ')
}

export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** 3.00e-5 → 3e-5, 2.31e+7 → 2.31e7. */
function tidyExponent(text: string): string {
  const [mantissa = '', exponent = ''] = text.split('e')
  const digits = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  return minus(`${digits}e${exponent.replace('+', '')}`)
}
/** A real minus sign before the mantissa; exponents keep the hyphen people type. */
function minus(text: string): string {
  return text.startsWith('-') ? `−${text.slice(1)}` : text
}
