import { blockType } from '../../../shared/catalogue/blocks'
import type { DesignEdge, Network } from '../../../shared/design/schema'
import { connect, wireId } from './wires'

export interface Removal {
  readonly blocks: ReadonlySet<string>
  /** By `wireId`. */
  readonly wires: ReadonlySet<string>
}

/** Blocks of a selection that may be deleted: Input and Output stand in every design. */
export function removable(network: Network, ids: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(
    network.nodes.filter((node) => ids.has(node.id) && blockType(node.type).addable).map((node) => node.id)
  )
}

/** Delete blocks with all their wires, and single wires. */
export function remove(network: Network, removal: Removal): Network {
  const gone = removable(network, removal.blocks)
  return {
    nodes: network.nodes.filter((node) => !gone.has(node.id)),
    edges: network.edges.filter(
      (edge) => !gone.has(edge.source) && !gone.has(edge.target) && !removal.wires.has(wireId(edge))
    )
  }
}

/** Delete blocks and join what came before them to what came after. */
export function removeAndHeal(network: Network, removal: Removal): Network {
  const gone = removable(network, removal.blocks)
  let healed = remove(network, { blocks: gone, wires: new Set() })
  for (const edge of network.edges) {
    if (gone.has(edge.source) || !gone.has(edge.target)) continue
    for (const target of beyond(network, edge, gone)) {
      // Whatever arrives there by another way stays.
      if (!healed.edges.some((other) => other.target === target)) healed = connect(healed, edge.source, target)
    }
  }
  // Wires selected on their own go as well, unless healing has just drawn them.
  const selected = network.edges.filter(
    (edge) => removal.wires.has(wireId(edge)) && !gone.has(edge.source) && !gone.has(edge.target)
  )
  return remove(healed, { blocks: new Set(), wires: new Set(selected.map(wireId)) })
}

/** The first blocks that stay, downstream of a wire into blocks that go. */
function beyond(network: Network, start: DesignEdge, gone: ReadonlySet<string>): string[] {
  const found: string[] = []
  const seen = new Set([start.target])
  const open = [start.target]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const edge of network.edges) {
      if (edge.source !== id || seen.has(edge.target)) continue
      seen.add(edge.target)
      if (gone.has(edge.target)) open.push(edge.target)
      else found.push(edge.target)
    }
  }
  return found
}
