import { BLOCK_SPACING } from '../../shared/network/propose'

/** Sizes on the canvas, in flow coordinates (CSS pixels at 100 %). */
export const GRID = 20
export const BLOCK_WIDTH = 180
/** What a block takes up for layout; blocks with more lines grow downwards only. */
export const BLOCK_HEIGHT = 80
/** Where wires arrive and leave: below the block's top edge, whatever its height. */
export const PORT_Y = 18
/** Between a block and the next one to its right. */
export const GAP = BLOCK_SPACING - BLOCK_WIDTH

export interface Point {
  readonly x: number
  readonly y: number
}

/** What all blocks take up together. */
export function boundsOf({ nodes }: { readonly nodes: readonly { readonly position: Point }[] }): {
  x: number
  y: number
  width: number
  height: number
} {
  const [xs, ys] = [nodes.map(({ position }) => position.x), nodes.map(({ position }) => position.y)]
  const [x, y] = [Math.min(...xs), Math.min(...ys)]
  return { x, y, width: Math.max(...xs) + BLOCK_WIDTH - x, height: Math.max(...ys) + BLOCK_HEIGHT - y }
}

export function snap(point: Point): { x: number; y: number } {
  // Adding zero turns −0, which JSON would not keep, into 0.
  return { x: Math.round(point.x / GRID) * GRID + 0, y: Math.round(point.y / GRID) * GRID + 0 }
}

export function overlaps(a: Point, b: Point): boolean {
  return Math.abs(a.x - b.x) < BLOCK_WIDTH + GRID / 2 && Math.abs(a.y - b.y) < BLOCK_HEIGHT + GRID / 2
}

/** The cubic curve of a wire from a block's right port to the next one's left port, as Svelte Flow draws it. */
export function wireCurve(source: Point, target: Point): readonly [Point, Point, Point, Point] {
  const start = { x: source.x + BLOCK_WIDTH, y: source.y + PORT_Y }
  const end = { x: target.x, y: target.y + PORT_Y }
  const distance = end.x - start.x
  const reach = distance >= 0 ? distance / 2 : 0.25 * 25 * Math.sqrt(-distance)
  return [start, { x: start.x + reach, y: start.y }, { x: end.x - reach, y: end.y }, end]
}

/** Distance from a point to a wire's curve. */
export function distanceToWire(point: Point, source: Point, target: Point): number {
  const [a, b, c, d] = wireCurve(source, target)
  let nearest = Infinity
  let previous = a
  const pieces = 24
  for (let index = 1; index <= pieces; index++) {
    const t = index / pieces
    const u = 1 - t
    const next = {
      x: u * u * u * a.x + 3 * u * u * t * b.x + 3 * u * t * t * c.x + t * t * t * d.x,
      y: u * u * u * a.y + 3 * u * u * t * b.y + 3 * u * t * t * c.y + t * t * t * d.y
    }
    nearest = Math.min(nearest, distanceToSegment(point, previous, next))
    previous = next
  }
  return nearest
}

function distanceToSegment(point: Point, a: Point, b: Point): number {
  const dx = b.x - a.x
  const dy = b.y - a.y
  const length = dx * dx + dy * dy
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((point.x - a.x) * dx + (point.y - a.y) * dy) / length))
  return Math.hypot(point.x - a.x - t * dx, point.y - a.y - t * dy)
}
