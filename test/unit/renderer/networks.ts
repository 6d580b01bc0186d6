import fc from 'fast-check'
import type { Network } from '../../../src/shared/design/schema'
import { nodeSchema } from '../../../src/shared/catalogue/blocks'
import { refuseEdge } from '../../../src/shared/network/check'
import { proposeNetwork } from '../../../src/shared/network/propose'
import { addBlock, connect } from '../../../src/renderer/canvas/operations'

/** Input → Dense → ReLU → Dense → softmax → Output. */
export const chain = (): Network => proposeNetwork('classification', [{ units: 16, function: 'relu' }])

/** Any network a person could have drawn: a proposed chain plus stray blocks and wires. */
export const anyNetwork: fc.Arbitrary<Network> = fc
  .record({
    hidden: fc.array(
      fc.record({
        units: fc.integer({ min: 1, max: 64 }),
        function: fc.constantFrom('relu' as const, 'tanh' as const)
      }),
      { maxLength: 4 }
    ),
    task: fc.constantFrom('classification' as const, 'regression' as const),
    strays: fc.array(
      fc.tuple(
        fc.constantFrom('dense' as const, 'activation' as const, 'dropout' as const),
        fc.integer({ min: -500, max: 2000 }),
        fc.integer({ min: -500, max: 500 })
      ),
      { maxLength: 4 }
    ),
    wires: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 6 })
  })
  .map(({ hidden, task, strays, wires }) => {
    let network = proposeNetwork(task, hidden)
    for (const [type, x, y] of strays) network = addBlock(network, { type }, { x, y }).network
    for (const [a, b] of wires) {
      const source = network.nodes[a % network.nodes.length]
      const target = network.nodes[b % network.nodes.length]
      if (source !== undefined && target !== undefined) network = connect(network, source.id, target.id)
    }
    return network
  })

/** A selection of the network's blocks. */
export const someIds = (network: Network, picks: readonly boolean[]): Set<string> =>
  new Set(network.nodes.filter((_, index) => picks[index % Math.max(1, picks.length)] === true).map((node) => node.id))

/** Why a network could not stand in a document, or null: ids unique, nodes valid, wires between blocks, one per input, no cycle. */
export function flaw(network: Network): string | null {
  const ids = network.nodes.map((node) => node.id)
  if (new Set(ids).size !== ids.length) return 'an id occurs twice'
  for (const node of network.nodes) {
    const result = nodeSchema.safeParse(node)
    if (!result.success) return `block ${node.id} does not fit its schema: ${result.error.message}`
  }
  const targets = network.edges.map((edge) => edge.target)
  if (new Set(targets).size !== targets.length) return 'two wires arrive at one input'
  for (const edge of network.edges) {
    if (!ids.includes(edge.source) || !ids.includes(edge.target))
      return `wire ${edge.source} → ${edge.target} ends nowhere`
    const without = { ...network, edges: network.edges.filter((other) => other !== edge) }
    const refused = refuseEdge(without, edge.source, edge.target)
    if (refused !== null) return `wire ${edge.source} → ${edge.target}: ${refused}`
  }
  return null
}
