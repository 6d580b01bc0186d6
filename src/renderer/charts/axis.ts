/** Bounds of an axis, in the units of its values. */
export interface Range {
  readonly min: number
  readonly max: number
}
export type ScaleKind = 'linear' | 'log'

/** Round numbers an axis may grow to, within a decade: close together, so little room is left empty. */
const growthSteps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]
/** Round stretches of time, in seconds. */
const clockSteps = [
  1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 2700, 3600, 7200, 10_800, 21_600, 43_200, 86_400
]
const MAX_DECADES = 16

/** The end of an axis that grows with its data: the next round number, so that it moves rarely. */
export function growingEnd(value: number, limit = Infinity): number {
  if (value <= 0) return Math.min(1, limit)
  const unit = 10 ** Math.floor(Math.log10(value))
  const factor = growthSteps.find((step) => step * unit >= value * (1 - 1e-9)) ?? 10
  return Math.min(factor * unit, limit)
}

/** The smallest of 1, 2, 5 × 10ᵏ that is at least `value`. */
export function niceStep(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1
  const unit = 10 ** Math.floor(Math.log10(value))
  const share = value / unit
  return (share <= 1 + 1e-9 ? 1 : share <= 2 + 1e-9 ? 2 : share <= 5 + 1e-9 ? 5 : 10) * unit
}

/** Ticks at round values inside the range, about `count` of them. */
export function linearTicks({ min, max }: Range, count: number, smallestStep = 0): number[] {
  return ticksEvery(Math.max(niceStep((max - min) / Math.max(1, count)), smallestStep), min, max)
}
/** Ticks at whole seconds, minutes, hours. */
export function clockTicks({ min, max }: Range, count: number): number[] {
  const wanted = (max - min) / Math.max(1, count)
  if (wanted < 1) return linearTicks({ min, max }, count)
  const step = clockSteps.find((candidate) => candidate >= wanted) ?? niceStep(wanted / 86_400) * 86_400
  return ticksEvery(step, min, max)
}
function ticksEvery(step: number, min: number, max: number): number[] {
  const ticks: number[] = []
  const first = Math.ceil(min / step - 1e-9)
  for (let i = first; i * step <= max + step * 1e-9 && ticks.length < 100; i++) ticks.push(withoutNoise(i * step))
  return ticks
}

/** Ticks of a logarithmic axis: whole decades when there are many, 1-2-5 within few. */
export function logTicks({ min, max }: Range, count: number): number[] {
  const low = Math.log10(min)
  const high = Math.log10(max)
  const decades = high - low
  const mantissas = decades * 3 <= count ? [1, 2, 5] : [1]
  const every = Math.max(1, Math.ceil(decades / Math.max(1, count)))
  const ticks: number[] = []
  for (let decade = Math.floor(low); decade <= Math.ceil(high); decade++) {
    if (mantissas.length === 1 && decade % every !== 0) continue
    for (const mantissa of mantissas) {
      const tick = Number(`${mantissa}e${decade}`)
      if (tick >= min * (1 - 1e-9) && tick <= max * (1 + 1e-9)) ticks.push(tick)
    }
  }
  return ticks
}

/**
 * Bounds of a vertical axis around the data, at round values. Keeps `previous` while the data still fits and fills a
 * good part of it, so that the axis does not twitch.
 */
export function verticalRange(
  data: Range | null,
  kind: ScaleKind,
  previous: Range | null,
  limits: Partial<Range> = {}
): Range {
  if (kind === 'log') return logRange(data, previous)
  const fallback = { min: limits.min ?? 0, max: limits.max ?? 1 }
  if (data === null) return previous ?? fallback
  if (previous !== null && data.min >= previous.min && data.max <= previous.max && fills(data, previous))
    return previous
  let { min, max } = data
  // Close to zero, zero itself is the honest end.
  if (min > 0 && min < 0.5 * max) min = 0
  // Closer together than an axis can be labelled is a flat line.
  if (max - min <= 1e-9 * Math.max(Math.abs(min), Math.abs(max))) {
    const room = min === 0 ? 1 : Math.abs(min) * 0.1
    min -= min === 0 ? 0 : room
    max += room
  }
  const step = niceStep((max - min) / 5)
  const low = withoutNoise(Math.floor(min / step + 1e-9) * step)
  const high = withoutNoise(Math.ceil(max / step - 1e-9) * step)
  return { min: Math.max(low, limits.min ?? -Infinity), max: Math.min(high, limits.max ?? Infinity) }
}

/** Whether data takes at least two fifths of a range; an axis that starts at zero is filled from zero. */
function fills(data: Range, range: Range): boolean {
  const low = range.min === 0 && data.min > 0 && data.min < 0.5 * data.max ? 0 : data.min
  return data.max - low >= 0.4 * (range.max - range.min)
}

function logRange(data: Range | null, previous: Range | null): Range {
  if (data === null || data.max <= 0) return previous ?? { min: 1e-3, max: 1 }
  const max = data.max
  const min = Math.max(data.min > 0 ? data.min : max / 10, max / 10 ** MAX_DECADES)
  const spread = Math.log10(max / min)
  if (previous !== null && previous.min > 0 && min >= previous.min && max <= previous.max) {
    if (spread >= 0.4 * Math.log10(previous.max / previous.min)) return previous
  }
  if (spread > 4)
    return { min: decade(Math.floor(Math.log10(min) + 1e-9)), max: decade(Math.ceil(Math.log10(max) - 1e-9)) }
  const low = below(min)
  const high = above(max)
  return low === high ? { min: below(low * 0.99), max: above(high * 1.01) } : { min: low, max: high }
}
function decade(exponent: number): number {
  return Number(`1e${exponent}`)
}
/** The largest of 1, 2, 5 × 10ᵏ not above the value, and the smallest not below. */
function below(value: number): number {
  const exponent = Math.floor(Math.log10(value) + 1e-12)
  const share = value / 10 ** exponent
  const mantissa = share >= 5 - 1e-9 ? 5 : share >= 2 - 1e-9 ? 2 : 1
  return Number(`${mantissa}e${exponent}`)
}
function above(value: number): number {
  return withoutNoise(niceStep(value))
}
/** 0.30000000000000004 → 0.3 */
function withoutNoise(value: number): number {
  return Number(value.toPrecision(12))
}
