import type { Range, ScaleKind } from './axis'
import type { Source } from './decimate'

export type ChartId = 'loss' | 'metric' | 'layers'
export type LayerMeasure = 'norm' | 'ratio'
export type XAxis = 'step' | 'epoch' | 'time'

/** A CSS colour by the custom property that holds it, so that it follows the theme. */
export type ColourToken = `--${string}`

/** One series of a chart, as its legend shows it. */
export interface Series {
  readonly id: string
  readonly label: string
  readonly colour: ColourToken
  readonly dash: readonly number[]
}
/** A series with its measurements. */
export interface Trace extends Series {
  /** steps: a raw band and a faint line behind a smoothed one. epochs: a line through single measurements. */
  readonly style: 'steps' | 'epochs'
  /** The step each point of the source belongs to. */
  readonly atStep: ArrayLike<number>
  readonly source: Source
}

/** A place on an axis that is worth a line and a few words. */
export interface Guide {
  readonly at: number
  readonly label: string
}

/** Everything a chart shows at one moment. */
export interface Picture {
  readonly traces: readonly Trace[]
  readonly x: Range
  readonly xAxis: XAxis
  /** Bounds and ticks never go beyond these, whatever the data: a share stays within 0 … 1. */
  readonly limits: Partial<Range>
  readonly scale: ScaleKind
  readonly formatY: (value: number) => string
  /** Learning-rate changes, at their place on the x axis. */
  readonly marks: readonly Guide[]
  /** Horizontal lines. */
  readonly guides: readonly Guide[]
  /** 0 … 0.99 */
  readonly smoothing: number
}
