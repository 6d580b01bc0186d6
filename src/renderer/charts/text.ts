import { formatCount } from '../training/format'
import type { RunData } from '../training/run-data'
import type { Trace } from './trace'

/** Everything behind a chart, one measurement a line: what a spreadsheet or a data frame takes at once. */
export function chartCsv(traces: readonly Trace[], { steps, epochs }: RunData, stepsPerEpoch: number): string {
  const lines = ['series,step,epoch,seconds,steps_averaged,value,min,max']
  for (const { label, style, atStep, source } of traces) {
    for (let i = 0; i < source.length; i++) {
      const value = source.mean[i] ?? Number.NaN
      if (Number.isNaN(value)) continue
      const step = atStep[i] ?? 0
      const byStep = style === 'steps'
      const epoch = byStep ? Number((step / Math.max(1, stepsPerEpoch)).toFixed(4)) : (epochs.columns.epoch[i] ?? 0)
      const seconds = (byStep ? steps.seconds : epochs.columns.seconds)[i] ?? 0
      const count = byStep ? (source.weight?.[i] ?? 1) : stepsPerEpoch
      const extremes = source.min === null || source.max === null ? ',' : `${source.min[i]},${source.max[i]}`
      lines.push(`${csvCell(label)},${step},${epoch},${Number(seconds.toFixed(3))},${count},${value},${extremes}`)
    }
  }
  return `${lines.join('\n')}\n`
}

export function csvCell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A file name out of what people call a thing. */
export function fileName(...parts: readonly string[]): string {
  const text = parts
    .join(' ')
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
  return text === '' ? 'chart' : text
}

/** What a chart shows in one sentence, for people who do not see it. */
export function chartSummary(
  title: string,
  step: number,
  readings: readonly { label: string; text: string }[]
): string {
  if (step === 0) return `${title}: nothing measured yet.`
  return `${title} up to step ${formatCount(step)}. Latest: ${readings.map(({ label, text }) => `${label} ${text}`).join(', ')}.`
}
