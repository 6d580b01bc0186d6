import type { DesignNode } from '../../shared/catalogue/blocks'
import type { LayerFacts } from '../../shared/network/check'

/** A line of the lecture's notation: what it is called, its shape in symbols, and in numbers as far as they are known. */
export interface ShapeLine {
  readonly symbol: string
  readonly meaning: string
  readonly shape: string
  readonly size: string
}

const known = (value: number | null | undefined): string =>
  value === null || value === undefined ? '?' : String(value)

/**
 * The matrices a block has to do with.
 * @param l the number of its layer; null when it is on no way from Input to Output
 */
export function shapesOf(node: DesignNode, facts: LayerFacts | undefined, l: number | null): ShapeLine[] {
  const at = l === null ? 'l' : String(l)
  const before = l === null ? 'l−1' : String(l - 1)
  const units = known(facts?.units)
  const incoming = facts?.incoming
  const withBias = known(incoming === null || incoming === undefined ? null : incoming + 1)
  const batch = (symbol: string, meaning: string, n: string): ShapeLine => ({
    symbol,
    meaning,
    shape: `n[${n}] × b`,
    size: `${units} × b`
  })
  switch (node.type) {
    case 'input':
      return [batch('X = A[0]', 'features', '0')]
    case 'dense':
      return [
        {
          symbol: `W[${at}]`,
          meaning: 'weights, the bias as last column',
          shape: `n[${at}] × (n[${before}]+1)`,
          size: `${units} × ${withBias}`
        },
        {
          symbol: `A_B[${before}]`,
          meaning: 'what comes in, with a row of ones',
          shape: `(n[${before}]+1) × b`,
          size: `${withBias} × b`
        },
        batch(`Z[${at}] = W[${at}] A_B[${before}]`, 'raw scores', at)
      ]
    case 'activation':
      return [batch(`Z[${at}]`, 'raw scores', at), batch(`A[${at}] = g(Z[${at}])`, 'activated scores', at)]
    case 'dropout':
      return [
        batch(`A[${at}]`, 'what comes in, and goes on to predictions as it is', at),
        batch(`M ∘ A[${at}]`, 'in a training step: each number of M is 0 or 1 / (1 − rate)', at)
      ]
    case 'output':
      return [batch(`Ŷ = A[${at}]`, 'predictions', at), batch('Y', 'true targets', at)]
  }
}

/** The layer a block belongs to: its own for Dense, the one it follows for the rest, 0 for the Input. */
export function layerNumber(
  id: string,
  nodes: ReadonlyMap<string, DesignNode>,
  edges: readonly { source: string; target: string }[],
  layers: ReadonlyMap<string, number>
): number | null {
  let at: string | undefined = id
  for (let steps = 0; at !== undefined && steps <= nodes.size; steps++) {
    const index = layers.get(at)
    if (index !== undefined) return index + 1
    const here: string = at
    if (nodes.get(here)?.type === 'input') return 0
    at = edges.find((edge) => edge.target === here)?.source
  }
  return null
}
