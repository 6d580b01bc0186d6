import type { DesignNode } from '../../../shared/catalogue/blocks'
import {
  activationRange,
  activations,
  losses,
  type ActivationName,
  type LossName
} from '../../../shared/catalogue/functions'
import type { Network } from '../../../shared/design/schema'
import { BLOCK_SPACING } from '../../../shared/network/propose'
import type { Task } from '../../../shared/prepared'
import { findBlock, placeBlocks, setValues } from './blocks'
import { addOnWire, connect, disconnect, incomingWire, outgoingWires } from './wires'
import { removeAndHeal } from './remove'

/** The end of a network: its loss and what feeds it. */
export interface Head {
  readonly output: Extract<DesignNode, { type: 'output' }>
  /** The block before the Output, when one is connected. */
  readonly last: DesignNode | null
  /** The Dense block whose units become the outputs, when the chain has one. */
  readonly dense: Extract<DesignNode, { type: 'dense' }> | null
}

export function headOf(network: Network): Head | null {
  const output = network.nodes.find((node) => node.type === 'output')
  if (output === undefined) return null
  const before = (id: string): DesignNode | null => findBlock(network, incomingWire(network, id)?.source ?? '') ?? null
  const last = before(output.id)
  let node = last
  for (let steps = 0; node !== null && keepsUnits(node) && steps < network.nodes.length; steps++) node = before(node.id)
  return { output, last, dense: node !== null && node.type === 'dense' ? node : null }
}

/** Whether a block passes on as many units as it takes, so that the Dense block before it decides them. */
function keepsUnits(node: DesignNode): boolean {
  return node.type === 'activation' || node.type === 'dropout'
}

const forNumbers: readonly LossName[] = ['meanSquaredError', 'meanAbsoluteError', 'huber']

/**
 * Whether the loss and the last activation suit what is predicted.
 * @param classes how many classes the target has, when known
 */
export function headFits(network: Network, task: Task, classes: number | null): boolean {
  const head = headOf(network)
  // Dropout right before the Output fits nothing: it would leave out predictions.
  if (head === null || head.last === null || head.last.type === 'dropout') return false
  const range = head.last.type === 'activation' ? activationRange[head.last.function] : 'any'
  if (task === 'regression') return forNumbers.includes(head.output.loss) && range === 'any' && unitsFit(head, 1)
  if (head.output.loss === 'crossEntropy') return range === 'probabilities' && unitsFit(head, classes)
  if (head.output.loss === 'binaryCrossEntropy')
    return range === 'unitInterval' && (classes === null || classes === 2) && unitsFit(head, 1)
  // Numbers against one-hot classes (the lecture's softmax with mean squared error) is unusual but a person's own choice.
  return range === 'probabilities' && unitsFit(head, classes)
}

function unitsFit(head: Head, outputs: number | null): boolean {
  return head.dense === null || head.dense.units === 'auto' || outputs === null || head.dense.units === outputs
}

/** Give the network the usual end for a task; everything before the last Dense block stays. */
export function replaceHead(network: Network, task: Task): Network {
  const output = network.nodes.find((node) => node.type === 'output')
  if (output === undefined) return network
  const ids = new Set([output.id])
  let next =
    task === 'classification'
      ? withLastActivation(setValues(network, ids, { loss: 'crossEntropy' }), 'softmax')
      : withoutLastActivation(setValues(network, ids, { loss: 'meanSquaredError' }))
  const dense = headOf(next)?.dense
  if (dense !== null && dense !== undefined) next = setValues(next, new Set([dense.id]), { units: 'auto' })
  return next
}

/** Make `name` what the Output receives: change the activation before it, or put one in. */
export function withLastActivation(before: Network, name: ActivationName): Network {
  const network = withoutLastDropout(before)
  const head = headOf(network)
  if (head === null || head.last === null) return network
  if (head.last.type === 'activation') return setValues(network, new Set([head.last.id]), { function: name })
  const wire = { source: head.last.id, target: head.output.id }
  // Beside the block it follows, where there is room: a head that comes and goes must not push the Output ever further.
  const place = { x: Math.min(head.output.position.x, head.last.position.x + BLOCK_SPACING), y: head.output.position.y }
  return addOnWire(network, { type: 'activation', values: { function: name } }, wire, place).network
}

/** Let the last Dense block feed the Output itself, when an activation that squeezes its scores stands between. */
export function withoutLastActivation(before: Network): Network {
  const network = withoutLastDropout(before)
  const head = headOf(network)
  if (head === null || head.last === null || head.last.type !== 'activation' || head.dense === null) return network
  if (activationRange[head.last.function] === 'any') return network
  // A branch may live on the activation; then only the Output's wire moves.
  if (outgoingWires(network, head.last.id).length > 1) {
    return connect(disconnect(network, { source: head.last.id, target: head.output.id }), head.dense.id, head.output.id)
  }
  return withoutLastDropout(removeAndHeal(network, { blocks: new Set([head.last.id]), wires: new Set() }))
}

/** Dropout blocks right before the Output, where they would leave out predictions; the last one first. */
export function lastDropouts(network: Network): DesignNode[] {
  const found: DesignNode[] = []
  let node = headOf(network)?.last
  while (node?.type === 'dropout' && !found.includes(node)) {
    found.push(node)
    node = findBlock(network, incomingWire(network, node.id)?.source ?? '')
  }
  return found
}

/** Let Dropout work on what the last Dense block takes in, instead of on the predictions. */
export function withoutLastDropout(network: Network): Network {
  return lastDropouts(network).reduce((next, { id }) => beforeLastDense(next, id), network)
}

/** Move a block that feeds the Output to before the last Dense block; what lies between takes its places one on. */
function beforeLastDense(network: Network, id: string): Network {
  const dense = headOf(network)?.dense
  const wire = dense === undefined || dense === null ? undefined : incomingWire(network, dense.id)
  const source = incomingWire(network, id)?.source
  if (wire === undefined || source === undefined) return network
  const way = [id]
  let at = source
  while (at !== wire.source && way.length <= network.nodes.length) {
    way.unshift(at)
    at = incomingWire(network, at)?.source ?? wire.source
  }
  const places = way.map((each) => findBlock(network, each)?.position ?? { x: 0, y: 0 })
  const healed = outgoingWires(network, id).reduce((next, edge) => connect(next, source, edge.target), network)
  const joined = connect(connect(healed, wire.source, id), id, wire.target)
  const order = [id, ...way.slice(0, -1)]
  return placeBlocks(joined, new Map(order.map((each, index) => [each, places[index] ?? { x: 0, y: 0 }])))
}

/** The head in words: "softmax with cross-entropy". */
export function describeHead(network: Network): string {
  const head = headOf(network)
  if (head === null) return 'no output'
  const loss = (losses.find((entry) => entry.value === head.output.loss)?.label ?? head.output.loss).toLowerCase()
  const last = head.last
  if (last === null || last.type !== 'activation') return loss
  return `${(activations.find((entry) => entry.value === last.function)?.label ?? last.function).toLowerCase()} with ${loss}`
}
