import { expect, test } from 'vitest'
import type { Chunk, Engine, FloatArray, Samples, TrainerOptions } from '../../src/engine/engine'
import type { LossName } from '../../src/shared/catalogue/functions'
import { describeEngines } from './engines'
import { chain, optimizers, randomSamples, steps, trainerOptions, withTrainer } from './networks'
import { relativeError, tolerances } from './tolerances'

/**
 * Two epochs of three minibatches (4, 4 and 2 samples) of a 3–4–n[L] network with class weights, computed by PyTorch 1.13
 * in float64: the loss is `(weights[y] * losses).mean()`, `losses` with `reduction='none'` from `cross_entropy`,
 * `binary_cross_entropy_with_logits` or the mean square of `softmax(z) - one_hot`; plain SGD at rate 0.5, to whose
 * gradients 0.1 W is added but for the bias. `weights` are `compute_class_weight('balanced', classes=…, y=y)` of
 * scikit-learn 1.2.
 */
interface Expected {
  loss: LossName
  outputs: number
  classWeights: number[]
  losses: number[]
  /** ‖∂L/∂W[1]‖ */
  norms: number[]
  /** Training and validation loss. */
  epochs: [number, number][]
  /** W[2] in the end. */
  weights: number[]
}

// prettier-ignore
const cases: Expected[] = [
  {
    loss: 'crossEntropy',
    outputs: 3,
    classWeights: [0.416666666667, 3.33333333333, 3.33333333333],
    losses: [1.82527705004, 1.20746786814, 0.551811920139, 1.35531677648, 0.856352205212, 0.505552801538],
    norms: [0.622383885436, 1.37974368267, 0.417342818089, 0.880895921016, 0.533559985014, 0.330312646224],
    epochs: [[1.3234603513, 1.77379213885], [0.985778152984, 1.54809277448]],
    weights: [0.586965045096, 0.174060616333, -0.656331971184, -0.550675773048, -0.392108203967, 0.858505689001,
      0.314670581588, 0.564461954824, -0.448817561597, -0.682979196868, -0.658266200763, 0.644487235726, 0.529226490421,
      0.338884348932, -0.490993825037]
  },
  {
    loss: 'binaryCrossEntropy',
    outputs: 1,
    classWeights: [0.625, 2.5],
    losses: [0.815831948483, 1.05156147446, 0.573883142216, 0.750657099985, 0.955204564789, 0.524094838071],
    norms: [0.620728763652, 0.56319772635, 0.25467601854, 0.490319547108, 0.494088154324, 0.22405789769],
    epochs: [[0.86173399762, 0.878355714489], [0.787163633524, 0.776802166606]],
    weights: [0.483400516723, 0.116507440828, -0.344690934394, -0.739674782692, -0.280754958965]
  },
  {
    loss: 'meanSquaredError',
    outputs: 3,
    classWeights: [0.416666666667, 3.33333333333, 3.33333333333],
    losses: [0.355135641409, 0.211285533057, 0.0536748633673, 0.342647712676, 0.178674285705, 0.0638467892274],
    norms: [0.103390800591, 0.304371631442, 0.0771432901163, 0.120577800253, 0.226171919776, 0.0749362374535],
    epochs: [[0.23730344246, 0.368564323993], [0.221298157198, 0.3740700323]],
    weights: [0.674462623821, 0.064391039169, -0.574600117876, -0.691934623704, -0.282994035842, 0.567303105532,
      0.645924185502, 0.331941260676, -0.405136508709, -0.949749536349, -0.454561196019, 0.422903208976, 0.680015331261,
      0.436462146699, -0.333337653681]
  }
]

/** sin(start), sin(start + 1), …, rounded to float32: numbers that Python has as well. */
function sines(count: number, start: number): Float32Array {
  return Float32Array.from({ length: count }, (_, k) => Math.sin(start + k))
}

function samplesOf(classes: readonly number[], start: number, { outputs, classWeights }: Expected): Samples {
  return {
    count: classes.length,
    features: sines(classes.length * 3, start),
    targets: Float32Array.from(
      outputs === 1 ? classes : classes.flatMap((chosen) => Array.from({ length: outputs }, (_, k) => +(k === chosen)))
    ),
    weights: Float64Array.from(classes, (chosen) => classWeights[chosen] ?? Number.NaN)
  }
}

/** One in five is of a class that is rare. */
function rareClasses(count: number, classes: number): number[] {
  return Array.from({ length: count }, (_, i) => (i % 5 === 0 ? 1 + ((i / 5) % (classes - 1)) : 0))
}

describeEngines('weighted samples', (engine) => {
  const { golden, gradient, diagnostics } = tolerances[engine.name]

  test.each(cases)('$loss: as PyTorch trains', async (expected) => {
    const { loss, outputs } = expected
    const plan = chain([3, 4, outputs], ['tanh', outputs === 1 ? 'sigmoid' : 'softmax'], loss)
    const options = trainerOptions(plan, samplesOf(rareClasses(10, Math.max(2, outputs)), 1, expected), {
      validation: samplesOf([0, 1, 0], 200, expected),
      batchSize: 4,
      optimizer: { ...optimizers.sgd, learningRate: 0.5, l2: 0.1 },
      initialWeights: [sines(16, 50), sines(outputs * 5, 90)]
    })
    await withTrainer(engine, options, async (trainer) => {
      const chunk = await trainer.run(steps(6))
      expect(relativeError(chunk.loss, expected.losses)).toBeLessThan(golden)
      const norms = chunk.gradientNorms.filter((_, index) => index % 2 === 0)
      expect(relativeError(norms, expected.norms)).toBeLessThan(golden)
      const epochs = chunk.epochs.flatMap(({ trainLoss, validationLoss }) => [trainLoss, Number(validationLoss)])
      expect(relativeError(epochs, expected.epochs.flat())).toBeLessThan(golden)
      expect(relativeError(trainer.weights()[1] ?? [], expected.weights)).toBeLessThan(golden)
    })
  })

  const plan = chain([4, 6, 3], ['tanh', 'softmax'], 'crossEntropy')
  const samples = randomSamples(plan, 30)
  const options = trainerOptions(plan, samples, {
    validation: randomSamples(plan, 70, 2),
    batchSize: 8,
    shuffle: true,
    optimizer: optimizers.adam
  })
  const outcome = (by: Engine, changes: Partial<TrainerOptions>): Promise<[Omit<Chunk, 'seconds'>, FloatArray[]]> =>
    withTrainer(by, { ...options, ...changes }, async (trainer) => {
      const { seconds: _, ...chunk } = await trainer.run(steps(20))
      return [chunk, trainer.weights()]
    })

  test('weights of 1 change nothing', async () => {
    const [plain, plainWeights] = await outcome(engine, {})
    const weights = new Float32Array(30).fill(1)
    const [weighted, finalWeights] = await outcome(engine, { train: { ...samples, weights } })
    expect(relativeError(weighted.loss, plain.loss)).toBeLessThan(diagnostics)
    for (const [layer, expected] of plainWeights.entries())
      expect(relativeError(finalWeights[layer] ?? [], expected)).toBeLessThan(diagnostics)
  })

  test('a sample that weighs 3 counts as three of it, and one that weighs 0 as none', async () => {
    const picked = [0, 1, 1, 1, 2, 4]
    const repeated: Samples = {
      count: picked.length,
      features: Float32Array.from(picked.flatMap((i) => Array.from(samples.features.subarray(i * 4, i * 4 + 4)))),
      targets: Float32Array.from(picked.flatMap((i) => Array.from(samples.targets.subarray(i * 3, i * 3 + 3))))
    }
    const weighted: Samples = {
      count: 5,
      features: samples.features.slice(0, 20),
      targets: samples.targets.slice(0, 15),
      weights: Float32Array.of(1, 3, 1, 0, 1)
    }
    await withTrainer(engine, options, async (trainer) => {
      const [actual, expected] = [trainer.trace(weighted), trainer.trace(repeated)]
      // Means over five samples and over six.
      expect(relativeError([actual.loss * 5], [expected.loss * 6])).toBeLessThan(diagnostics)
      for (const [layer, gradients] of expected.weightGradients.entries()) {
        const sums = (actual.weightGradients[layer] ?? new Float32Array(0)).map((x) => x * 5)
        expect(
          relativeError(
            sums,
            Array.from(gradients, (x) => x * 6)
          )
        ).toBeLessThan(gradient)
      }
      const [weighedLoss, copiedLoss] = [await trainer.evaluate(weighted), await trainer.evaluate(repeated)]
      expect(relativeError([weighedLoss.loss * 5], [copiedLoss.loss * 6])).toBeLessThan(diagnostics)
    })
  })

  test('metrics count every sample the same', async () => {
    const weights = Float32Array.from({ length: 30 }, (_, i) => i)
    await withTrainer(engine, options, async (trainer) => {
      const [plain, weighted] = [await trainer.evaluate(samples), await trainer.evaluate({ ...samples, weights })]
      expect(weighted.metric).toBe(plain.metric)
      expect(weighted.loss).not.toBe(plain.loss)
    })
  })

  test.each([
    [Float32Array.of(1, 2), 'The weights of the training samples must hold 30 × 1 = 30 numbers, found 2.'],
    [
      new Float32Array(30).fill(-1, 7),
      'The weights of the training samples must be finite and at least 0, found -1 at sample 7 (counted from 0).'
    ],
    [
      new Float32Array(30).fill(Number.NaN, 29),
      'The weights of the training samples must be finite and at least 0, found NaN at sample 29 (counted from 0).'
    ]
  ])('refuses weights that are none: %#', (weights, message) => {
    expect(() => engine.createTrainer({ ...options, train: { ...samples, weights } })).toThrow(
      expect.objectContaining({ code: 'invalidArgument', message })
    )
  })
})
