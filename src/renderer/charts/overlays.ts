import type { RunData } from '../training/run-data'
import { layerToken } from './colours'
import { epochTrace, outlineOf } from './kinds'
import type { ChartId, Series, Trace, XAxis } from './trace'

/** A run of the history, drawn beside the present one. */
export interface Overlay {
  readonly id: string
  readonly name: string
  readonly data: RunData
}

/** One line for each run, in the charts that are about epochs: of validation rows where there are some. */
export function overlaySeries(chart: ChartId, overlays: readonly Overlay[]): Series[] {
  if (chart === 'layers') return []
  return overlays.map(({ id, name }, index) => ({
    id: `run-${id}`,
    label: name,
    colour: layerToken(index + 1),
    dash: [8, 3, 2, 3]
  }))
}

/** The lines of `overlaySeries`, in the same order. */
export function overlayTraces(chart: ChartId, overlays: readonly Overlay[], xAxis: XAxis): Trace[] {
  return overlaySeries(chart, overlays).flatMap((look, index) => {
    const data = overlays[index]?.data
    if (data === undefined) return []
    const part = outlineOf(data).hasValidation ? 'validation' : 'train'
    return [epochTrace(data, xAxis, chart === 'loss' ? `${part}Loss` : `${part}Metric`, look)]
  })
}
