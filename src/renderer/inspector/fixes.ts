import { blockType } from '../../shared/catalogue/blocks'
import { activationRange } from '../../shared/catalogue/functions'
import type { Network } from '../../shared/design/schema'
import { checkNetwork, refuseEdge, type NetworkContext, type Problem } from '../../shared/network/check'
import { BLOCK_SPACING } from '../../shared/network/propose'
import {
  addAfter,
  connect,
  findBlock,
  headOf,
  incomingWire,
  lastDropouts,
  outgoingWires,
  remove,
  removeAndHeal,
  replaceHead,
  setValues,
  spliceBlock,
  titleOf,
  withLastActivation,
  withoutLastActivation,
  withoutLastDropout
} from '../canvas/operations'

/** Something that would very likely solve a problem, ready to be done. */
export interface Fix {
  readonly label: string
  readonly apply: (network: Network) => Network
}

/** Fixes offered for a block's problems, or for the network's as a whole; each makes at least one error go away. */
export function fixesFor(network: Network, context: NetworkContext, node: string | null): Fix[] {
  const problems = checkNetwork(network, context).problems.filter((problem) => problem.node === node)
  if (problems.length === 0) return []
  return candidates(network, context, node).filter((fix) => helps(network, context, problems, fix))
}

function helps(network: Network, context: NetworkContext, problems: readonly Problem[], fix: Fix): boolean {
  const fixed = fix.apply(network)
  if (fixed === network) return false
  const left = checkNetwork(fixed, context).problems
  const has = (problem: Problem): boolean =>
    left.some((other) => other.node === problem.node && other.message === problem.message)
  return problems.some((problem) => !has(problem))
}

function candidates(network: Network, context: NetworkContext, id: string | null): Fix[] {
  if (id === null) return networkFixes(network)
  const block = findBlock(network, id)
  if (block === undefined) return []
  const fixes: Fix[] = []
  if (block.type === 'output') fixes.push(...headFixes(network, context))
  const { ports, addable } = blockType(block.type)
  if (ports.input && incomingWire(network, id) === undefined) {
    const source = nearest(network, id, 'source')
    if (source !== null)
      fixes.push({ label: `Connect from ${source.title}`, apply: (next) => connect(next, source.id, id) })
  }
  if (ports.output && outgoingWires(network, id).length === 0) {
    const target = nearest(network, id, 'target')
    if (target !== null)
      fixes.push({ label: `Connect to ${target.title}`, apply: (next) => connect(next, id, target.id) })
  }
  const way = incomingWire(network, network.nodes.find((node) => node.type === 'output')?.id ?? '')
  if (
    addable &&
    way !== undefined &&
    incomingWire(network, id) === undefined &&
    outgoingWires(network, id).length === 0
  ) {
    fixes.push({ label: 'Insert before Output', apply: (next) => spliceBlock(next, id, way) })
  }
  if (addable)
    fixes.push({
      label: `Delete ${titleOf(block)}`,
      apply: (next) => remove(next, { blocks: new Set([id]), wires: new Set() })
    })
  return fixes
}

function networkFixes(network: Network): Fix[] {
  const input = network.nodes.find((node) => node.type === 'input')
  if (input === undefined) return []
  return [
    {
      label: 'Add a Dense block',
      apply: (next) => addAfter(next, { type: 'dense', values: { units: 'auto' } }, input.id).network
    }
  ]
}

function headFixes(network: Network, context: NetworkContext): Fix[] {
  const head = headOf(network)
  if (head === null || head.last === null) return []
  const fixes: Fix[] = []
  const { output, last, dense } = head
  if (last.type === 'dropout') {
    const ids = new Set(lastDropouts(network).map((node) => node.id))
    const them = ids.size === 1 ? titleOf(last) : `${ids.size} Dropout blocks`
    const place = dense === null ? [] : [{ label: `Move ${them} before ${titleOf(dense)}`, apply: withoutLastDropout }]
    const without: Fix = {
      label: `Delete ${them}`,
      apply: (next) => removeAndHeal(next, { blocks: ids, wires: new Set() })
    }
    return [...place, without]
  }
  const range = last.type === 'activation' ? activationRange[last.function] : 'any'
  if (dense !== null && context.outputs !== null && dense.units !== 'auto' && dense.units !== context.outputs) {
    const units = context.outputs
    const ids = new Set([dense.id])
    fixes.push({
      label: `Set ${titleOf(dense)} to ${units} ${units === 1 ? 'unit' : 'units'}`,
      apply: (next) => setValues(next, ids, { units })
    })
    fixes.push({ label: 'Take units from the target', apply: (next) => setValues(next, ids, { units: 'auto' }) })
  }
  const verb = last.type === 'activation' ? 'Change the last activation to' : 'Add'
  if (context.task === 'regression') {
    if (output.loss === 'crossEntropy' || output.loss === 'binaryCrossEntropy') {
      fixes.push({ label: 'Use mean squared error', apply: (next) => replaceHead(next, 'regression') })
    } else if (range !== 'any') fixes.push({ label: `Remove ${titleOf(last)}`, apply: withoutLastActivation })
    return fixes
  }
  if (output.loss === 'crossEntropy') {
    if (range !== 'probabilities')
      fixes.push({ label: `${verb} softmax`, apply: (next) => withLastActivation(next, 'softmax') })
    if (range === 'unitInterval')
      fixes.push({
        label: 'Use binary cross-entropy',
        apply: (next) => setValues(next, new Set([output.id]), { loss: 'binaryCrossEntropy' })
      })
    if (context.outputs === 1) {
      fixes.push({
        label: 'Use a sigmoid with binary cross-entropy',
        apply: (next) =>
          setValues(withLastActivation(next, 'sigmoid'), new Set([output.id]), { loss: 'binaryCrossEntropy' })
      })
    }
  } else if (output.loss === 'binaryCrossEntropy') {
    if (range !== 'unitInterval')
      fixes.push({ label: `${verb} sigmoid`, apply: (next) => withLastActivation(next, 'sigmoid') })
    if (range === 'probabilities')
      fixes.push({
        label: 'Use cross-entropy',
        apply: (next) => setValues(next, new Set([output.id]), { loss: 'crossEntropy' })
      })
  }
  const usual = output.loss === 'crossEntropy' && range === 'probabilities'
  if (context.task === 'classification' && !usual)
    fixes.push({ label: 'Use softmax with cross-entropy', apply: (next) => replaceHead(next, 'classification') })
  return dedupe(fixes)
}

function dedupe(fixes: readonly Fix[]): Fix[] {
  return fixes.filter((fix, index) => fixes.findIndex((other) => other.label === fix.label) === index)
}

/** The nearest block with a free end that a wire to or from `id` may join. */
function nearest(network: Network, id: string, port: 'source' | 'target'): { id: string; title: string } | null {
  const block = findBlock(network, id)
  if (block === undefined) return null
  const free = network.nodes.filter((other) => {
    if (other.id === id) return false
    const refused = port === 'source' ? refuseEdge(network, other.id, id) : refuseEdge(network, id, other.id)
    if (refused !== null) return false
    return port === 'source'
      ? outgoingWires(network, other.id).length === 0
      : incomingWire(network, other.id) === undefined
  })
  const side = port === 'source' ? -BLOCK_SPACING : BLOCK_SPACING
  const distance = (other: { position: { x: number; y: number } }): number =>
    Math.hypot(other.position.x - block.position.x - side, other.position.y - block.position.y)
  const [best] = [...free].sort((a, b) => distance(a) - distance(b))
  return best === undefined ? null : { id: best.id, title: titleOf(best) }
}
