import { earlyStoppingSchema, scheduleSchema } from '../shared/catalogue/schedules'
import { LaminaError } from '../shared/errors'
import { denseOperations, weightCount, type NetworkPlan } from '../shared/network/plan'
import { MOST_THREADS } from '../shared/training-run'
import { parse } from '../shared/validate'
import type { Budget, FloatArray, Samples, TrainerOptions, TrainerSnapshot } from './engine'

/**
 * What every engine asks of its arguments before it allocates anything.
 * @throws LaminaError `invalidArgument`
 */
export function checkTrainerOptions(options: TrainerOptions): void {
  checkPlan(options.network)
  if (!Number.isInteger(options.batchSize) || options.batchSize < 1) {
    invalid(`The batch size must be a whole number from 1, found ${options.batchSize}.`)
  }
  if (!Number.isInteger(options.seed) || options.seed < 0 || options.seed > 0xffffffff) {
    invalid(`The seed must be a whole number from 0 to 4294967295, found ${options.seed}.`)
  }
  const clip = options.gradientClipNorm
  if (clip !== null && !(clip > 0)) invalid(`The norm gradients are clipped at must be above 0, found ${clip}.`)
  checkLearningRate(options.optimizer.learningRate)
  checkEpochs(options.epochs)
  parse(scheduleSchema, options.schedule, { what: 'The schedule', code: 'invalidArgument' })
  parse(earlyStoppingSchema, options.earlyStopping, { what: 'Early stopping', code: 'invalidArgument' })
  if (options.threads !== undefined) checkThreads(options.threads)
  if (options.train.count < 1) invalid('There are no training samples: at least one is needed.')
  checkSamples(options.network, options.train, 'training samples')
  if (options.validation !== null) checkSamples(options.network, options.validation, 'validation samples')
  if (options.initialWeights !== undefined) checkWeights(options.network, options.initialWeights)
}

/** That every operation takes a value made before it, of the size it expects, and the last one makes Ŷ. */
export function checkPlan(plan: NetworkPlan): void {
  const units = [plan.inputs]
  for (const [index, operation] of plan.operations.entries()) {
    const where = `Operation ${index} (${operation.type} "${operation.id}")`
    const incoming = units[operation.input]
    if (incoming === undefined) {
      invalid(`${where} takes value ${operation.input}, but only values 0 to ${index} exist before it.`)
    }
    const expected = operation.type === 'dense' ? operation.inputs : operation.units
    if (incoming !== expected) {
      invalid(`${where} expects ${expected} units, but value ${operation.input} has ${incoming}.`)
    }
    if (operation.type === 'dropout' && !(operation.rate >= 0 && operation.rate < 1)) {
      invalid(`${where} must leave out a share from 0 to below 1, found ${operation.rate}.`)
    }
    units.push(operation.units)
  }
  const last = units.at(-1)
  if (plan.operations.length === 0) invalid('The network has no operations.')
  if (plan.operations.at(-1)?.type === 'dropout') {
    invalid('The last operation of the network is dropout, which would leave out predictions.')
  }
  if (last !== plan.outputs)
    invalid(`The network is to put out ${plan.outputs} units, but its last operation makes ${last}.`)
}

/** @param what "training samples": for the message */
export function checkSamples(plan: NetworkPlan, samples: Samples, what: string): void {
  checkColumns(samples.features, samples.count, plan.inputs, `The features of the ${what}`)
  checkColumns(samples.targets, samples.count, plan.outputs, `The targets of the ${what}`)
  if (samples.weights === undefined) return
  checkColumns(samples.weights, samples.count, 1, `The weights of the ${what}`)
  const wrong = samples.weights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY))
  if (wrong === -1) return
  const found = samples.weights[wrong]
  invalid(
    `The weights of the ${what} must be finite and at least 0, found ${found} at sample ${wrong} (counted from 0).`
  )
}

/** That an array holds `count` columns of `units` numbers. */
export function checkColumns(array: FloatArray, count: number, units: number, what: string): void {
  if (!Number.isInteger(count) || count < 0)
    invalid(`${what}: the count must be a whole number from 0, found ${count}.`)
  if (array.length !== count * units) {
    invalid(`${what} must hold ${count} × ${units} = ${count * units} numbers, found ${array.length}.`)
  }
}

export function checkWeights(plan: NetworkPlan, weights: readonly FloatArray[]): void {
  checkSizes(plan, weights, 'weights')
}

/** @throws LaminaError `numericalFailure` naming the first weight that float32 cannot hold */
export function checkFiniteWeights(plan: NetworkPlan, weights: readonly FloatArray[]): void {
  for (const [index, layer] of denseOperations(plan).entries()) {
    const place = weights[index]?.findIndex((weight) => !Number.isFinite(Math.fround(weight))) ?? -1
    if (place === -1) continue
    const [row, column] = [Math.floor(place / (layer.inputs + 1)), place % (layer.inputs + 1)]
    const which = column === layer.inputs ? 'the bias' : `the weight of input ${column + 1}`
    const found = weights[index]?.[place]
    throw new LaminaError(
      'numericalFailure',
      `Training cannot start from these weights: in layer "${layer.id}", ${which} of unit ${row + 1} is ${found}, which is not a finite float32 number. Start from other weights.`,
      { quantity: 'weights', step: 0, layer: layer.id, row, column }
    )
  }
}

/** @param what "weights": for the message */
function checkSizes(plan: NetworkPlan, weights: readonly FloatArray[], what: string): void {
  const layers = denseOperations(plan)
  if (weights.length !== layers.length) {
    invalid(`There must be one weight matrix for each of the ${layers.length} dense layers, found ${weights.length}.`)
  }
  for (const [index, layer] of layers.entries()) {
    const found = weights[index]?.length ?? 0
    if (found !== weightCount(layer)) {
      const shape = `${layer.units} × ${layer.inputs + 1}`
      invalid(`The ${what} of "${layer.id}" must be ${shape} = ${weightCount(layer)} numbers, found ${found}.`)
    }
  }
}

/** That the weights of a snapshot fit the network and are finite; engines check the rest, which is their own. */
export function checkSnapshot(plan: NetworkPlan, { weights, moments, bestWeights }: TrainerSnapshot): void {
  checkWeights(plan, weights)
  for (const list of moments) checkSizes(plan, list, "optimizer's state")
  checkFiniteWeights(plan, weights)
  if (bestWeights === null) return
  checkWeights(plan, bestWeights)
  checkFiniteWeights(plan, bestWeights)
}

export function checkLearningRate(learningRate: number): void {
  if (!(learningRate > 0) || !Number.isFinite(learningRate)) {
    invalid(`The learning rate must be a number above 0, found ${learningRate}.`)
  }
}

/** That a number of planned epochs is one. */
export function checkEpochs(epochs: number): void {
  if (!Number.isInteger(epochs) || epochs < 1) invalid(`Epochs must be a whole number from 1, found ${epochs}.`)
}

export function checkThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    invalid(`Threads must be a whole number from 1 to ${MOST_THREADS}, found ${threads}.`)
  }
}

export function checkBudget({ steps, milliseconds }: Budget): void {
  if (!(steps >= 0) || (!Number.isInteger(steps) && steps !== Number.POSITIVE_INFINITY)) {
    invalid(`A budget's steps must be a whole number from 0, found ${steps}.`)
  }
  if (!(milliseconds >= 0)) invalid(`A budget's milliseconds must be a number from 0, found ${milliseconds}.`)
}

function invalid(message: string): never {
  throw new LaminaError('invalidArgument', message)
}
