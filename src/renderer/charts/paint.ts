import type { Columns } from './decimate'
import type { ChartTheme } from './theme'
import type { Guide, Trace } from './trace'

/** The part of the canvas inside the axes, in CSS pixels. */
export interface Area {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}
/** Where a value lies on the canvas, in CSS pixels. */
export interface Projection {
  readonly area: Area
  x(value: number): number
  y(value: number): number
}

const RAW_OPACITY = 0.34
const DOT_RADIUS = 2
/** Closer together than this, in pixels, points are only a thick line. */
const DOT_DISTANCE = 7
const LABEL_ROOM = 4

/** What is drawn behind the main line of a trace. */
export interface Detail {
  /** Opacity of the band of extremes, 0 for none: the more there are, the fainter each. */
  readonly band: number
  readonly raw: boolean
}

/** The cut-down trace: the band of extremes, the raw means, and the smoothed line over them. */
export function paintTrace(
  ctx: CanvasRenderingContext2D,
  trace: Trace,
  columns: Columns,
  detail: Detail,
  to: Projection,
  theme: ChartTheme
): void {
  const colour = theme.colour(trace.colour)
  ctx.lineJoin = 'round'
  ctx.lineCap = 'round'
  ctx.strokeStyle = colour
  ctx.fillStyle = colour
  if (trace.style === 'steps') {
    if (detail.band > 0 && columns.hasSpread) {
      ctx.globalAlpha = detail.band
      fillBand(ctx, columns, to)
    }
    if (detail.raw) {
      ctx.globalAlpha = RAW_OPACITY
      ctx.lineWidth = 1
      strokeLine(ctx, columns, columns.mean, to)
    }
  }
  ctx.globalAlpha = 1
  ctx.lineWidth = 1.5
  ctx.setLineDash([...trace.dash])
  strokeLine(ctx, columns, trace.style === 'steps' ? columns.smooth : columns.mean, to)
  ctx.setLineDash([])
  paintDots(ctx, columns, trace.style === 'steps' ? columns.smooth : columns.mean, to)
}

function strokeLine(ctx: CanvasRenderingContext2D, { length, x }: Columns, values: Float64Array, to: Projection): void {
  ctx.beginPath()
  let open = false
  for (let i = 0; i < length; i++) {
    const y = to.y(values[i] ?? Number.NaN)
    if (!Number.isFinite(y)) {
      open = false
      continue
    }
    if (open) ctx.lineTo(to.x(x[i] ?? 0), y)
    else ctx.moveTo(to.x(x[i] ?? 0), y)
    open = true
  }
  ctx.stroke()
}

function fillBand(ctx: CanvasRenderingContext2D, { length, x, min, max }: Columns, to: Projection): void {
  // What is below a logarithmic axis (a zero) ends at the axis.
  const floor = (y: number): number => (Number.isFinite(y) ? y : to.area.bottom)
  ctx.beginPath()
  for (let i = 0; i < length; i++) ctx.lineTo(to.x(x[i] ?? 0), floor(to.y(max[i] ?? Number.NaN)))
  for (let i = length - 1; i >= 0; i--) ctx.lineTo(to.x(x[i] ?? 0), floor(to.y(min[i] ?? Number.NaN)))
  ctx.closePath()
  ctx.fill()
}

function paintDots(ctx: CanvasRenderingContext2D, { length, x }: Columns, values: Float64Array, to: Projection): void {
  if (length === 0) return
  const first = to.x(x[0] ?? 0)
  const last = to.x(x[length - 1] ?? 0)
  if (length > 1 && (last - first) / (length - 1) < DOT_DISTANCE) return
  ctx.beginPath()
  for (let i = 0; i < length; i++) {
    const y = to.y(values[i] ?? Number.NaN)
    if (!Number.isFinite(y)) continue
    const px = to.x(x[i] ?? 0)
    ctx.moveTo(px + DOT_RADIUS, y)
    ctx.arc(px, y, DOT_RADIUS, 0, 2 * Math.PI)
  }
  ctx.fill()
}

/** Vertical lines where the learning rate changed; labels that would run into each other are left out. */
export function paintMarks(
  ctx: CanvasRenderingContext2D,
  marks: readonly Guide[],
  to: Projection,
  theme: ChartTheme
): void {
  const { area } = to
  let free = area.left
  ctx.font = labelFont(theme)
  ctx.textBaseline = 'top'
  for (const { at, label } of marks) {
    const x = Math.round(to.x(at)) + 0.5
    if (x < area.left || x > area.right) continue
    ctx.globalAlpha = 0.6
    ctx.lineWidth = 1
    ctx.strokeStyle = theme.textDim
    ctx.setLineDash([2, 3])
    ctx.beginPath()
    ctx.moveTo(x, area.top)
    ctx.lineTo(x, area.bottom)
    ctx.stroke()
    ctx.setLineDash([])
    ctx.globalAlpha = 1
    const width = ctx.measureText(label).width
    const left = x + LABEL_ROOM + width > area.right ? x - LABEL_ROOM - width : x + LABEL_ROOM
    if (left < free) continue
    paintLabel(ctx, label, left, area.top + 2, theme)
    free = left + width + LABEL_ROOM
  }
}

/** Horizontal lines with a label at their right end. */
export function paintGuides(
  ctx: CanvasRenderingContext2D,
  guides: readonly Guide[],
  to: Projection,
  theme: ChartTheme
): void {
  const { area } = to
  ctx.font = labelFont(theme)
  ctx.textBaseline = 'top'
  for (const { at, label } of guides) {
    const y = Math.round(to.y(at)) + 0.5
    if (!(y >= area.top && y <= area.bottom)) continue
    ctx.globalAlpha = 0.7
    ctx.strokeStyle = theme.textDim
    ctx.lineWidth = 1
    ctx.setLineDash([5, 4])
    ctx.beginPath()
    ctx.moveTo(area.left, y)
    ctx.lineTo(area.right, y)
    ctx.stroke()
    ctx.setLineDash([])
    ctx.globalAlpha = 1
    paintLabel(ctx, label, area.right - ctx.measureText(label).width - LABEL_ROOM, y + 3, theme)
  }
}

/** Small text with a rim in the colour of the ground: readable over any line without hiding it. */
function paintLabel(ctx: CanvasRenderingContext2D, label: string, left: number, top: number, theme: ChartTheme): void {
  ctx.lineJoin = 'round'
  ctx.lineWidth = 3
  ctx.strokeStyle = theme.surface
  ctx.strokeText(label, left, top)
  ctx.fillStyle = theme.textDim
  ctx.fillText(label, left, top)
}

export function labelFont(theme: ChartTheme): string {
  return `10px ${theme.font}`
}
