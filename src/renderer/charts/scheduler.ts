/** Calls whoever asked once in the next animation frame, however often they asked: one pass paints all charts. */
const waiting = new Set<() => void>()
let frame: number | null = null

export function paintSoon(paint: () => void): void {
  waiting.add(paint)
  frame ??= requestAnimationFrame(() => {
    frame = null
    const due = [...waiting]
    waiting.clear()
    for (const next of due) next()
  })
}

export function paintNoMore(paint: () => void): void {
  waiting.delete(paint)
}
