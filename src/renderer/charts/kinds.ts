import { lowerBound, type Channel, type EpochColumn } from '../../shared/series'
import type { Progress } from '../../shared/training-run'
import { formatMeasure, formatShare, formatShort } from '../training/format'
import { GOOD_UPDATE_RATIO } from '../training/gradient-health'
import type { RunData } from '../training/run-data'
import { growingEnd, type Range } from './axis'
import { layerDash, layerToken } from './colours'
import type { ChartId, Guide, LayerMeasure, Series, Trace, XAxis } from './trace'

/** What one of the charts is about. */
export interface ChartKind {
  readonly id: ChartId
  readonly title: string
  /** What is shown in place of lines before the first run. */
  readonly empty: string
  readonly limits: Partial<Range>
  readonly guides: readonly Guide[]
  formatAxis(value: number): string
  formatValue(value: number | null): string
  /** The series there are, or will be: what the legend shows before there is anything to draw. */
  series(outline: Outline): Series[]
  /** The series with what was measured, in the same order. */
  traces(data: RunData, stepsPerEpoch: number, xAxis: XAxis): Trace[]
}

/** What decides which series a run has. */
export interface Outline {
  readonly hasValidation: boolean
  readonly layers: readonly string[]
}
export function outlineOf({ description }: RunData): Outline {
  return { hasValidation: description.validationRows > 0, layers: description.layers.map((layer) => layer.id) }
}

export const lossKind: ChartKind = {
  id: 'loss',
  title: 'Loss',
  empty: 'Train, and the loss of every step is drawn here.',
  limits: {},
  guides: [],
  formatAxis: formatShort,
  formatValue: formatMeasure,
  series: ({ hasValidation }) => [eachStep, training, ...(hasValidation ? [validation] : [])],
  traces: (data, stepsPerEpoch, xAxis) => [
    stepTrace(data, stepsPerEpoch, xAxis, eachStep, data.steps.loss),
    epochTrace(data, xAxis, 'trainLoss', training),
    ...(outlineOf(data).hasValidation ? [epochTrace(data, xAxis, 'validationLoss', validation)] : [])
  ]
}

/** Accuracy for classes, mean absolute error for numbers. */
export function metricKind(metric: 'accuracy' | 'meanAbsoluteError'): ChartKind {
  const accuracy = metric === 'accuracy'
  return {
    id: 'metric',
    title: accuracy ? 'Accuracy' : 'Mean absolute error',
    empty: accuracy
      ? 'After each epoch, the share of rows predicted rightly.'
      : 'After each epoch, how far predictions are off on average.',
    limits: accuracy ? { min: 0, max: 1 } : { min: 0 },
    guides: [],
    formatAxis: accuracy ? (value) => `${formatShort(value * 100)}%` : formatShort,
    formatValue: accuracy ? formatShare : formatMeasure,
    series: ({ hasValidation }) => [training, ...(hasValidation ? [validation] : [])],
    traces: (data, _stepsPerEpoch, xAxis) => [
      epochTrace(data, xAxis, 'trainMetric', training),
      ...(outlineOf(data).hasValidation ? [epochTrace(data, xAxis, 'validationMetric', validation)] : [])
    ]
  }
}

/** One line for each dense layer; `nameOf` gives what people call it. */
export function layersKind(measure: LayerMeasure, nameOf: (id: string) => string): ChartKind {
  const norm = measure === 'norm'
  const look = (id: string, index: number): Series => ({
    id,
    label: nameOf(id),
    colour: layerToken(index),
    dash: layerDash(index)
  })
  return {
    id: 'layers',
    title: norm ? 'Gradient norm' : 'Update ratio',
    empty: norm
      ? 'How strong a gradient reaches each dense layer, ‖∂L/\u2060∂W‖.'
      : 'How much each step changes a layer’s weights, ‖ΔW‖/\u2060‖W‖.',
    limits: { min: 0 },
    guides: norm ? [] : [{ at: GOOD_UPDATE_RATIO, label: 'about 1e-3 is good' }],
    formatAxis: formatShort,
    formatValue: formatMeasure,
    series: ({ layers }) => layers.map(look),
    traces: (data, stepsPerEpoch, xAxis) =>
      data.description.layers.flatMap((layer, index) => {
        const channel = (norm ? data.steps.gradientNorms : data.steps.updateRatios)[index]
        return channel === undefined ? [] : [stepTrace(data, stepsPerEpoch, xAxis, look(layer.id, index), channel)]
      })
  }
}

const eachStep: Series = { id: 'step', label: 'Each step', colour: '--text-dim', dash: [] }
const training: Series = { id: 'train', label: 'Training', colour: '--text', dash: [] }
const validation: Series = { id: 'validation', label: 'Validation', colour: '--accent', dash: [4, 3] }

function stepTrace({ steps }: RunData, stepsPerEpoch: number, xAxis: XAxis, look: Series, channel: Channel): Trace {
  return {
    ...look,
    style: 'steps',
    atStep: steps.last,
    source: {
      length: steps.length,
      x: xAxis === 'time' ? steps.seconds : steps.last,
      factor: xAxis === 'epoch' ? 1 / Math.max(1, stepsPerEpoch) : 1,
      mean: channel.mean,
      min: channel.min,
      max: channel.max,
      weight: steps.count
    }
  }
}

export function epochTrace({ epochs }: RunData, xAxis: XAxis, column: EpochColumn, look: Series): Trace {
  const { columns } = epochs
  return {
    ...look,
    style: 'epochs',
    atStep: columns.step,
    source: {
      length: epochs.length,
      x: xAxis === 'time' ? columns.seconds : xAxis === 'epoch' ? columns.epoch : columns.step,
      factor: 1,
      mean: columns[column],
      min: null,
      max: null,
      weight: null
    }
  }
}

/** The value of a series at a step, or its latest one; null where there is none. */
export function valueAt({ source, atStep }: Trace, step: number | null): number | null {
  if (source.length === 0) return null
  const index = step === null ? source.length - 1 : Math.min(lowerBound(atStep, source.length, step), source.length - 1)
  const value = source.mean[index] ?? Number.NaN
  return Number.isNaN(value) ? null : value
}

/** Bounds of the x axis: from the first step that is known to a round number beyond the last, at most to the planned end. */
export function xRange(data: RunData, progress: Progress, axis: XAxis): Range {
  const { steps } = data
  const stepsPerEpoch = Math.max(1, progress.stepsPerEpoch)
  const planned = progress.epochs * stepsPerEpoch
  if (axis === 'time') return { min: 0, max: growingEnd(Math.max(steps.latest?.seconds ?? 0, 0.01)) }
  if (axis === 'epoch')
    return { min: 0, max: growingEnd(Math.max(steps.lastStep / stepsPerEpoch, 1), Math.max(progress.epochs, 1)) }
  return { min: 0, max: growingEnd(Math.max(steps.lastStep, 10), Math.max(planned, 1)) }
}

/** Where a step lies on the x axis. */
export function xOfStep(data: RunData, stepsPerEpoch: number, axis: XAxis, step: number): number {
  if (axis === 'step') return step
  if (axis === 'epoch') return step / Math.max(1, stepsPerEpoch)
  const { steps } = data
  return steps.seconds[steps.indexOfStep(step)] ?? 0
}

/** The measured step nearest to a place on the x axis; null while nothing is measured. */
export function stepAt(data: RunData, stepsPerEpoch: number, axis: XAxis, x: number): number | null {
  const { steps } = data
  if (steps.length === 0) return null
  const column = axis === 'time' ? steps.seconds : steps.last
  const wanted = axis === 'epoch' ? x * stepsPerEpoch : x
  const after = Math.min(lowerBound(column, steps.length, wanted), steps.length - 1)
  const before = Math.max(0, after - 1)
  const nearer = wanted - (column[before] ?? 0) < (column[after] ?? 0) - wanted ? before : after
  return steps.last[nearer] ?? null
}

/** Learning-rate changes at their place on the x axis. */
export function marksOf(data: RunData, stepsPerEpoch: number, axis: XAxis): Guide[] {
  return data.marks.map(({ step, learningRate }) => ({
    at: xOfStep(data, stepsPerEpoch, axis, step),
    label: `lr ${formatShort(learningRate)}`
  }))
}
