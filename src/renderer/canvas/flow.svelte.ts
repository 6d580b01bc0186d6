import type { Edge, Node } from '@xyflow/svelte'
import type { Network } from '../../shared/design/schema'
import { doc } from '../state/document.svelte'
import { wireId } from './operations'
import type { Point } from './geometry'

/** Blocks of all types are one kind of node to Svelte Flow: it styles its own "input" and "output" in ways of its own. */
export type BlockNode = Node<Record<string, never>, 'block'>
export type WireEdge = Edge<Record<string, never>, 'wire'>

/** What the mounted canvas can do with its viewport. */
export interface CanvasView {
  /** Show everything, or these blocks. */
  fit(ids?: readonly string[]): void
  /** Back to 100 %, the middle staying in the middle. */
  resetZoom(): void
  zoomBy(factor: number): void
  /** Bring a block into view without changing the zoom, when it is not. */
  reveal(id: string): void
  /** The middle of what is visible, on the canvas. */
  centre(): Point
  toCanvas(screen: Point): Point
  /** Put the keyboard's focus on a block. */
  focus(id: string): void
  /** Whether a point of the screen is on the canvas. */
  contains(screen: Point): boolean
}

const nothing: Record<string, never> = {}
/** New blocks of a document that are shown in its first frame, which has the rest of the window to draw as well. */
const AT_FIRST = 4
/** Later ones bring as many as this machine draws in this time. */
const FRAME_MS = 36
const MOST_AT_ONCE = 16
/** Networks of so many blocks are drawn in one frame. */
const SMALL = 12

/**
 * The design as Svelte Flow shows it. Flow owns selection, measured sizes and positions during a drag; everything else
 * comes from the document, and `sync` carries it over without touching what has not changed.
 */
class Flow {
  nodes = $state.raw<BlockNode[]>([])
  edges = $state.raw<WireEdge[]>([])
  view = $state.raw<CanvasView | null>(null)

  // Strings, because while a drag replaces `nodes` every frame nothing that depends on the selection may run again.
  readonly #blockKey: string = $derived(joined(this.nodes))
  readonly #wireKey: string = $derived(joined(this.edges))
  readonly blocks: ReadonlySet<string> = $derived(new Set(this.#blockKey === '' ? [] : this.#blockKey.split(' ')))
  readonly wires: ReadonlySet<string> = $derived(new Set(this.#wireKey === '' ? [] : this.#wireKey.split(' ')))

  /** The one selected block, when it is the only thing selected. */
  readonly single: string | null = $derived(
    this.blocks.size === 1 && this.wires.size === 0 ? ([...this.blocks][0] ?? null) : null
  )
  /** The one selected wire, when it is the only thing selected. */
  readonly onlyWire: string | null = $derived(
    this.wires.size === 1 && this.blocks.size === 0 ? ([...this.wires][0] ?? null) : null
  )
  /** Blocks of a large document are still being drawn, some in each frame, so that the window goes on answering. */
  arriving = $state(false)
  #frame = 0
  #atOnce = AT_FIRST

  get hasSelection(): boolean {
    return this.blocks.size > 0 || this.wires.size > 0
  }

  /** @param gradually whether blocks may come over several frames; they are in the order of the network */
  sync(network: Network, gradually = false): void {
    const oldNodes = new Map(this.nodes.map((node) => [node.id, node]))
    let room = gradually && network.nodes.length > SMALL ? this.#atOnce : Infinity
    const nodes = network.nodes.flatMap((node): BlockNode[] => {
      const old = oldNodes.get(node.id)
      const { x, y } = node.position
      if (old === undefined) return room-- > 0 ? [newNode(node.id, { x, y })] : []
      return [old.position.x === x && old.position.y === y ? old : { ...old, position: { x, y } }]
    })
    this.#goOn(nodes.length < network.nodes.length)
    if (nodes.length !== this.nodes.length || nodes.some((node, index) => node !== this.nodes[index]))
      this.nodes = nodes
    const oldEdges = new Map(this.edges.map((edge) => [edge.id, edge]))
    const shown = new Set(nodes.map(({ id }) => id))
    const drawn = network.edges.filter(({ source, target }) => shown.has(source) && shown.has(target))
    const edges = drawn.map((edge): WireEdge => {
      const id = wireId(edge)
      return (
        oldEdges.get(id) ?? {
          id,
          type: 'wire',
          source: edge.source,
          target: edge.target,
          data: nothing,
          focusable: true
        }
      )
    })
    if (edges.length !== this.edges.length || edges.some((edge, index) => edge !== this.edges[index]))
      this.edges = edges
  }

  /** @param more whether blocks are left for the next frame */
  #goOn(more: boolean): void {
    if (this.arriving) cancelAnimationFrame(this.#frame)
    else this.#atOnce = AT_FIRST
    this.arriving = more
    const asked = performance.now()
    if (!more) return
    this.#frame = requestAnimationFrame(() => {
      // What the frame before took, its painting included, as frames follow each other while there is work.
      const fitting = Math.round((this.#atOnce * FRAME_MS) / Math.max(1, performance.now() - asked))
      this.#atOnce = Math.min(MOST_AT_ONCE, Math.max(AT_FIRST, fitting))
      this.sync(doc.design.network, true)
    })
  }

  select(blocks: ReadonlySet<string>, wires: ReadonlySet<string> = new Set()): void {
    if (this.arriving) this.sync(doc.design.network)
    const nodes = this.nodes.map((node) => marked(node, blocks.has(node.id)))
    if (nodes.some((node, index) => node !== this.nodes[index])) this.nodes = nodes
    const edges = this.edges.map((edge) => marked(edge, wires.has(edge.id)))
    if (edges.some((edge, index) => edge !== this.edges[index])) this.edges = edges
  }
  selectAll(): void {
    if (this.arriving) this.sync(doc.design.network)
    this.select(new Set(this.nodes.map((node) => node.id)), new Set(this.edges.map((edge) => edge.id)))
  }
  clear(): void {
    if (this.hasSelection) this.select(new Set())
  }
  /** Select a block, bring it into view and put the focus on it: where a problem list leads. */
  show(id: string): void {
    this.select(new Set([id]))
    this.view?.reveal(id)
    this.view?.focus(id)
  }
}

function newNode(id: string, position: { x: number; y: number }): BlockNode {
  return {
    id,
    type: 'block',
    position,
    data: nothing,
    domAttributes: {
      'aria-labelledby': `block-name-${id}`,
      'aria-describedby': 'canvas-help',
      'aria-roledescription': 'block'
    }
  }
}
function joined(elements: readonly { id: string; selected?: boolean }[]): string {
  return elements
    .filter((element) => element.selected === true)
    .map((element) => element.id)
    .join(' ')
}
function marked<E extends { selected?: boolean }>(element: E, selected: boolean): E {
  return (element.selected ?? false) === selected ? element : { ...element, selected }
}

export const flow = new Flow()
flow.sync(doc.design.network)
doc.onChange((cause) => flow.sync(doc.design.network, cause === 'other'))
