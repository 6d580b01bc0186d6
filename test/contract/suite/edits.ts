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
