import { blockType, summaryOf, type DesignNode } from '../../shared/catalogue/blocks'
import type { LayerFacts, Problem } from '../../shared/network/check'

/** A matrix of the lecture with its size: what a block's second line shows. */
export interface Shape {
  readonly symbol: string
  /** Rows × columns; "n" and "b" stand for what is not known or changes from batch to batch. */
  readonly size: string
}

/** W for blocks with weights, X for the input, Ŷ for the output, A in between. */
export function shapeText(node: DesignNode, facts: LayerFacts | undefined): Shape {
  const units = facts?.units ?? null
  if (node.type === 'dense') {
    const columns = facts?.incoming === null || facts?.incoming === undefined ? 'n' : String(facts.incoming + 1)
    return { symbol: 'W', size: `${units ?? 'n'}×${columns}` }
  }
  const symbol = node.type === 'input' ? 'X' : node.type === 'output' ? 'Ŷ' : 'A'
  return { symbol, size: `${units ?? 'n'}×b` }
}

/** A block as it presents itself to people who cannot see it. */
export function speakBlock(
  node: DesignNode,
  facts: LayerFacts | undefined,
  problems: readonly Problem[],
  layer: number | undefined
): string {
  const { title } = blockType(node.type)
  const parts = [node.name ?? title]
  if (node.name !== undefined) parts.push(title)
  const summary = summaryOf(node, facts?.units ?? null)
  if (node.type === 'dense' && facts?.units !== null) parts.push(`${summary} units`)
  else parts.push(node.type === 'dropout' ? `leaves out ${summary}` : summary)
  if (layer !== undefined) parts.push(`layer ${layer + 1}`)
  const weights = facts?.weights
  if (weights !== null && weights !== undefined) parts.push(`weights ${weights.rows} by ${weights.columns}`)
  for (const problem of problems) parts.push(`${problem.severity}: ${problem.message}`)
  return parts.join(', ')
}
