import { blockType, type DesignNode } from '../../../shared/catalogue/blocks'
import { networkSchema, type DesignEdge, type Network } from '../../../shared/design/schema'
import type { Point } from '../geometry'
import { freshId } from './blocks'

/** Blocks out of a network with the wires among them: what the clipboard carries. */
export interface Fragment {
  readonly nodes: readonly DesignNode[]
  readonly edges: readonly DesignEdge[]
}

const FORMAT = 'lamina-blocks'

/** The selected blocks that can stand more than once, with the wires among them. */
export function copyBlocks(network: Network, ids: ReadonlySet<string>): Fragment {
  const nodes = network.nodes.filter((node) => ids.has(node.id) && blockType(node.type).addable)
  const copied = new Set(nodes.map((node) => node.id))
  return { nodes, edges: network.edges.filter((edge) => copied.has(edge.source) && copied.has(edge.target)) }
}

/** Add copies under new ids, moved by `by`; wires among them are kept, wires to others are not. */
export function pasteBlocks(network: Network, fragment: Fragment, by: Point): { network: Network; ids: string[] } {
  const renamed = new Map<string, string>()
  let nodes = network.nodes
  for (const node of fragment.nodes) {
    if (!blockType(node.type).addable || renamed.has(node.id)) continue
    const id = freshId({ nodes, edges: [] }, node.type)
    renamed.set(node.id, id)
    nodes = [...nodes, { ...node, id, position: { x: node.position.x + by.x, y: node.position.y + by.y } }]
  }
  const edges = [...network.edges]
  for (const edge of fragment.edges) {
    const source = renamed.get(edge.source)
    const target = renamed.get(edge.target)
    if (source === undefined || target === undefined || edges.some((other) => other.target === target)) continue
    edges.push({ source, target })
  }
  return { network: { nodes, edges }, ids: [...renamed.values()] }
}

/** A fragment as text for the system's clipboard. */
export function formatFragment(fragment: Fragment): string {
  return JSON.stringify({ format: FORMAT, nodes: fragment.nodes, edges: fragment.edges })
}

/** @returns null for text that is not blocks: somebody else's clipboard is no error */
export function parseFragment(text: string): Fragment | null {
  if (!text.includes(FORMAT)) return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== FORMAT) return null
  const { format: _format, ...network } = value
  const result = networkSchema.safeParse(network)
  return result.success && result.data.nodes.length > 0 ? result.data : null
}
