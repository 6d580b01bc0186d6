import type { DesignEdge } from '../../shared/design/schema'
import { doc } from '../state/document.svelte'
import * as editor from './editor'
import { flow } from './flow.svelte'
import { BLOCK_WIDTH, PORT_Y, type Point } from './geometry'
import { wireAt, wireId, type BlockSpec } from './operations'

/** How near, on the canvas, a block's middle must come to a wire to be spliced into it. */
const REACH = 30

export interface Carried {
  readonly spec: BlockSpec
  readonly title: string
  readonly detail: string
}

/** A block on its way: out of the palette, or dragged loose over the canvas towards a wire. */
class Placing {
  /** What is carried out of the palette, and where the pointer is on the screen. */
  carried = $state.raw<Carried | null>(null)
  screen = $state.raw<Point>({ x: 0, y: 0 })
  /** The wire it would be spliced into if it were dropped now. */
  #wire = $state.raw<DesignEdge | null>(null)
  readonly wire: string | null = $derived(this.#wire === null ? null : wireId(this.#wire))
  readonly overCanvas: boolean = $derived(this.carried !== null && (flow.view?.contains(this.screen) ?? false))

  carry(carried: Carried, screen: Point): void {
    this.carried = carried
    this.move(screen)
  }
  move(screen: Point): void {
    this.screen = screen
    const view = flow.view
    this.#wire =
      view === null || !view.contains(screen) ? null : wireAt(doc.design.network, view.toCanvas(screen), REACH)
  }
  /** Let go: on the canvas the block is added, into a wire when one is near; anywhere else nothing happens. */
  drop(): void {
    const { carried, screen } = this
    const wire = this.#wire
    const view = flow.view
    this.cancel()
    if (carried === null || view === null || !view.contains(screen)) return
    const pointer = view.toCanvas(screen)
    const point = { x: pointer.x - BLOCK_WIDTH / 2, y: pointer.y - PORT_Y }
    editor.add(carried.spec, wire === null ? { kind: 'at', point } : { kind: 'wire', wire, point })
    const [id] = flow.blocks
    if (id !== undefined) view.focus(id)
  }
  cancel(): void {
    this.carried = null
    this.#wire = null
  }

  /** A block without wires is being dragged: show the wire it would go into. */
  hover(id: string, position: Point): void {
    this.#wire = wireAt(doc.design.network, { x: position.x + BLOCK_WIDTH / 2, y: position.y + PORT_Y }, REACH, id)
  }
  /** @returns the wire a dragged block was dropped on */
  take(): DesignEdge | null {
    const wire = this.#wire
    this.#wire = null
    return wire
  }
}

export const placing = new Placing()
