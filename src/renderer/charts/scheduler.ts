/** How far the average follows the newest pass. */
const SMOOTHING = 0.2

/** Calls whoever asked once in the next animation frame, however often they asked: one pass paints all charts. */
const waiting = new Set<() => void>()
let frame: number | null = null
let began = 0
let cost = 0
let afterFrame: MessagePort | null = null

export function paintSoon(paint: () => void): void {
  waiting.add(paint)
  frame ??= requestAnimationFrame(() => {
    frame = null
    began = performance.now()
    const due = [...waiting]
    waiting.clear()
    for (const next of due) next()
    afterFrame ??= portAfterFrames()
    afterFrame.postMessage(null)
  })
}

export function paintNoMore(paint: () => void): void {
  waiting.delete(paint)
}

/** Milliseconds the page's thread is busy with one pass, style, layout and layers included, on average. */
export function paintCost(): number {
  return cost
}

/** A message posted in an animation frame comes back when the page has finished that frame. */
function portAfterFrames(): MessagePort {
  const { port1, port2 } = new MessageChannel()
  port2.onmessage = () => {
    cost += SMOOTHING * (performance.now() - began - cost)
  }
  return port1
}
