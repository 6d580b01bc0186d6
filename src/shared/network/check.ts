import { blockType, unitsOf, type BlockName, type DesignNode } from '../catalogue/blocks'
import { activationRange, activations, losses, type LossName } from '../catalogue/functions'
import type { Network } from '../design/schema'
import type { Task } from '../prepared'
import type { DenseOperation, NetworkPlan, Operation } from './plan'

/** What the dataset says about both ends of the network; nulls while there is none. */
export interface NetworkContext {
  readonly features: number | null
  readonly outputs: number | null
  readonly task: Task | null
}
export const noContext: NetworkContext = { features: null, outputs: null, task: null }

/** Something wrong or unusual, in words, at the block that causes it. */
export interface Problem {
  /** An error keeps training from starting; a warning does not. */
  readonly severity: 'error' | 'warning'
  /** The block to mark, or null for the network as a whole. */
  readonly node: string | null
  readonly message: string
}

/** What is known of one block from its place in the network. */
export interface LayerFacts {
  /** Units that come in: n[l−1]. Null while unknown. */
  readonly incoming: number | null
  /** Units that go out: n[l]. */
  readonly units: number | null
  /** Rows and columns of W_B, n[l] × (n[l−1] + 1), for blocks with weights. */
  readonly weights: { readonly rows: number; readonly columns: number } | null
  /** Weights and biases; 0 for blocks without. */
  readonly parameters: number | null
}

export interface NetworkCheck {
  readonly problems: readonly Problem[]
  readonly facts: ReadonlyMap<string, LayerFacts>
  /** Blocks from input to output in the order they are computed; those not on the way are not in it. */
  readonly order: readonly string[]
  /** What the engine can compute, when there is no error and all sizes are known. */
  readonly plan: NetworkPlan | null
  /** Weights and biases of the whole network, when known. */
  readonly parameters: number | null
}

/**
 * Check a network and infer its shapes. Pure: the canvas, the service and the command line all ask this one function.
 * With `noContext` everything is checked that does not need a dataset.
 */
export function checkNetwork(network: Network, context: NetworkContext): NetworkCheck {
  const problems: Problem[] = []
  const error = (node: string | null, message: string): void => void problems.push({ severity: 'error', node, message })
  const warn = (node: string | null, message: string): void =>
    void problems.push({ severity: 'warning', node, message })
  const nodes = new Map(network.nodes.map((node) => [node.id, node]))
  const incoming = new Map<string, string[]>()
  const outgoing = new Map<string, string[]>()
  for (const edge of network.edges) {
    if (!nodes.has(edge.source) || !nodes.has(edge.target)) continue
    incoming.set(edge.target, [...(incoming.get(edge.target) ?? []), edge.source])
    outgoing.set(edge.source, [...(outgoing.get(edge.source) ?? []), edge.target])
  }

  const single = (type: BlockName): DesignNode | null => {
    const found = network.nodes.filter((node) => node.type === type)
    for (const extra of found.slice(1))
      error(extra.id, `There is more than one ${blockType(type).title} block; keep one.`)
    if (found.length === 0) error(null, `The network has no ${blockType(type).title} block.`)
    return found[0] ?? null
  }
  const input = single('input')
  const output = single('output')

  const sorted = topologicalOrder(network.nodes, incoming, outgoing)
  for (const id of sorted.cyclic)
    error(id, `${titleOf(nodes.get(id))} is part of a cycle. Data flows one way: remove the wire that leads back.`)

  const forward = input === null ? new Set<string>() : reach(input.id, outgoing)
  const backward = output === null ? new Set<string>() : reach(output.id, incoming)
  for (const node of network.nodes) {
    const { ports } = blockType(node.type)
    const sources = incoming.get(node.id) ?? []
    if (ports.input && sources.length > 1)
      error(node.id, `${titleOf(node)} takes one wire, but ${sources.length} arrive.`)
    if (!ports.input && sources.length > 0) error(node.id, `${titleOf(node)} takes no wire.`)
    if (!ports.output && (outgoing.get(node.id) ?? []).length > 0)
      error(node.id, `${titleOf(node)} ends the network: no wire can leave it.`)
    if (sorted.cyclic.includes(node.id)) continue
    if (ports.input && sources.length === 0)
      error(node.id, `${titleOf(node)} has nothing coming in. Connect a block to its left side.`)
    else if (!forward.has(node.id) && node.id !== input?.id && input !== null)
      error(node.id, `${titleOf(node)} is not connected to the Input.`)
    if (ports.output && (outgoing.get(node.id) ?? []).length === 0)
      error(node.id, `${titleOf(node)} leads nowhere. Connect its right side, or delete it.`)
    else if (!backward.has(node.id) && node.id !== output?.id && output !== null)
      error(node.id, `${titleOf(node)} does not lead to the Output.`)
  }

  const order = sorted.order.filter((id) => forward.has(id) && backward.has(id))
  const facts = new Map<string, LayerFacts>()
  for (const id of sorted.order) {
    const node = nodes.get(id)
    if (node === undefined) continue
    const before = incoming.get(id) ?? []
    const arriving = before.length === 1 ? (facts.get(before[0] ?? '')?.units ?? null) : null
    const units = unitsOf(node, arriving, context)
    if (typeof units === 'string') error(id, units)
    facts.set(id, factsOf(node, arriving, typeof units === 'number' ? units : null))
  }

  checkEnds(network, order, nodes, facts, context, error, warn)
  const dense = order.filter((id) => nodes.get(id)?.type === 'dense')
  // Blocks in a cycle are not on the way, but they are there.
  if (order.length > 0 && dense.length === 0 && sorted.cyclic.length === 0)
    error(null, 'The network has no Dense block, so there is nothing to train. Add one between Input and Output.')
  const counts = dense.map((id) => facts.get(id)?.parameters ?? null)
  const parameters = counts.reduce<number | null>(
    (sum, count) => (sum === null || count === null ? null : sum + count),
    0
  )
  const failed = problems.some((problem) => problem.severity === 'error')
  return { problems, facts, order, parameters, plan: failed ? null : planOf(order, nodes, incoming, facts) }
}

/** Why `source → target` cannot be drawn, in words, or null when it can be. */
export function refuseEdge(network: Network, source: string, target: string): string | null {
  return edgeRefusals(network, source, 'source')(target)
}

/**
 * Why wires between one block and others cannot be drawn: looks at the network once, however many others are asked about.
 * @param port the one of `id` that the wire would be at: `source` for wires that leave it
 * @returns for another block, what is wrong in words, or null for a wire that can be drawn
 */
export function edgeRefusals(
  network: Network,
  id: string,
  port: 'source' | 'target'
): (other: string) => string | null {
  const nodes = new Map(network.nodes.map((node) => [node.id, node]))
  const next = new Map<string, string[]>()
  for (const { source, target } of network.edges) {
    const [from, to] = port === 'source' ? [target, source] : [source, target]
    const known = next.get(from)
    if (known === undefined) next.set(from, [to])
    else known.push(to)
  }
  // Against the wire: what arrives at its target now would be replaced, but no way to its source leads through that.
  const before = reach(id, next)
  return (other) => {
    const [from, to] = [nodes.get(id), nodes.get(other)]
    if (from === undefined || to === undefined) return 'This block no longer exists.'
    if (id === other) return 'A block cannot feed itself.'
    const [leaving, arriving] = port === 'source' ? [from, to] : [to, from]
    if (!blockType(leaving.type).ports.output) return `${titleOf(leaving)} ends the network: no wire can leave it.`
    if (!blockType(arriving.type).ports.input) return `${titleOf(arriving)} takes no wire.`
    return before.has(other) ? 'This wire would close a cycle; data flows one way.' : null
  }
}

function checkEnds(
  network: Network,
  order: readonly string[],
  nodes: ReadonlyMap<string, DesignNode>,
  facts: ReadonlyMap<string, LayerFacts>,
  context: NetworkContext,
  error: (node: string | null, message: string) => void,
  warn: (node: string | null, message: string) => void
): void {
  const output = network.nodes.find((node) => node.type === 'output')
  const last = nodes.get(order[order.length - 2] ?? '')
  if (output === undefined || last === undefined) return
  if (last.type === 'dropout') {
    error(
      output.id,
      `${titleOf(last)} right before the Output would leave out predictions. Move it before the last Dense block.`
    )
    return
  }
  const lastDense = order.findLastIndex((id) => nodes.get(id)?.type === 'dense')
  for (const id of order.slice(lastDense + 1)) {
    const node = nodes.get(id)
    if (node?.type === 'dropout' && lastDense !== -1) {
      warn(
        id,
        `${titleOf(node)} behind the last Dense block leaves out scores of predictions, which keeps the loss from becoming small. Move it before that block.`
      )
    }
  }
  const loss = losses.find((entry) => entry.value === output.loss)?.label ?? output.loss
  const range = last.type === 'activation' ? activationRange[last.function] : 'any'
  const lastName =
    last.type === 'activation'
      ? (activations.find((entry) => entry.value === last.function)?.label ?? last.function)
      : titleOf(last)
  if (output.loss === 'crossEntropy' && range !== 'probabilities') {
    if (range === 'any')
      error(
        output.id,
        `${loss} needs probabilities, but ${lastName} puts out any number. Put a softmax Activation before the Output.`
      )
    else
      warn(
        output.id,
        `${loss} expects probabilities that add up to 1; ${lastName} does not make them do so. Softmax is the usual choice.`
      )
  }
  if (output.loss === 'binaryCrossEntropy' && range !== 'unitInterval') {
    if (range === 'any' || range === 'positive') {
      error(
        output.id,
        `${loss} needs outputs between 0 and 1, but ${lastName} goes beyond. Put a sigmoid Activation before the Output.`
      )
    } else warn(output.id, `${loss} treats each output on its own; after softmax, cross-entropy is the usual choice.`)
  }
  const forNumbers: readonly LossName[] = ['meanSquaredError', 'meanAbsoluteError', 'huber']
  if (forNumbers.includes(output.loss) && range === 'probabilities') {
    warn(
      output.id,
      `Softmax feeding ${loss.toLowerCase()} trains slowly: gradients vanish where it is most wrong. Cross-entropy is made for softmax.`
    )
  }
  if (context.task === 'regression') {
    if (output.loss === 'crossEntropy' || output.loss === 'binaryCrossEntropy') {
      error(
        output.id,
        `The target is a number, and ${loss.toLowerCase()} is for classes. Choose mean squared error, or make the target categorical.`
      )
    } else if (range === 'probabilities' || range === 'unitInterval' || range === 'positive') {
      warn(
        output.id,
        `The target is a number on a standardised scale, and ${lastName} cannot reach all of it. End with a Dense block or an identity Activation.`
      )
    }
  }
  if (context.task === 'classification' && context.outputs !== null) {
    const outputs = facts.get(output.id)?.units ?? null
    if (output.loss === 'crossEntropy' && range === 'probabilities' && outputs === 1) {
      error(
        output.id,
        'Softmax over a single output is always 1. Use a sigmoid and binary cross-entropy, or two outputs.'
      )
    }
    if (forNumbers.includes(output.loss) && range !== 'probabilities') {
      warn(
        output.id,
        `The target is a class, and ${loss.toLowerCase()} is for numbers. Softmax with cross-entropy is the usual choice.`
      )
    }
  }
}

function factsOf(node: DesignNode, incoming: number | null, units: number | null): LayerFacts {
  if (node.type !== 'dense') return { incoming, units, weights: null, parameters: 0 }
  if (incoming === null || units === null) return { incoming, units, weights: null, parameters: null }
  return { incoming, units, weights: { rows: units, columns: incoming + 1 }, parameters: units * (incoming + 1) }
}

function planOf(
  order: readonly string[],
  nodes: ReadonlyMap<string, DesignNode>,
  incoming: ReadonlyMap<string, readonly string[]>,
  facts: ReadonlyMap<string, LayerFacts>
): NetworkPlan | null {
  const valueOf = new Map<string, number>()
  const operations: Operation[] = []
  let inputs: number | null = null
  for (const id of order) {
    const node = nodes.get(id)
    const { incoming: arriving, units } = facts.get(id) ?? { incoming: null, units: null }
    if (node === undefined || units === null) return null
    const value = valueOf.get(incoming.get(id)?.[0] ?? '') ?? 0
    if (node.type === 'input') {
      inputs = units
      valueOf.set(id, 0)
    } else if (node.type === 'dense') {
      if (arriving === null) return null
      const operation: DenseOperation = {
        type: 'dense',
        id,
        input: value,
        inputs: arriving,
        units,
        initializer: node.initializer
      }
      valueOf.set(id, operations.push(operation))
    } else if (node.type === 'activation') {
      valueOf.set(id, operations.push({ type: 'activation', id, input: value, units, function: node.function }))
    } else if (node.type === 'dropout') {
      valueOf.set(id, operations.push({ type: 'dropout', id, input: value, units, rate: node.rate }))
    } else if (inputs !== null) {
      return { inputs, outputs: units, loss: node.loss, operations }
    }
  }
  return null
}

function titleOf(node: DesignNode | undefined): string {
  if (node === undefined) return 'This block'
  return node.name ?? blockType(node.type).title
}

function reach(start: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const seen = new Set([start])
  const open = [start]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const other of next.get(id) ?? []) {
      if (seen.has(other)) continue
      seen.add(other)
      open.push(other)
    }
  }
  return seen
}

/** Kahn's algorithm; `cyclic` are the blocks that lie on a cycle (not those that merely follow one). */
function topologicalOrder(
  nodes: readonly DesignNode[],
  incoming: ReadonlyMap<string, readonly string[]>,
  outgoing: ReadonlyMap<string, readonly string[]>
): { order: string[]; cyclic: string[] } {
  const waiting = new Map(nodes.map((node) => [node.id, (incoming.get(node.id) ?? []).length]))
  const ready = nodes.filter((node) => waiting.get(node.id) === 0).map((node) => node.id)
  const order: string[] = []
  for (let index = 0; index < ready.length; index++) {
    const id = ready[index] ?? ''
    order.push(id)
    for (const next of outgoing.get(id) ?? []) {
      const left = (waiting.get(next) ?? 0) - 1
      waiting.set(next, left)
      if (left === 0) ready.push(next)
    }
  }
  const done = new Set(order)
  const rest = nodes.filter((node) => !done.has(node.id)).map((node) => node.id)
  const onCycle = (id: string): boolean => (outgoing.get(id) ?? []).some((next) => reach(next, outgoing).has(id))
  return { order, cyclic: rest.filter(onCycle) }
}
