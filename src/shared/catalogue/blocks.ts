import { z } from 'zod'
import { activations, initializers, losses } from './functions'
import { autoInteger, choice, number, shapeOf, type Parameters, type ValuesOf } from './parameter'

/** What a shape rule may ask about the network around a block. */
export interface ShapeContext {
  /** Features after encoding, or null while there is no dataset. */
  readonly features: number | null
  /** Outputs the target needs, or null while there is no dataset. */
  readonly outputs: number | null
}

export interface BlockType<P extends Parameters = Parameters> {
  readonly title: string
  readonly category: 'Ends' | 'Layers'
  /** Shown in the palette, in the search box and in the inspector. */
  readonly help: string
  /** Whether people add it themselves; Input and Output stand in every design exactly once. */
  readonly addable: boolean
  readonly ports: { readonly input: boolean; readonly output: boolean }
  readonly parameters: P
  /** The block's line on the canvas, next to its title. */
  summary(values: ValuesOf<P>, units: number | null): string
  /**
   * Units this block puts out for each sample, from the units that come in; null while that is not known.
   * A `string` is the reason, in words, why these values cannot be.
   */
  units(values: ValuesOf<P>, incoming: number | null, context: ShapeContext): number | null | string
}

const block = <P extends Parameters>(type: BlockType<P>): BlockType<P> => type
const labelOf = (options: readonly { value: string; label: string }[], value: string): string =>
  options.find((option) => option.value === value)?.label ?? value

/** All block types: the palette, inspector, documents, checks, command line and docs are made from this table. */
export const blocks = {
  input: block({
    title: 'Input',
    category: 'Ends',
    help: 'The features X of each sample, A[0]: one unit per prepared column of the dataset.',
    addable: false,
    ports: { input: false, output: true },
    parameters: {},
    summary: (_values, units) =>
      units === null ? 'no features yet' : `${units} ${units === 1 ? 'feature' : 'features'}`,
    units: (_values, _incoming, context) => context.features
  }),
  dense: block({
    title: 'Dense',
    category: 'Layers',
    help: 'Raw scores Z = W A_B: every unit weighs all units before it and adds a bias.',
    addable: true,
    ports: { input: true, output: true },
    parameters: {
      units: autoInteger({
        label: 'Units',
        help: 'n[l], the number of raw scores this layer computes. "From target" takes what the target column needs.',
        default: 16,
        min: 1,
        max: 65536,
        autoLabel: 'From target'
      }),
      initializer: choice({
        label: 'Initial weights',
        help: 'How the weights are drawn before training. Biases start at zero.',
        default: 'he',
        options: initializers
      })
    },
    summary: (_values, units) => (units === null ? 'auto' : String(units)),
    units: (values, _incoming, context) => (values.units === 'auto' ? context.outputs : values.units)
  }),
  activation: block({
    title: 'Activation',
    category: 'Layers',
    help: 'Activated scores A = g(Z): what makes a network more than one matrix product.',
    addable: true,
    ports: { input: true, output: true },
    parameters: {
      function: choice({ label: 'Function', help: 'The activation function g.', default: 'relu', options: activations })
    },
    summary: (values) => labelOf(activations, values.function),
    units: (_values, incoming) => incoming
  }),
  dropout: block({
    title: 'Dropout',
    category: 'Layers',
    help: 'Leaves out a random share of the units in every training step, so that no unit can rely on another one. Predictions use all units.',
    addable: true,
    ports: { input: true, output: true },
    parameters: {
      rate: number({
        label: 'Rate',
        help: 'The share of units left out. Those that stay are scaled by 1 / (1 − rate), so that sums keep their size.',
        default: 0.2,
        min: 0,
        max: 0.99,
        scale: 'linear'
      })
    },
    summary: (values) => `${Math.round(values.rate * 1000) / 10} %`,
    units: (_values, incoming) => incoming
  }),
  output: block({
    title: 'Output',
    category: 'Ends',
    help: 'The predictions Ŷ = A[L], compared with the targets Y by the loss.',
    addable: false,
    ports: { input: true, output: false },
    parameters: {
      loss: choice({ label: 'Loss', help: 'What training makes small.', default: 'crossEntropy', options: losses })
    },
    summary: (values) => labelOf(losses, values.loss),
    units: (_values, incoming, context) =>
      incoming !== null && context.outputs !== null && incoming !== context.outputs
        ? `The target needs ${context.outputs} ${context.outputs === 1 ? 'output' : 'outputs'}, but ${incoming} arrive. Set the last Dense block to ${context.outputs} units, or to "From target".`
        : incoming
  })
} as const

export type BlockName = keyof typeof blocks
export const blockNames = Object.keys(blocks) as BlockName[]

interface NodeBase<N extends string> {
  id: string
  type: N
  /** The person's own name for the block; without one its title is shown. */
  name?: string | undefined
  position: { x: number; y: number }
}
export type NodeOf<N extends BlockName> = NodeBase<N> & ValuesOf<(typeof blocks)[N]['parameters']>
/** A block of a design document. */
export type DesignNode = { [N in BlockName]: NodeOf<N> }[BlockName]

export const nodeIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, { error: 'expected an id of 1 to 64 letters, digits, "-", "_" or "."' })
const coordinate = z.number().min(-1e6).max(1e6)
const nodeEntries = blockNames.map((type) =>
  z.strictObject({
    id: nodeIdSchema,
    type: z.literal(type),
    name: z.string().min(1).max(80).optional(),
    position: z.strictObject({ x: coordinate, y: coordinate }),
    ...(shapeOf(blocks[type].parameters as Parameters) as Record<string, z.ZodType>)
  })
)
type Entry = (typeof nodeEntries)[number]
export const nodeSchema = z.discriminatedUnion(
  'type',
  nodeEntries as [Entry, ...Entry[]]
) as unknown as z.ZodType<DesignNode>

/** A block type with the differences between types forgotten: for code that treats all of them alike. */
export function blockType(name: BlockName): BlockType {
  return blocks[name] as unknown as BlockType
}

/** Units a block of a design puts out; see `BlockType.units`. */
export function unitsOf(node: DesignNode, incoming: number | null, context: ShapeContext): number | null | string {
  return blockType(node.type).units(node as unknown as ValuesOf<Parameters>, incoming, context)
}

/** A block's line on the canvas; see `BlockType.summary`. */
export function summaryOf(node: DesignNode, units: number | null): string {
  return blockType(node.type).summary(node as unknown as ValuesOf<Parameters>, units)
}
