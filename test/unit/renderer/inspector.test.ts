import { describe, expect, it } from 'vitest'
import { scheduleNames } from '../../../src/shared/catalogue/schedules'
import { designSchema, type Network } from '../../../src/shared/design/schema'
import { checkNetwork, type NetworkContext } from '../../../src/shared/network/check'
import { emptyDesign, proposeNetwork } from '../../../src/shared/network/propose'
import {
  addAfter,
  addBlock,
  describeHead,
  disconnect,
  remove,
  setValues
} from '../../../src/renderer/canvas/operations'
import { estimateCosts, formatBytes, formatFlops } from '../../../src/renderer/inspector/costs'
import { fixesFor } from '../../../src/renderer/inspector/fixes'
import { layerNumber, shapesOf } from '../../../src/renderer/inspector/shapes'
import {
  scheduleOf,
  withEarlyStopping,
  withEarlyStoppingValue,
  withOptimizer,
  withOptimizerValue,
  withSchedule,
  withScheduleValue,
  withTrainingValue
} from '../../../src/renderer/inspector/training-edits'
import { shapeText, speakBlock } from '../../../src/renderer/canvas/speech'
import { chain } from './networks'

const classes: NetworkContext = { features: 4, outputs: 3, task: 'classification' }
const numbers: NetworkContext = { features: 4, outputs: 1, task: 'regression' }
const labels = (network: Network, context: NetworkContext, node: string | null): string[] =>
  fixesFor(network, context, node).map((fix) => fix.label)
const apply = (network: Network, context: NetworkContext, node: string | null, label: string): Network => {
  const fix = fixesFor(network, context, node).find((entry) => entry.label === label)
  if (fix === undefined) throw new Error(`no fix "${label}" among ${labels(network, context, node).join(', ')}`)
  return fix.apply(network)
}
const errors = (network: Network, context: NetworkContext): string[] =>
  checkNetwork(network, context).problems.map((problem) => problem.message)

describe('fixes', () => {
  it('offers none where nothing is wrong', () => {
    for (const node of chain().nodes) expect(labels(chain(), classes, node.id)).toEqual([])
  })
  it('sets the units the target needs', () => {
    const wrong = setValues(chain(), new Set(['dense-2']), { units: 5 })
    expect(labels(wrong, classes, 'output')).toEqual(['Set Dense to 3 units', 'Take units from the target'])
    expect(errors(apply(wrong, classes, 'output', 'Set Dense to 3 units'), classes)).toEqual([])
    expect(errors(apply(wrong, classes, 'output', 'Take units from the target'), classes)).toEqual([])
  })
  it('adds or changes the last activation', () => {
    const bare = proposeNetwork('regression', [])
    const withLoss = setValues(bare, new Set(['output']), { loss: 'crossEntropy' })
    expect(describeHead(apply(withLoss, classes, 'output', 'Add softmax'))).toBe('softmax with cross-entropy')
    const relu = setValues(chain(), new Set(['act-2']), { function: 'relu' })
    expect(errors(apply(relu, classes, 'output', 'Change the last activation to softmax'), classes)).toEqual([])
  })
  it('chooses a loss for numbers', () => {
    expect(describeHead(apply(chain(), numbers, 'output', 'Use mean squared error'))).toBe('mean squared error')
  })
  it('connects loose ends and inserts or deletes loose blocks', () => {
    const cut = disconnect(chain(), { source: 'dense-1', target: 'act-1' })
    expect(errors(apply(cut, classes, 'act-1', 'Connect from Dense'), classes)).toEqual([])
    expect(errors(apply(cut, classes, 'dense-1', 'Connect to Activation'), classes)).toEqual([])
    const stray = addBlock(chain(), { type: 'dense' }, { x: 0, y: 300 }).network
    expect(labels(stray, classes, 'dense-3')).toContain('Delete Dense')
    expect(apply(stray, classes, 'dense-3', 'Delete Dense')).toEqual(chain())
    expect(apply(stray, classes, 'dense-3', 'Insert before Output').edges).toContainEqual({
      source: 'dense-3',
      target: 'output'
    })
  })
  it('never offers to delete an end, and makes an empty network trainable', () => {
    const empty = emptyDesign().network
    expect(labels(empty, classes, 'input')).toEqual(['Connect to Output'])
    const joined = apply(empty, classes, 'input', 'Connect to Output')
    expect(labels(joined, numbers, null)).toEqual(['Add a Dense block'])
    const dense = apply(joined, numbers, null, 'Add a Dense block')
    expect(errors(apply(dense, numbers, 'output', 'Use mean squared error'), numbers)).toEqual([])
  })
  it('moves Dropout away from the Output, or deletes it', () => {
    const one = addAfter(chain(), { type: 'dropout' }, 'act-2').network
    expect(labels(one, classes, 'output')).toEqual(['Move Dropout before Dense', 'Delete Dropout'])
    expect(errors(apply(one, classes, 'output', 'Move Dropout before Dense'), classes)).toEqual([])
    expect(errors(apply(one, classes, 'output', 'Delete Dropout'), classes)).toEqual([])
    const two = addAfter(one, { type: 'dropout' }, 'dropout-1').network
    expect(errors(apply(two, classes, 'output', 'Move 2 Dropout blocks before Dense'), classes)).toEqual([])
    expect(errors(apply(two, classes, 'output', 'Delete 2 Dropout blocks'), classes)).toEqual([])
  })
  it('warns of a squeezed regression output and removes the activation', () => {
    const squeezed = setValues(chain(), new Set(['output']), { loss: 'meanSquaredError' })
    const sigmoid = setValues(squeezed, new Set(['act-2']), { function: 'sigmoid' })
    expect(apply(sigmoid, numbers, 'output', 'Remove Activation').nodes.map((node) => node.id)).not.toContain('act-2')
  })
})

describe('costs', () => {
  const plan = checkNetwork(chain(), classes).plan
  if (plan === null) throw new Error('the chain has a plan')
  it('counts weights, optimizer state, values and rows', () => {
    // Weights 16×5 + 3×17 = 131; values 4 + 16 + 16 + 3 + 3 = 42 a sample.
    const adam = { type: 'adam', learningRate: 0.01, l2: 0 } as const
    expect(estimateCosts(plan, adam, 10, 0).memory).toBe(4 * (131 * 4 + 2 * 42 * 10))
    expect(estimateCosts(plan, adam, 10, 150).memory).toBe(4 * (131 * 4 + 2 * 42 * 10 + 150 * 7))
    const sgd = { type: 'sgd', learningRate: 0.1, momentum: 0, nesterov: false, l2: 0 } as const
    expect(estimateCosts(plan, sgd, 1, 0).memory).toBe(4 * (131 * 2 + 2 * 42))
    expect(estimateCosts(plan, { ...sgd, momentum: 0.9 }, 1, 0).memory).toBe(4 * (131 * 3 + 2 * 42))
  })
  it('counts three products a layer, two for the first', () => {
    expect(estimateCosts(plan, { type: 'adagrad', learningRate: 0.01, l2: 0 }, 10, 0).flops).toBe(
      10 * 2 * (80 * 2 + 51 * 3)
    )
  })
  it('writes sizes with three digits', () => {
    expect([formatBytes(999), formatBytes(12_345), formatBytes(4.2e9), formatFlops(1e6)]).toEqual([
      '999\u202fB',
      '12.3\u202fkB',
      '4.20\u202fGB',
      '1.00\u202fMFLOP'
    ])
  })
})

describe('shapes in the lecture’s notation', () => {
  const network = chain()
  const { facts } = checkNetwork(network, classes)
  const nodes = new Map(network.nodes.map((node) => [node.id, node]))
  const layers = new Map([
    ['dense-1', 0],
    ['dense-2', 1]
  ])
  const node = (id: string) =>
    nodes.get(id) ??
    network.nodes[0] ??
    (() => {
      throw new Error('empty')
    })()
  it('passes a shape through Dropout unchanged', () => {
    const dropped = addAfter(chain(), { type: 'dropout', values: { rate: 0.25 } }, 'act-1').network
    const check = checkNetwork(dropped, classes)
    const block = dropped.nodes.find((entry) => entry.id === 'dropout-1')
    if (block === undefined) throw new Error('the block was just added')
    const own = check.facts.get('dropout-1')
    expect(shapesOf(block, own, 1).map((line) => [line.symbol, line.size])).toEqual([
      ['A[1]', '16 × b'],
      ['M ∘ A[1]', '16 × b']
    ])
    expect(shapeText(block, own)).toEqual({ symbol: 'A', size: '16×b' })
    expect(speakBlock(block, own, [], undefined)).toBe('Dropout, leaves out 25 %')
    expect(check.parameters).toBe(131)
  })
  it('numbers layers: activations belong to the dense layer before them', () => {
    expect(
      ['input', 'dense-1', 'act-1', 'dense-2', 'act-2', 'output'].map((id) =>
        layerNumber(id, nodes, network.edges, layers)
      )
    ).toEqual([0, 1, 1, 2, 2, 2])
    expect(layerNumber('act-1', nodes, [], layers)).toBeNull()
  })
  it('gives W its bias column', () => {
    expect(
      shapesOf(node('dense-1'), facts.get('dense-1'), 1).map((line) => [line.symbol, line.shape, line.size])
    ).toEqual([
      ['W[1]', 'n[1] × (n[0]+1)', '16 × 5'],
      ['A_B[0]', '(n[0]+1) × b', '5 × b'],
      ['Z[1] = W[1] A_B[0]', 'n[1] × b', '16 × b']
    ])
    expect(shapeText(node('dense-1'), facts.get('dense-1'))).toEqual({ symbol: 'W', size: '16×5' })
    expect(shapeText(node('output'), undefined)).toEqual({ symbol: 'Ŷ', size: 'n×b' })
  })
  it('speaks a block', () => {
    expect(
      speakBlock(node('dense-1'), facts.get('dense-1'), [{ severity: 'error', node: 'dense-1', message: 'Broken.' }], 0)
    ).toBe('Dense, 16 units, layer 1, weights 16 by 5, error: Broken.')
    expect(speakBlock({ ...node('act-1'), name: 'Hidden' }, facts.get('act-1'), [], undefined)).toBe(
      'Hidden, Activation, ReLU'
    )
  })
})

describe('training settings', () => {
  const design = emptyDesign()
  it('keeps what a person set when the optimizer changes, and takes the new defaults for the rest', () => {
    const set = withOptimizerValue(withOptimizerValue(design, 'l2', 0.5), 'learningRate', 0.2)
    expect(withOptimizer(set, 'sgd').training.optimizer).toEqual({
      type: 'sgd',
      learningRate: 0.2,
      momentum: 0,
      nesterov: false,
      l2: 0.5
    })
    expect(withOptimizer(design, 'sgd').training.optimizer).toMatchObject({ learningRate: 0.1 })
    expect(withOptimizer(design, 'adam')).toBe(design)
  })
  it('sets single values', () => {
    expect(withTrainingValue(design, 'epochs', 7).training.epochs).toBe(7)
  })
  it('stores a constant rate without warm-up as null, whichever way it came about', () => {
    const constant = { type: 'constant', warmupEpochs: 0 }
    expect([design.training.schedule, scheduleOf(design)]).toEqual([null, constant])
    expect(withSchedule(design, 'constant')).toBe(design)
    const warm = withScheduleValue(design, 'warmupEpochs', 2)
    expect(warm.training.schedule).toEqual({ type: 'constant', warmupEpochs: 2 })
    expect(withScheduleValue(warm, 'warmupEpochs', 0)).toEqual(design)
    expect(withSchedule(withSchedule(design, 'step'), 'constant')).toEqual(design)
  })
  it('keeps the warm-up when the schedule changes, and no factor that means something else', () => {
    const step = withScheduleValue(withScheduleValue(withSchedule(design, 'step'), 'factor', 0.1), 'warmupEpochs', 3)
    expect(withSchedule(step, 'exponential').training.schedule).toEqual({
      type: 'exponential',
      factor: 0.98,
      warmupEpochs: 3
    })
    expect(withSchedule(step, 'step')).toBe(step)
  })
  it('makes schedules that stand in a document', () => {
    for (const name of scheduleNames)
      expect(designSchema.parse(withSchedule(design, name)).training.schedule?.type ?? 'constant').toBe(name)
  })
  it('switches early stopping on with the usual values, and off', () => {
    const on = withEarlyStopping(design, true)
    expect(on.training.earlyStopping).toEqual({ patience: 20, minimumImprovement: 0 })
    expect(designSchema.parse(withEarlyStoppingValue(on, 'patience', 5)).training.earlyStopping?.patience).toBe(5)
    expect(withEarlyStopping(on, false)).toEqual(design)
  })
  it('removing everything leaves the ends', () => {
    expect(
      remove(chain(), { blocks: new Set(chain().nodes.map((node) => node.id)), wires: new Set() }).nodes.map(
        (node) => node.id
      )
    ).toEqual(['input', 'output'])
  })
})
