import type { ChoiceOption } from './parameter'

/** Activation functions g of the catalogue; formulas are PyTorch's. `formula` and `derivative` are shown in the inspector. */
export const activations = [
  {
    value: 'identity',
    label: 'Identity',
    help: 'Passes the raw scores on unchanged; for regression outputs.',
    formula: 'z'
  },
  {
    value: 'relu',
    label: 'ReLU',
    help: 'Zero for negative scores; the usual choice for hidden layers.',
    formula: 'max(0, z)'
  },
  {
    value: 'leakyRelu',
    label: 'Leaky ReLU',
    help: 'Like ReLU with slope 0.01 below zero, so that no unit can die.',
    formula: 'z if z > 0 else 0.01 z'
  },
  { value: 'elu', label: 'ELU', help: 'Smooth below zero, saturating at −1.', formula: 'z if z > 0 else eᶻ − 1' },
  {
    value: 'selu',
    label: 'SELU',
    help: 'Scaled ELU that keeps activations normalised; pair it with LeCun weights.',
    formula: '1.0507 · (z if z > 0 else 1.6733 (eᶻ − 1))'
  },
  {
    value: 'gelu',
    label: 'GELU',
    help: 'Weighs a score by the normal probability of being below it.',
    formula: 'z · Φ(z)'
  },
  { value: 'silu', label: 'SiLU', help: 'A score times its own sigmoid; also called swish.', formula: 'z · σ(z)' },
  {
    value: 'sigmoid',
    label: 'Sigmoid',
    help: 'Squeezes each score into (0, 1); for yes/no outputs.',
    formula: '1 / (1 + e⁻ᶻ)'
  },
  { value: 'tanh', label: 'Tanh', help: 'Squeezes each score into (−1, 1).', formula: '(eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)' },
  { value: 'softplus', label: 'Softplus', help: 'A smooth ReLU; always positive.', formula: 'ln(1 + eᶻ)' },
  {
    value: 'softmax',
    label: 'Softmax',
    help: 'Turns the scores of a sample into probabilities that add up to 1; for class outputs.',
    formula: 'eᶻᵏ / Σⱼ eᶻʲ'
  }
] as const satisfies readonly (ChoiceOption<string> & { formula: string })[]
export type ActivationName = (typeof activations)[number]['value']

/** What each activation can put out, which decides what losses it can feed. */
export const activationRange: Readonly<Record<ActivationName, 'probabilities' | 'unitInterval' | 'positive' | 'any'>> =
  {
    identity: 'any',
    relu: 'any',
    leakyRelu: 'any',
    elu: 'any',
    selu: 'any',
    gelu: 'any',
    silu: 'any',
    sigmoid: 'unitInterval',
    tanh: 'any',
    softplus: 'positive',
    softmax: 'probabilities'
  }

export const losses = [
  {
    value: 'crossEntropy',
    label: 'Cross-entropy',
    help: 'For one class out of several; needs a softmax before it.',
    formula: '−Σₖ yₖ ln ŷₖ'
  },
  {
    value: 'binaryCrossEntropy',
    label: 'Binary cross-entropy',
    help: 'For yes/no targets; needs a sigmoid before it.',
    formula: '−(y ln ŷ + (1 − y) ln(1 − ŷ)), mean over outputs'
  },
  {
    value: 'meanSquaredError',
    label: 'Mean squared error',
    help: 'For numbers; punishes large errors most.',
    formula: '(ŷ − y)², mean over outputs'
  },
  {
    value: 'meanAbsoluteError',
    label: 'Mean absolute error',
    help: 'For numbers; robust against outliers.',
    formula: '|ŷ − y|, mean over outputs'
  },
  {
    value: 'huber',
    label: 'Huber',
    help: 'For numbers; squared near zero, absolute beyond 1.',
    formula: '½ e² if |e| ≤ 1 else |e| − ½, mean over outputs'
  }
] as const satisfies readonly (ChoiceOption<string> & { formula: string })[]
export type LossName = (typeof losses)[number]['value']

/** Initialisers draw from uniform distributions, so that every engine and machine draws the same bits. */
export const initializers = [
  { value: 'he', label: 'He', help: 'Uniform ±√(6 / n_prev); made for ReLU and its relatives (He et al. 2015).' },
  {
    value: 'xavier',
    label: 'Xavier',
    help: 'Uniform ±√(6 / (n_prev + n)); made for tanh and sigmoid (Glorot and Bengio 2010).'
  },
  { value: 'lecun', label: 'LeCun', help: 'Uniform ±√(3 / n_prev); made for SELU (LeCun et al. 1998).' },
  {
    value: 'zeros',
    label: 'Zeros',
    help: 'All weights zero: hidden units stay identical and cannot learn different things. For demonstrations.'
  }
] as const satisfies readonly ChoiceOption<string>[]
export type InitializerName = (typeof initializers)[number]['value']
