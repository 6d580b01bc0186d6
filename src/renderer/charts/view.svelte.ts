import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import type { ScaleKind } from './axis'
import type { ChartId, LayerMeasure, XAxis } from './trace'

const STORAGE_KEY = 'lamina.charts'
export const MAX_SMOOTHING = 0.99

interface Kept {
  xAxis: XAxis
  smoothing: number
  scales: Record<ChartId, ScaleKind>
  layerMeasure: LayerMeasure
}
const defaults: Kept = {
  xAxis: 'step',
  smoothing: 0.8,
  scales: { loss: 'linear', metric: 'linear', layers: 'log' },
  layerMeasure: 'norm'
}

/** How all charts are looked at. What a person chose is kept for the next time. */
class ChartView {
  #kept = $state.raw<Kept>(recall())
  /** The step under the pointer, the same in all charts; null to read the latest values. */
  cursor = $state<number | null>(null)
  /** Series that are switched off, by chart. */
  readonly #hidden = new SvelteMap<ChartId, SvelteSet<string>>()

  get xAxis(): XAxis {
    return this.#kept.xAxis
  }
  set xAxis(xAxis: XAxis) {
    this.#keep({ xAxis })
  }
  get smoothing(): number {
    return this.#kept.smoothing
  }
  set smoothing(smoothing: number) {
    this.#keep({ smoothing: Math.min(MAX_SMOOTHING, Math.max(0, smoothing)) })
  }
  get layerMeasure(): LayerMeasure {
    return this.#kept.layerMeasure
  }
  set layerMeasure(layerMeasure: LayerMeasure) {
    this.#keep({ layerMeasure })
  }
  scale(chart: ChartId): ScaleKind {
    return this.#kept.scales[chart]
  }
  setScale(chart: ChartId, scale: ScaleKind): void {
    this.#keep({ scales: { ...this.#kept.scales, [chart]: scale } })
  }

  isHidden(chart: ChartId, series: string): boolean {
    return this.#hidden.get(chart)?.has(series) ?? false
  }
  toggle(chart: ChartId, series: string): void {
    const hidden = this.#hiddenOf(chart)
    if (!hidden.delete(series)) hidden.add(series)
  }
  /** Show one series alone; when it is alone already, all of them. */
  isolate(chart: ChartId, series: string, all: readonly string[]): void {
    const hidden = this.#hiddenOf(chart)
    const alone = all.every((other) => hidden.has(other) === (other !== series))
    hidden.clear()
    if (alone) return
    for (const other of all) if (other !== series) hidden.add(other)
  }

  #hiddenOf(chart: ChartId): SvelteSet<string> {
    const present = this.#hidden.get(chart)
    if (present !== undefined) return present
    const fresh = new SvelteSet<string>()
    this.#hidden.set(chart, fresh)
    return fresh
  }

  #keep(change: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...change }
    try {
      localStorage.setItem(STORAGE_KEY, JSON.stringify(this.#kept))
    } catch (error) {
      console.warn('How the charts are looked at could not be kept.', error)
    }
  }
}

function recall(): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? 'null') as Partial<Kept> | null
    const axes: readonly XAxis[] = ['step', 'epoch', 'time']
    const scales = (chart: ChartId): ScaleKind =>
      kept?.scales?.[chart] === 'log' || kept?.scales?.[chart] === 'linear'
        ? kept.scales[chart]
        : defaults.scales[chart]
    return {
      xAxis: axes.find((axis) => axis === kept?.xAxis) ?? defaults.xAxis,
      smoothing:
        typeof kept?.smoothing === 'number' && kept.smoothing >= 0 && kept.smoothing <= MAX_SMOOTHING
          ? kept.smoothing
          : defaults.smoothing,
      scales: { loss: scales('loss'), metric: scales('metric'), layers: scales('layers') },
      layerMeasure: kept?.layerMeasure === 'ratio' ? 'ratio' : defaults.layerMeasure
    }
  } catch (error) {
    console.warn('How the charts were looked at could not be read; starting afresh.', error)
    return defaults
  }
}

export const chartView = new ChartView()
