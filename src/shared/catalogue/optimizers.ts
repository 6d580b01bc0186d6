import { z } from 'zod'
import { number, shapeOf, toggle, type Parameters, type ValuesOf } from './parameter'

const learningRate = (value: number) =>
  number({
    label: 'Learning rate',
    help: 'How far each step moves the weights along the gradient.',
    default: value,
    min: 1e-8,
    max: 100,
    scale: 'log'
  })
const l2 = number({
  label: 'L2 penalty',
  help: 'Adds ½·l2·‖W‖² to the loss, which pulls weights towards zero. Biases are never penalised.',
  default: 0,
  min: 0,
  max: 10,
  scale: 'log'
})

/** Optimizers with their parameters; formulas, defaults and epsilons (1e-8, Adagrad 1e-10) are PyTorch's. */
export const optimizers = {
  sgd: {
    label: 'SGD',
    help: 'Plain gradient descent on minibatches, with optional momentum.',
    parameters: {
      learningRate: learningRate(0.1),
      momentum: number({
        label: 'Momentum',
        help: 'How much of the previous direction is kept; 0 is plain SGD, 0.9 is usual.',
        default: 0,
        min: 0,
        max: 0.9999,
        scale: 'linear'
      }),
      nesterov: toggle({
        label: 'Nesterov',
        help: 'Looks ahead along the momentum before taking the gradient step.',
        default: false
      }),
      l2
    }
  },
  rmsprop: {
    label: 'RMSprop',
    help: 'Divides each step by a running root mean square of the gradient.',
    parameters: {
      learningRate: learningRate(0.001),
      decay: number({
        label: 'Decay',
        help: 'How slowly the running mean square forgets.',
        default: 0.99,
        min: 0,
        max: 0.999999,
        scale: 'linear'
      }),
      l2
    }
  },
  adagrad: {
    label: 'Adagrad',
    help: 'Divides each step by the root of all squared gradients so far.',
    parameters: { learningRate: learningRate(0.01), l2 }
  },
  adam: {
    label: 'Adam',
    help: 'Adapts the step of every weight from running means of the gradient and its square; a good first choice.',
    parameters: { learningRate: learningRate(0.01), l2 }
  },
  adamw: {
    label: 'AdamW',
    help: 'Adam with weight decay applied to the weights themselves instead of through the gradient.',
    parameters: {
      learningRate: learningRate(0.01),
      weightDecay: number({
        label: 'Weight decay',
        help: 'The share of each weight removed per unit of learning rate. Biases do not decay.',
        default: 0.01,
        min: 0,
        max: 10,
        scale: 'log'
      }),
      l2
    }
  }
} as const satisfies Record<string, { label: string; help: string; parameters: Parameters }>

export type OptimizerName = keyof typeof optimizers
/** Settings of one optimizer as documents, messages and the engines carry them. */
export type OptimizerSettings = {
  [N in OptimizerName]: { type: N } & ValuesOf<(typeof optimizers)[N]['parameters']>
}[OptimizerName]

const entries = Object.entries(optimizers).map(([name, { parameters }]) =>
  z.strictObject({ type: z.literal(name), ...(shapeOf(parameters as Parameters) as Record<string, z.ZodType>) })
)
type Entry = (typeof entries)[number]
export const optimizerSchema = z.discriminatedUnion(
  'type',
  entries as [Entry, ...Entry[]]
) as unknown as z.ZodType<OptimizerSettings>
export const optimizerNames = Object.keys(optimizers) as OptimizerName[]
