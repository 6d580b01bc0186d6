import type { ChartTheme } from './theme'
import type { Trace } from './trace'

const MARGIN = 12
const HEADING = 44

/** The chart as an image of its own: with a ground, its title and a legend. */
export async function chartPng(
  canvas: HTMLCanvasElement,
  title: string,
  traces: readonly Trace[],
  theme: ChartTheme
): Promise<Blob> {
  const scale = canvas.clientWidth > 0 ? canvas.width / canvas.clientWidth : 1
  const image = document.createElement('canvas')
  image.width = canvas.width + 2 * MARGIN * scale
  image.height = canvas.height + (HEADING + MARGIN) * scale
  const ctx = image.getContext('2d')
  if (ctx === null) throw new Error('This browser cannot draw an image.')
  ctx.fillStyle = theme.surface
  ctx.fillRect(0, 0, image.width, image.height)
  ctx.drawImage(canvas, MARGIN * scale, HEADING * scale)
  ctx.scale(scale, scale)
  ctx.textBaseline = 'middle'
  ctx.fillStyle = theme.text
  ctx.font = `600 13px ${theme.fontUi}`
  ctx.fillText(title, MARGIN, 16)
  ctx.font = `11px ${theme.fontUi}`
  let left = MARGIN
  for (const { label, colour, dash } of traces) {
    ctx.strokeStyle = theme.colour(colour)
    ctx.lineWidth = 2
    ctx.setLineDash([...dash])
    ctx.beginPath()
    ctx.moveTo(left, 34)
    ctx.lineTo(left + 16, 34)
    ctx.stroke()
    ctx.setLineDash([])
    ctx.fillStyle = theme.textDim
    ctx.fillText(label, left + 21, 34)
    left += 21 + ctx.measureText(label).width + 16
  }
  return new Promise((resolve, reject) => {
    image.toBlob(
      (blob) => (blob === null ? reject(new Error('The image could not be made.')) : resolve(blob)),
      'image/png'
    )
  })
}

/** Hand data made in the page to the browser's downloads. */
export function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser has taken hold of the data by then; the address alone would keep it in memory.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
