import { describe, expect, it } from 'vitest'
import type { DesignNode } from '../../../src/shared/catalogue/blocks'
import type { Network } from '../../../src/shared/design/schema'
import { checkNetwork, noContext, refuseEdge, type NetworkContext } from '../../../src/shared/network/check'
import { proposeNetwork } from '../../../src/shared/network/propose'

const iris: NetworkContext = { features: 4, outputs: 3, task: 'classification' }
const house: NetworkContext = { features: 8, outputs: 1, task: 'regression' }
const irisNetwork = (): Network =>
  proposeNetwork('classification', [
    { units: 16, function: 'relu' },
    { units: 16, function: 'relu' }
  ])

const change = (network: Network, id: string, values: Partial<DesignNode>): Network => ({
  ...network,
  nodes: network.nodes.map((node) => (node.id === id ? ({ ...node, ...values } as DesignNode) : node))
})
const without = (network: Network, source: string, target: string): Network => ({
  ...network,
  edges: network.edges.filter((edge) => edge.source !== source || edge.target !== target)
})
/** Dropout on the wire that leaves a block. */
const insert = (network: Network, source: string, id: string, rate: number): Network => ({
  nodes: [...network.nodes, { id, type: 'dropout', rate, position: { x: 0, y: 0 } }],
  edges: network.edges.flatMap((edge) =>
    edge.source === source
      ? [
          { source, target: id },
          { source: id, target: edge.target }
        ]
      : [edge]
  )
})
const messages = (network: Network, context: NetworkContext, severity: 'error' | 'warning'): string[] =>
  checkNetwork(network, context)
    .problems.filter((problem) => problem.severity === severity)
    .map((problem) => `${problem.node ?? 'network'}: ${problem.message}`)

describe('checkNetwork', () => {
  it('infers the shapes of the lecture: W[l] is n[l] × (n[l−1] + 1)', () => {
    const { facts, plan, parameters, problems } = checkNetwork(irisNetwork(), iris)
    expect(problems).toEqual([])
    expect(facts.get('dense-1')).toEqual({ incoming: 4, units: 16, weights: { rows: 16, columns: 5 }, parameters: 80 })
    expect(facts.get('dense-2')).toEqual({
      incoming: 16,
      units: 16,
      weights: { rows: 16, columns: 17 },
      parameters: 272
    })
    expect(facts.get('dense-3')).toEqual({ incoming: 16, units: 3, weights: { rows: 3, columns: 17 }, parameters: 51 })
    expect(parameters).toBe(403)
    expect(plan?.operations.map((operation) => [operation.id, operation.input, operation.units])).toEqual([
      ['dense-1', 0, 16],
      ['act-1', 1, 16],
      ['dense-2', 2, 16],
      ['act-2', 3, 16],
      ['dense-3', 4, 3],
      ['act-3', 5, 3]
    ])
    expect(plan).toMatchObject({ inputs: 4, outputs: 3, loss: 'crossEntropy' })
  })

  it('takes dropout for what changes no shape and has no parameters', () => {
    const { facts, plan, parameters, problems } = checkNetwork(
      insert(insert(irisNetwork(), 'input', 'dropout-1', 0.1), 'act-2', 'dropout-2', 0.5),
      iris
    )
    expect(problems).toEqual([])
    expect(facts.get('dropout-2')).toEqual({ incoming: 16, units: 16, weights: null, parameters: 0 })
    expect(parameters).toBe(403)
    expect(plan?.operations.filter(({ type }) => type === 'dropout')).toEqual([
      { type: 'dropout', id: 'dropout-1', input: 0, units: 4, rate: 0.1 },
      { type: 'dropout', id: 'dropout-2', input: 5, units: 16, rate: 0.5 }
    ])
    expect(plan?.operations.map((operation) => operation.input)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('refuses dropout that would leave out predictions, and nothing else besides', () => {
    const network = insert(irisNetwork(), 'act-3', 'dropout-1', 0.5)
    expect(messages(network, iris, 'error')).toEqual([
      'output: Dropout right before the Output would leave out predictions. Move it before the last Dense block.'
    ])
    expect(messages(network, iris, 'warning')).toEqual([])
  })

  it('warns of dropout of raw scores, where the activation behind it still counts as the last', () => {
    const network = insert(irisNetwork(), 'dense-3', 'dropout-1', 0.5)
    expect(checkNetwork(network, iris).plan?.operations.at(-1)).toMatchObject({ function: 'softmax', input: 6 })
    expect(messages(network, iris, 'error')).toEqual([])
    expect(messages(network, iris, 'warning')).toEqual([
      'dropout-1: Dropout behind the last Dense block leaves out scores of predictions, which keeps the loss from becoming small. Move it before that block.'
    ])
  })

  it('asks for a Dense block where there is only dropout', () => {
    const bare = proposeNetwork('regression', [])
    const network = change(bare, 'dense-1', { type: 'dropout', rate: 0.5 } as Partial<DesignNode>)
    expect(messages(network, house, 'error')).toContain(
      'network: The network has no Dense block, so there is nothing to train. Add one between Input and Output.'
    )
  })

  it('knows what it can without a dataset', () => {
    const { facts, plan, parameters, problems } = checkNetwork(irisNetwork(), noContext)
    expect(problems).toEqual([])
    expect(facts.get('dense-1')).toEqual({ incoming: null, units: 16, weights: null, parameters: null })
    expect(facts.get('dense-2')?.weights).toEqual({ rows: 16, columns: 17 })
    expect(plan).toBeNull()
    expect(parameters).toBeNull()
  })

  it('marks every block of a cycle, and not the blocks behind it', () => {
    const network = irisNetwork()
    network.edges.push({ source: 'act-2', target: 'dense-1' })
    expect(messages(network, iris, 'error').filter((text) => text.includes('cycle'))).toEqual(
      ['dense-1', 'act-1', 'dense-2', 'act-2'].map(
        (id) =>
          `${id}: ${id.startsWith('dense') ? 'Dense' : 'Activation'} is part of a cycle. Data flows one way: remove the wire that leads back.`
      )
    )
  })

  it('does not miss the Dense blocks that a cycle holds', () => {
    const network = irisNetwork()
    network.edges.push({ source: 'act-3', target: 'dense-1' })
    const errors = messages(network, iris, 'error')
    expect(errors.filter((text) => text.includes('part of a cycle'))).toHaveLength(6)
    expect(errors.filter((text) => text.includes('no Dense block'))).toEqual([])
  })

  it('says what a dangling block lacks', () => {
    const cut = without(irisNetwork(), 'act-1', 'dense-2')
    expect(messages(cut, iris, 'error')).toEqual([
      'input: Input does not lead to the Output.',
      'dense-1: Dense does not lead to the Output.',
      'act-1: Activation leads nowhere. Connect its right side, or delete it.',
      'dense-2: Dense has nothing coming in. Connect a block to its left side.',
      'act-2: Activation is not connected to the Input.',
      'dense-3: Dense is not connected to the Input.',
      'act-3: Activation is not connected to the Input.',
      'output: Output is not connected to the Input.'
    ])
  })

  it('refuses a size that does not fit the target, at the Output', () => {
    expect(messages(change(irisNetwork(), 'dense-3', { units: 5 }), iris, 'error')).toEqual([
      'output: The target needs 3 outputs, but 5 arrive. Set the last Dense block to 3 units, or to "From target".'
    ])
  })

  it('warns of softmax feeding mean squared error, and still makes a plan', () => {
    const network = change(irisNetwork(), 'output', { loss: 'meanSquaredError' })
    const { plan } = checkNetwork(network, iris)
    expect(plan?.loss).toBe('meanSquaredError')
    expect(messages(network, iris, 'error')).toEqual([])
    expect(messages(network, iris, 'warning')).toEqual([
      'output: Softmax feeding mean squared error trains slowly: gradients vanish where it is most wrong. Cross-entropy is made for softmax.'
    ])
  })

  it.each([
    [
      'relu',
      'crossEntropy',
      iris,
      'Cross-entropy needs probabilities, but ReLU puts out any number. Put a softmax Activation before the Output.'
    ],
    [
      'tanh',
      'binaryCrossEntropy',
      { ...iris, outputs: 3 },
      'Binary cross-entropy needs outputs between 0 and 1, but Tanh goes beyond. Put a sigmoid Activation before the Output.'
    ],
    [
      'softmax',
      'crossEntropy',
      house,
      'The target is a number, and cross-entropy is for classes. Choose mean squared error, or make the target categorical.'
    ]
  ] as const)('refuses %s feeding %s where it makes no sense', (activation, loss, context, expected) => {
    const network = change(change(irisNetwork(), 'act-3', { function: activation }), 'output', { loss })
    expect(messages(network, context, 'error')).toContain(`output: ${expected}`)
  })

  it('needs exactly one Input and one Output and something to train', () => {
    expect(messages({ nodes: [], edges: [] }, iris, 'error')).toEqual([
      'network: The network has no Input block.',
      'network: The network has no Output block.'
    ])
    const bare: Network = {
      nodes: [
        { id: 'i', type: 'input', position: { x: 0, y: 0 } },
        { id: 'a', type: 'activation', function: 'softmax', position: { x: 0, y: 0 } },
        { id: 'o', type: 'output', loss: 'crossEntropy', position: { x: 0, y: 0 } }
      ],
      edges: [
        { source: 'i', target: 'a' },
        { source: 'a', target: 'o' }
      ]
    }
    expect(messages(bare, { ...iris, outputs: 4 }, 'error')).toEqual([
      'network: The network has no Dense block, so there is nothing to train. Add one between Input and Output.'
    ])
  })

  it('checks a chain of 2,000 layers quickly enough to do it on every edit', () => {
    const deep = proposeNetwork(
      'classification',
      Array.from({ length: 1000 }, () => ({ units: 4, function: 'relu' as const }))
    )
    const { plan } = checkNetwork(deep, iris)
    expect(plan?.operations).toHaveLength(2002)
  })
})

describe('refuseEdge', () => {
  it.each([
    ['dense-1', 'dense-1', 'A block cannot feed itself.'],
    ['output', 'dense-1', 'Output ends the network: no wire can leave it.'],
    ['dense-1', 'input', 'Input takes no wire.'],
    ['act-2', 'dense-1', 'This wire would close a cycle; data flows one way.'],
    ['gone', 'dense-1', 'This block no longer exists.'],
    ['dense-1', 'dense-2', null],
    ['input', 'dense-1', null]
  ])('%s → %s: %s', (source, target, reason) => {
    expect(refuseEdge(irisNetwork(), source, target)).toBe(reason)
  })
})
