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
  get hasSelection(): boolean {
    return this.blocks.size > 0 || this.wires.size > 0
  }

  sync(network: Network): void {
    const oldNodes = new Map(this.nodes.map((node) => [node.id, node]))
    const nodes = network.nodes.map((node): BlockNode => {
      const old = oldNodes.get(node.id)
      const { x, y } = node.position
      if (old === undefined) return newNode(node.id, { x, y })
      return old.position.x === x && old.position.y === y ? old : { ...old, position: { x, y } }
    })
    if (nodes.length !== this.nodes.length || nodes.some((node, index) => node !== this.nodes[index]))
      this.nodes = nodes
    const oldEdges = new Map(this.edges.map((edge) => [edge.id, edge]))
    const edges = network.edges.map((edge): WireEdge => {
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

  select(blocks: ReadonlySet<string>, wires: ReadonlySet<string> = new Set()): void {
    const nodes = this.nodes.map((node) => marked(node, blocks.has(node.id)))
    if (nodes.some((node, index) => node !== this.nodes[index])) this.nodes = nodes
    const edges = this.edges.map((edge) => marked(edge, wires.has(edge.id)))
    if (edges.some((edge, index) => edge !== this.edges[index])) this.edges = edges
  }
  selectAll(): void {
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
doc.onChange(() => flow.sync(doc.design.network))
