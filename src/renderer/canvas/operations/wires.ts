import { BLOCK_SPACING } from '../../../shared/network/propose'
import type { DesignEdge, Network } from '../../../shared/design/schema'
import { refuseEdge } from '../../../shared/network/check'
import { distanceToWire, GRID, snap, type Point } from '../geometry'
import { addBlock, findBlock, freePlace, placeBlocks, type Added, type BlockSpec } from './blocks'

/** Names a wire; ids of blocks never contain ">". */
export function wireId(edge: DesignEdge): string {
  return `${edge.source}>${edge.target}`
}
export function wireOf(id: string): DesignEdge | null {
  const [source, target] = id.split('>')
  return source === undefined || target === undefined ? null : { source, target }
}

export function incomingWire(network: Network, id: string): DesignEdge | undefined {
  return network.edges.find((edge) => edge.target === id)
}
export function outgoingWires(network: Network, id: string): DesignEdge[] {
  return network.edges.filter((edge) => edge.source === id)
}

/** Draw a wire. It replaces what arrived at the target before; a wire that cannot be leaves the network as it is. */
export function connect(network: Network, source: string, target: string): Network {
  if (refuseEdge(network, source, target) !== null) return network
  if (network.edges.some((edge) => edge.source === source && edge.target === target)) return network
  return { ...network, edges: [...network.edges.filter((edge) => edge.target !== target), { source, target }] }
}

/** Move one end of a wire elsewhere; refused moves leave the network as it is. */
export function reconnect(network: Network, old: DesignEdge, next: DesignEdge): Network {
  const without = disconnect(network, old)
  const connected = connect(without, next.source, next.target)
  return connected === without ? network : connected
}

export function disconnect(network: Network, edge: DesignEdge): Network {
  return {
    ...network,
    edges: network.edges.filter((other) => other.source !== edge.source || other.target !== edge.target)
  }
}

/** Put a block that stands alone into a wire; the blocks after it shift aside. */
export function spliceBlock(network: Network, id: string, wire: DesignEdge): Network {
  const opened = disconnect(
    { ...network, edges: network.edges.filter((edge) => edge.source !== id && edge.target !== id) },
    wire
  )
  const joined = connect(connect(opened, wire.source, id), id, wire.target)
  const block = findBlock(joined, id)
  const source = findBlock(joined, wire.source)
  const target = findBlock(joined, wire.target)
  if (block === undefined || source === undefined || target === undefined) return joined
  const place = {
    x: Math.max(block.position.x, source.position.x + BLOCK_SPACING),
    // On a level wire the block lies level too; on a slanted one it stays where it was dropped.
    y: source.position.y === target.position.y ? source.position.y : block.position.y
  }
  return makeRoom(placeBlocks(joined, new Map([[id, place]])), id)
}

/** Shift everything after a block to the right until its neighbours no longer touch it. */
export function makeRoom(network: Network, id: string): Network {
  const block = findBlock(network, id)
  if (block === undefined) return network
  const after = reachable(network, id)
  const targets = outgoingWires(network, id).map((edge) => findBlock(network, edge.target))
  const nearest = Math.min(...targets.map((target) => target?.position.x ?? Infinity))
  const missing = block.position.x + BLOCK_SPACING - nearest
  if (!Number.isFinite(nearest) || missing <= 0) return network
  const shift = Math.ceil(missing / GRID) * GRID
  const places = network.nodes
    .filter((node) => after.has(node.id) && node.id !== id)
    .map((node) => [node.id, { x: node.position.x + shift, y: node.position.y }] as const)
  return placeBlocks(network, new Map(places))
}

/** Make a block and put it into a wire. */
export function addOnWire(network: Network, spec: BlockSpec, wire: DesignEdge, position: Point): Added {
  const added = addBlock(network, spec, position)
  return { network: spliceBlock(added.network, added.id, wire), id: added.id }
}

/** Make a block right after another one, taking over the wires that left it. */
export function addAfter(network: Network, spec: BlockSpec, after: string): Added {
  const before = findBlock(network, after)
  const outgoing = outgoingWires(network, after)
  const wanted = { x: (before?.position.x ?? 0) + BLOCK_SPACING, y: before?.position.y ?? 0 }
  const added = addBlock(network, spec, outgoing.length === 0 ? freePlace(network, wanted) : wanted)
  let result = connect(added.network, after, added.id)
  for (const edge of outgoing) result = connect(result, added.id, edge.target)
  return { network: makeRoom(result, added.id), id: added.id }
}

/** Make a block at the loose end of a wire that was dragged out of a port and dropped on the canvas. */
export function addConnected(
  network: Network,
  spec: BlockSpec,
  from: { block: string; port: 'source' | 'target' },
  position: Point
): Added {
  const added = addBlock(network, spec, snap(position))
  const [source, target] = from.port === 'source' ? [from.block, added.id] : [added.id, from.block]
  return { network: connect(added.network, source, target), id: added.id }
}

/** The wire under a point, the nearest first; null when none is within `tolerance`. */
export function wireAt(
  network: Network,
  point: Point,
  tolerance: number,
  not: string | null = null
): DesignEdge | null {
  const positions = new Map(network.nodes.map((node) => [node.id, node.position]))
  let best: DesignEdge | null = null
  let nearest = tolerance
  for (const edge of network.edges) {
    const source = positions.get(edge.source)
    const target = positions.get(edge.target)
    if (source === undefined || target === undefined || edge.source === not || edge.target === not) continue
    const distance = distanceToWire(point, source, target)
    if (distance <= nearest) {
      best = edge
      nearest = distance
    }
  }
  return best
}

function reachable(network: Network, start: string): Set<string> {
  const seen = new Set([start])
  const open = [start]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const edge of network.edges) {
      if (edge.source !== id || seen.has(edge.target)) continue
      seen.add(edge.target)
      open.push(edge.target)
    }
  }
  return seen
}
