import { Graph, layout } from '@dagrejs/dagre'
import type { Network } from '../../../shared/design/schema'
import { BLOCK_HEIGHT, BLOCK_WIDTH, GAP, GRID, snap, type Point } from '../geometry'
import { placeBlocks } from './blocks'

/** Lay all blocks out from left to right; the Input stays where it is. */
export function tidy(network: Network): Network {
  const graph = new Graph({ directed: true, multigraph: false, compound: false })
  graph.setGraph({ rankdir: 'LR', ranksep: GAP, nodesep: 2 * GRID, marginx: 0, marginy: 0 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const node of network.nodes) graph.setNode(node.id, { width: BLOCK_WIDTH, height: BLOCK_HEIGHT })
  for (const edge of network.edges) graph.setEdge(edge.source, edge.target)
  layout(graph)
  const anchor = network.nodes.find((node) => node.type === 'input') ?? network.nodes[0]
  if (anchor === undefined) return network
  const origin = graph.node(anchor.id)
  const places = network.nodes.map((node): [string, Point] => {
    const placed = graph.node(node.id)
    // dagre gives centres; all boxes are alike, so differences of centres are differences of corners.
    return [node.id, snap({ x: anchor.position.x + placed.x - origin.x, y: anchor.position.y + placed.y - origin.y })]
  })
  return placeBlocks(network, new Map(places))
}
