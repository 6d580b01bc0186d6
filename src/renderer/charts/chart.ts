import { Chart, LinearScale, LogarithmicScale, type Plugin, type Scale } from 'chart.js'
import { formatAxisCount, formatAxisSeconds } from '../training/format'
import { clockTicks, linearTicks, logTicks, verticalRange, type Range } from './axis'
import { Columns, decimate } from './decimate'
import { paintGuides, paintMarks, paintTrace, type Projection } from './paint'
import { smooth } from './smoothing'
import type { ChartTheme } from './theme'
import type { Picture, Trace } from './trace'

Chart.register(LinearScale, LogarithmicScale)

/** Fixed, so that charts beside each other line up and nothing moves when numbers grow. */
const Y_AXIS_WIDTH = 46
const X_AXIS_HEIGHT = 20
const PADDING = { top: 8, right: 10, bottom: 0, left: 0 }
const TICK_ROOM_X = 64
const TICK_ROOM_Y = 30
const FONT_SIZE = 10
/** Above this many lines their bands would only be mud; isolating a layer in the legend brings its band back. */
const MOST_BANDS = 8
const BAND_OPACITY = 0.18

/**
 * One chart on a canvas. Chart.js keeps the axes, the layout and the pixel ratio; the traces are painted straight from
 * typed arrays, because an object for each point would cost more than the frame allows.
 */
export class TraceChart {
  readonly #chart: Chart<'line', never[]>
  readonly #columns: Columns[] = []
  #picture: Picture | null = null
  #theme: ChartTheme
  #y: Range | null = null
  #shape = ''

  /** @param onResize asks for a new `draw`, because columns of pixels changed */
  constructor(canvas: HTMLCanvasElement, theme: ChartTheme, onResize: () => void) {
    this.#theme = theme
    const painter: Plugin<'line'> = { id: 'lamina-traces', afterDatasetsDraw: () => this.#paint() }
    this.#chart = new Chart(canvas, {
      type: 'line',
      data: { datasets: [] },
      plugins: [painter],
      options: {
        animation: false,
        parsing: false,
        normalized: true,
        responsive: true,
        maintainAspectRatio: false,
        events: [],
        layout: { padding: PADDING },
        onResize: () => onResize(),
        scales: { x: { type: 'linear' }, y: { type: 'linear' } }
      }
    })
  }

  /** The part inside the axes, in CSS pixels of the canvas; empty while nothing is laid out. */
  get area(): { left: number; right: number; top: number; bottom: number } {
    const { left, right, top, bottom } = this.#chart.chartArea
    return { left, right, top, bottom }
  }
  /** Values along the x axis as it stands. */
  get xRange(): Range {
    return this.#picture?.x ?? { min: 0, max: 1 }
  }
  get canvas(): HTMLCanvasElement {
    return this.#chart.canvas
  }

  setTheme(theme: ChartTheme): void {
    this.#theme = theme
    this.#shape = ''
  }

  /** Show a picture. @returns false while the canvas has no size */
  draw(picture: Picture): boolean {
    this.#picture = picture
    const width = this.#chart.width - Y_AXIS_WIDTH - PADDING.right
    if (width < 10 || this.#chart.height < 20) return false
    this.#cut(picture, Math.floor(width))
    this.#y = verticalRange(this.#dataRange(picture), picture.scale, this.#y, picture.limits)
    const shape = [picture.x.min, picture.x.max, picture.xAxis, this.#y.min, this.#y.max, picture.scale].join()
    if (shape !== this.#shape) {
      this.#shape = shape
      this.#configure(picture, this.#y)
      this.#chart.update('none')
    } else {
      // Axes as before: laying out again would be the slow path.
      this.#chart.draw()
    }
    return true
  }

  /** Forget the bounds kept from earlier data: a new run, other traces. */
  reset(): void {
    this.#y = null
    this.#shape = ''
  }
  destroy(): void {
    this.#chart.destroy()
  }

  #cut(picture: Picture, pixels: number): void {
    while (this.#columns.length < picture.traces.length) this.#columns.push(new Columns())
    const span = picture.x.max - picture.x.min
    for (const [index, trace] of picture.traces.entries()) {
      const columns = this.#columns[index]
      if (columns === undefined) continue
      decimate(trace.source, picture.x, pixels, columns)
      smooth(columns, smoothingOf(picture, trace), span, picture.scale)
    }
  }

  /** Extremes of what is drawn as lines; bands may be cut off, or one odd step would flatten everything else. */
  #dataRange(picture: Picture): Range | null {
    let min = Infinity
    let max = -Infinity
    for (let t = 0; t < picture.traces.length; t++) {
      const columns = this.#columns[t]
      if (columns === undefined) continue
      for (let i = 0; i < columns.length; i++) {
        const value = columns.mean[i] ?? Number.NaN
        if (!Number.isFinite(value) || (picture.scale === 'log' && value <= 0)) continue
        if (value < min) min = value
        if (value > max) max = value
      }
    }
    return min <= max ? { min, max } : null
  }

  #configure(picture: Picture, y: Range): void {
    const theme = this.#theme
    const font = { family: theme.font, size: FONT_SIZE, lineHeight: 1 }
    const ticks = { color: theme.textDim, font, maxRotation: 0, autoSkip: false, padding: 4 }
    const border = { color: theme.border }
    const grid = { color: theme.grid, drawTicks: false, lineWidth: 1 }
    const { x, xAxis } = picture
    const formatX = xAxis === 'time' ? formatAxisSeconds : formatAxisCount
    this.#chart.options.scales = {
      x: {
        type: 'linear',
        min: x.min,
        max: x.max,
        border,
        grid,
        ticks: { ...ticks, align: 'inner', callback: (value) => formatX(Number(value)) },
        afterBuildTicks: (scale) => {
          const count = room(this.#chart.width, TICK_ROOM_X)
          setTicks(scale, xAxis === 'time' ? clockTicks(x, count) : linearTicks(x, count, 1))
        },
        afterFit: (scale) => {
          scale.height = X_AXIS_HEIGHT
        }
      },
      y: {
        type: picture.scale === 'log' ? 'logarithmic' : 'linear',
        min: y.min,
        max: y.max,
        border,
        grid,
        ticks: { ...ticks, callback: (value) => picture.formatY(Number(value)) },
        afterBuildTicks: (scale) => {
          const count = room(this.#chart.height - X_AXIS_HEIGHT, TICK_ROOM_Y)
          setTicks(scale, picture.scale === 'log' ? logTicks(y, count) : linearTicks(y, count))
        },
        afterFit: (scale) => {
          scale.width = Y_AXIS_WIDTH
        }
      }
    }
  }

  #paint(): void {
    const picture = this.#picture
    // Chart.js draws once while it is being made, before there is anything to show.
    if (picture === null) return
    const { x, y } = this.#chart.scales
    if (x === undefined || y === undefined) return
    const { ctx } = this.#chart
    const area = this.area
    const to: Projection = { area, x: (value) => x.getPixelForValue(value), y: (value) => y.getPixelForValue(value) }
    ctx.save()
    ctx.beginPath()
    ctx.rect(area.left, area.top - 2, area.right - area.left + PADDING.right, area.bottom - area.top + 4)
    ctx.clip()
    paintGuides(ctx, picture.guides, to, this.#theme)
    const bands = picture.traces.filter((trace) => trace.style === 'steps').length
    const band = bands > MOST_BANDS ? 0 : BAND_OPACITY / bands
    // The first layer is painted last: it is the one people look for.
    for (let index = picture.traces.length - 1; index >= 0; index--) {
      const trace = picture.traces[index]
      const columns = this.#columns[index]
      if (trace === undefined || columns === undefined) continue
      const detail = { band, raw: band > 0 && smoothingOf(picture, trace) > 0 }
      paintTrace(ctx, trace, columns, detail, to, this.#theme)
    }
    paintMarks(ctx, picture.marks, to, this.#theme)
    ctx.restore()
  }
}

/** Epochs are means already: only steps are smoothed. */
function smoothingOf(picture: Picture, trace: Trace): number {
  return trace.style === 'steps' ? picture.smoothing : 0
}
function room(pixels: number, each: number): number {
  return Math.max(2, Math.floor(pixels / each))
}
function setTicks(scale: Scale, values: readonly number[]): void {
  scale.ticks = values.map((value) => ({ value }))
}
