import type { DesignEdge } from '../../shared/design/schema'
import type { Point } from './geometry'
import { flow } from './flow.svelte'
import type { Where } from './editor'

export interface OpenSearch {
  /** Where the box stands, on the screen. */
  readonly screen: Point
  readonly where: Where
}

/** The search box that adds blocks. */
class Search {
  open = $state.raw<OpenSearch | null>(null)
  /** Where the pointer was last, on the screen; null while it is not over the canvas. */
  pointer: Point | null = null

  /** At the pointer, or after the selected block, or in the middle. */
  openAnywhere(): void {
    const view = flow.view
    if (view === null) return
    if (flow.single === null && this.pointer !== null) {
      this.openAt(this.pointer, null)
      return
    }
    const middle = { x: window.innerWidth / 2, y: window.innerHeight / 3 }
    this.open = { screen: this.pointer ?? middle, where: { kind: 'anywhere' } }
  }
  /** At a point of the screen; into the wire that lies there, when one does. */
  openAt(screen: Point, wire: DesignEdge | null): void {
    const view = flow.view
    if (view === null) return
    const point = view.toCanvas(screen)
    this.open = { screen, where: wire === null ? { kind: 'at', point } : { kind: 'wire', wire, point } }
  }
  /** At the loose end of a wire. */
  openForWire(screen: Point, block: string, port: 'source' | 'target'): void {
    const view = flow.view
    if (view === null) return
    this.open = { screen, where: { kind: 'loose end', block, port, point: view.toCanvas(screen) } }
  }
  close(): void {
    this.open = null
  }
}

export const search = new Search()
