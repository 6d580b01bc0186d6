import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { ActivationName, LossName } from '../../src/shared/catalogue/functions'
import { defaultsOf } from '../../src/shared/catalogue/parameter'
import { optimizers, type OptimizerSettings } from '../../src/shared/catalogue/optimizers'
import type { FloatArray, Samples } from '../../src/engine/engine'
import { describeEngines } from './engines'
import { chain, steps, trainerOptions, withTrainer } from './networks'
import { relativeError, tolerances } from './tolerances'

type Matrix = number[][]
/** A network trained in float64 by PyTorch. Z, A and dZ are n[l] × b, W and dW n[l] × (n[l−1] + 1). */
interface Golden {
  name: string
  layerSizes: number[]
  activations: ActivationName[]
  loss: LossName
  optimizer: OptimizerSettings
  clipGlobalNorm: number | null
  batchSize: number
  steps: number
  X: Matrix
  Y: Matrix
  initialWeights: Matrix[]
  firstStep: { Z: Matrix[]; A: Matrix[]; dZ: Matrix[]; dW: Matrix[] }
  trace: { loss: number; gradNorms: number[] }[]
  finalWeights: Matrix[]
}

const folder = fileURLToPath(new URL('golden/', import.meta.url))
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
const goldens = files.map((name) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8')) as Golden)

/** A matrix as the engine holds values: one sample per column, column after column. */
function columns(matrix: Matrix): Float64Array {
  const width = matrix[0]?.length ?? 0
  return Float64Array.from({ length: matrix.length * width }, (_, i) => {
    return matrix[i % matrix.length]?.[Math.floor(i / matrix.length)] ?? Number.NaN
  })
}
const rows = (matrix: Matrix): Float64Array => Float64Array.from(matrix.flat())

function optimizerOf(golden: Golden): OptimizerSettings {
  const defaults = defaultsOf(optimizers[golden.optimizer.type].parameters)
  return { ...defaults, ...golden.optimizer } as OptimizerSettings
}

test('all traces are there', () => {
  expect(goldens.map((golden) => golden.name).sort()).toEqual([
    'bce-adam',
    'elu-softplus-rmsprop',
    'gelu-silu-nesterov-l2',
    'lecture-5-4-4-3',
    'mae-adagrad',
    'selu-adamw-clip',
    'tanh-mse-momentum'
  ])
})

describeEngines('golden traces', (engine) => {
  const tolerance = tolerances[engine.name].golden
  const expectClose = (actual: FloatArray | number[], expected: ArrayLike<number>, what: string): void => {
    expect(relativeError(actual, expected), `relative error of ${what}`).toBeLessThanOrEqual(tolerance)
  }

  for (const golden of goldens) {
    const plan = chain(golden.layerSizes, golden.activations, golden.loss)
    const samples: Samples = { count: golden.batchSize, features: columns(golden.X), targets: columns(golden.Y) }
    const options = trainerOptions(plan, samples, {
      optimizer: optimizerOf(golden),
      gradientClipNorm: golden.clipGlobalNorm,
      initialWeights: golden.initialWeights.map(rows)
    })

    test(`${golden.name}: the first step`, () =>
      withTrainer(engine, options, (trainer) => {
        const trace = trainer.trace(samples)
        expectClose([trace.loss], [golden.trace[0]?.loss ?? Number.NaN], 'the loss')
        for (const layer of golden.activations.keys()) {
          const { Z, A, dZ, dW } = golden.firstStep
          expectClose(trace.values[2 * layer] ?? [], columns(Z[layer] ?? []), `Z[${layer + 1}]`)
          expectClose(trace.values[2 * layer + 1] ?? [], columns(A[layer] ?? []), `A[${layer + 1}]`)
          expectClose(trace.valueGradients[2 * layer] ?? [], columns(dZ[layer] ?? []), `dZ[${layer + 1}]`)
          expectClose(trace.weightGradients[layer] ?? [], rows(dW[layer] ?? []), `dW[${layer + 1}]`)
        }
      }))

    test(`${golden.name}: all steps`, () =>
      withTrainer(engine, options, async (trainer) => {
        const chunk = await trainer.run(steps(golden.steps))
        expect(chunk.steps).toBe(golden.steps)
        expect(chunk.failure).toBeNull()
        expectClose(
          chunk.loss,
          golden.trace.map((step) => step.loss),
          'the losses'
        )
        for (const layer of golden.activations.keys()) {
          const norms = golden.trace.map(
            (_, step) => chunk.gradientNorms[step * golden.activations.length + layer] ?? Number.NaN
          )
          expectClose(
            norms,
            golden.trace.map((step) => step.gradNorms[layer] ?? Number.NaN),
            `the gradient norms of layer ${layer + 1}`
          )
        }
        for (const [layer, weights] of trainer.weights().entries()) {
          expectClose(weights, rows(golden.finalWeights[layer] ?? []), `the final W[${layer + 1}]`)
        }
      }))
  }
})
