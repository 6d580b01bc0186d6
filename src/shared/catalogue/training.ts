import { integer, number, optionalNumber, toggle } from './parameter'

/** Settings of a training run, besides its optimizer. */
export const trainingParameters = {
  epochs: integer({
    label: 'Epochs',
    help: 'How many times training goes through all training samples.',
    default: 100,
    min: 1,
    max: 10_000_000
  }),
  batchSize: integer({
    label: 'Batch size',
    help: 'b, the samples in one minibatch: one step averages their gradients.',
    default: 32,
    min: 1,
    max: 1_000_000
  }),
  seed: integer({
    label: 'Seed',
    help: 'Starts the generator of initial weights, shuffling and dropout: the same seed gives the same weights.',
    default: 1,
    min: 0,
    max: 4_294_967_295
  }),
  shuffle: toggle({ label: 'Shuffle', help: 'Goes through the samples in a new order in every epoch.', default: true }),
  gradientClipNorm: optionalNumber({
    label: 'Clip gradients',
    help: 'Scales all gradients down together when their global norm exceeds this.',
    default: null,
    min: 1e-6,
    max: 1e6,
    scale: 'log',
    offLabel: 'off',
    initial: 1
  })
} as const

/** How columns become inputs, besides scaling and missing values; the same form machinery as blocks and optimizers. */
export const encodingParameters = {
  maxCategories: integer({
    label: 'Most categories',
    help: 'How many inputs a column of categories may become: the categories most frequent in the training rows; the others are encoded as zeros, like one never seen.',
    default: 100,
    min: 1,
    max: 10_000
  })
} as const

/** How a dataset is split; the same form machinery as blocks and optimizers. */
export const splitParameters = {
  validation: number({
    label: 'Validation share',
    help: 'The share of rows kept aside to see how well the network does on rows it was not trained on.',
    default: 0.2,
    min: 0,
    max: 0.9,
    scale: 'linear'
  }),
  test: number({
    label: 'Test share',
    help: 'The share of rows kept aside for a last check, untouched by training and by your choices.',
    default: 0,
    min: 0,
    max: 0.9,
    scale: 'linear'
  }),
  seed: integer({
    label: 'Split seed',
    help: 'Decides which rows go where; the same seed gives the same split.',
    default: 0,
    min: 0,
    max: 4_294_967_295
  }),
  stratify: toggle({
    label: 'Stratify',
    help: 'Keeps the shares of the classes the same in every part.',
    default: true
  })
} as const
