import type { Design } from '../../../src/shared/design/schema'

export function withEdges(design: Design, added: [string, string][], removed: [string, string][]): Design {
  const kept = design.network.edges.filter(
    (edge) => !removed.some(([source, target]) => edge.source === source && edge.target === target)
  )
  return {
    ...design,
    network: { ...design.network, edges: [...kept, ...added.map(([source, target]) => ({ source, target }))] }
  }
}

export function withUnits(design: Design, id: string, units: number): Design {
  const nodes = design.network.nodes.map((node) =>
    node.id === id && node.type === 'dense' ? { ...node, units } : node
  )
  return { ...design, network: { ...design.network, nodes } }
}

/** A design with dropout of half the units on the wire that leaves a block. */
export function withDropout(design: Design, source: string): Design {
  const wire = design.network.edges.find((edge) => edge.source === source)
  if (wire === undefined) throw new Error(`No wire leaves "${source}".`)
  const nodes = [
    ...design.network.nodes,
    { id: 'dropout-1', type: 'dropout' as const, rate: 0.5, position: { x: 0, y: 0 } }
  ]
  const dropped = { ...design, network: { ...design.network, nodes } }
  return withEdges(
    dropped,
    [
      [source, 'dropout-1'],
      ['dropout-1', wire.target]
    ],
    [[source, wire.target]]
  )
}
