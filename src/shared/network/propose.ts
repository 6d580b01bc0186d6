import type { DesignNode } from '../catalogue/blocks'
import type { ActivationName, InitializerName } from '../catalogue/functions'
import { defaultsOf } from '../catalogue/parameter'
import { optimizers } from '../catalogue/optimizers'
import { encodingParameters, splitParameters, trainingParameters } from '../catalogue/training'
import type { TableSummary } from '../dataset'
import { asTarget, settingOf, type ColumnSettings, type TargetType } from '../table/column-types'
import type { ColumnSummary } from '../table/profile'
import { DESIGN_FORMAT, DESIGN_VERSION, type Design, type DesignEdge, type Network } from '../design/schema'
import type { CategoricalEncoding } from '../weights/schema'
import type { Task } from '../prepared'

/** Horizontal distance of blocks in a fresh design. */
export const BLOCK_SPACING = 220

export interface HiddenLayer {
  readonly units: number
  readonly function: ActivationName
}
const defaultHidden: readonly HiddenLayer[] = [
  { units: 16, function: 'relu' },
  { units: 16, function: 'relu' }
]

/** The initialiser made for an activation: He for the ReLU family, LeCun for SELU, Xavier for the rest. */
export function initializerFor(activation: ActivationName): InitializerName {
  if (activation === 'selu') return 'lecun'
  return ['relu', 'leakyRelu', 'elu', 'gelu', 'silu', 'softplus'].includes(activation) ? 'he' : 'xavier'
}

/** A chain Input → (Dense → Activation)… → Dense → head → Output that fits the task. */
export function proposeNetwork(task: Task, hidden: readonly HiddenLayer[]): Network {
  const nodes: DesignNode[] = []
  const add = (node: DesignNode): void =>
    void nodes.push({ ...node, position: { x: nodes.length * BLOCK_SPACING, y: 0 } })
  const position = { x: 0, y: 0 }
  add({ id: 'input', type: 'input', position })
  for (const [index, layer] of hidden.entries()) {
    add({
      id: `dense-${index + 1}`,
      type: 'dense',
      units: layer.units,
      initializer: initializerFor(layer.function),
      position
    })
    add({ id: `act-${index + 1}`, type: 'activation', function: layer.function, position })
  }
  const last = hidden.length + 1
  add({ id: `dense-${last}`, type: 'dense', units: 'auto', initializer: 'xavier', position })
  if (task === 'classification') add({ id: `act-${last}`, type: 'activation', function: 'softmax', position })
  add({ id: 'output', type: 'output', loss: task === 'classification' ? 'crossEntropy' : 'meanSquaredError', position })
  const edges: DesignEdge[] = nodes.slice(1).map((node, index) => ({ source: nodes[index]?.id ?? '', target: node.id }))
  return { nodes, edges }
}

/** The type a column has as a target: the person's word, else what its values suggest. */
export function targetTypeOf(column: ColumnSummary, columns: ColumnSettings): TargetType {
  const chosen = settingOf(columns, column.name)
  return chosen === undefined ? column.targetType : asTarget(chosen.type)
}

/** What predicting these targets is called; several targets are regression unless all are categorical. */
export function taskOf(table: TableSummary, targets: readonly string[], columns: ColumnSettings): Task {
  const chosen = table.columns.filter((column) => targets.includes(column.name))
  return chosen.length > 0 && chosen.every((column) => targetTypeOf(column, columns) === 'categorical')
    ? 'classification'
    : 'regression'
}

/** How categorical targets become outputs: one probability when the loss is binary cross-entropy, else one per class. */
export function categoricalEncodingFor(network: Network): CategoricalEncoding {
  const output = network.nodes.find((node) => node.type === 'output')
  return output?.loss === 'binaryCrossEntropy' ? 'binary' : 'oneHot'
}

/**
 * The column a person most likely wants to predict: a name that says so, else the last column that can be one.
 * @returns null for a table without a usable column
 */
export function proposeTarget(table: TableSummary): string | null {
  const usable = table.columns.filter(
    (column) => column.distinct > 1 && !(column.excluded !== null && column.numeric === null)
  )
  const telling = /^(target|label|class|y|species|cultivar|outcome|survived|price|quality|diagnosis|digit)$/i
  const named = usable.filter((column) => telling.test(column.name))
  return (named[named.length - 1] ?? usable[usable.length - 1])?.name ?? null
}

/**
 * A complete design that trains well on an ordinary table as it is.
 * @param path the table's path as the design should store it
 */
export function proposeDesign(
  table: TableSummary,
  targets: readonly string[],
  path: string,
  hidden: readonly HiddenLayer[] = defaultHidden
): Design {
  const chosen = table.columns.filter((column) => targets.includes(column.name))
  // A target's inferred role is written down, so that the design means the same whatever a later version infers.
  const columns = Object.fromEntries(
    chosen
      .filter((column) => column.targetType !== column.type)
      .map((column) => [column.name, { type: column.targetType }])
  )
  const hasMissing = table.columns.some((column) => column.missing > 0 && column.excluded === null)
  const rows = table.rows * (1 - splitParameters.validation.default)
  const wide = table.columns.length > 32 && hidden === defaultHidden
  const layers: readonly HiddenLayer[] = wide
    ? [
        { units: 64, function: 'relu' },
        { units: 32, function: 'relu' }
      ]
    : hidden
  return {
    format: DESIGN_FORMAT,
    version: DESIGN_VERSION,
    name: table.name.replace(/\.[^.]*$/, ''),
    network: proposeNetwork(taskOf(table, targets, columns), layers),
    dataset: {
      path,
      reading: {},
      targets: [...targets],
      features: 'auto',
      columns,
      scaling: 'standard',
      missing: hasMissing ? 'median' : 'error',
      ...defaultsOf(encodingParameters),
      split: defaultsOf(splitParameters)
    },
    training: {
      ...defaultsOf(trainingParameters),
      optimizer: {
        type: 'adam',
        ...defaultsOf(optimizers.adam.parameters),
        ...(rows > 1000 ? { learningRate: 0.003 } : {})
      },
      batchSize: rows < 1000 ? 16 : rows < 20_000 ? 32 : 128,
      epochs: rows < 2_000 ? 100 : rows < 20_000 ? 50 : 20,
      classWeights: 'none',
      schedule: null,
      earlyStopping: null
    }
  }
}

/** An empty start: Input and Output, nothing between. */
export function emptyDesign(): Design {
  const nodes: DesignNode[] = [
    { id: 'input', type: 'input', position: { x: 0, y: 0 } },
    { id: 'output', type: 'output', loss: 'crossEntropy', position: { x: 3 * BLOCK_SPACING, y: 0 } }
  ]
  return {
    format: DESIGN_FORMAT,
    version: DESIGN_VERSION,
    name: 'Untitled',
    network: { nodes, edges: [] },
    dataset: null,
    training: {
      ...defaultsOf(trainingParameters),
      optimizer: { type: 'adam', ...defaultsOf(optimizers.adam.parameters) },
      classWeights: 'none',
      schedule: null,
      earlyStopping: null
    }
  }
}
