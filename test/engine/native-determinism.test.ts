import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Engine, TrainerOptions } from '../../src/engine/engine'
import { loadNativeEngine } from '../../src/engine/native-engine'
import { describeNative } from './engines'
import { chain, optimizers, randomSamples, steps, trainerOptions, withDropout, withTrainer } from './networks'

/** Layers large enough for threads to share, minibatches with a partial last one, everything random that there is. */
const network = withDropout(chain([300, 130, 64, 10], ['gelu', 'relu', 'softmax'], 'crossEntropy'), [null, 0.3, 0.1])
/** Weighted in training, not in validation. */
const weights = Float32Array.from({ length: 500 }, (_, i) => (i % 3) / 2)
const samples = { ...randomSamples(network, 500), weights }
const options: TrainerOptions = trainerOptions(network, samples, {
  batchSize: 96,
  shuffle: true,
  gradientClipNorm: 1,
  optimizer: optimizers.adam,
  schedule: { type: 'cosine', endShare: 0.1, warmupEpochs: 1 },
  epochs: 5,
  validation: randomSamples(network, 333, 2)
})
const RUNS = 20
/** Two epochs, each with a partial minibatch, and the start of a third. */
const STEPS = 14
/** Plain C++ and more threads than cores: a machine that does other things as well takes a while. */
const PATIENCE_MS = 120_000
const INSTRUCTION_SETS = ['portable', 'neon', 'avx2', 'avx512']

/** Of every bit that comes out of a run: weights, losses, norms and ratios of all steps, epochs, predictions. */
async function hashOfRun(engine: Engine, threads: number): Promise<string> {
  return withTrainer(engine, { ...options, threads }, async (trainer) => {
    expect(trainer.threads).toBe(threads)
    const { loss, gradientNorms, updateRatios, epochs, failure } = await trainer.run(steps(STEPS))
    expect(failure).toBeNull()
    const hash = createHash('sha256')
    for (const array of [loss, gradientNorms, updateRatios, ...trainer.weights()]) hash.update(array)
    hash.update(JSON.stringify(epochs))
    hash.update(await trainer.predict(samples.features, samples.count))
    return hash.digest('hex')
  })
}

describeNative('determinism', () => {
  for (const name of INSTRUCTION_SETS) {
    const { engine } = loadNativeEngine({ LAMINA_ISA: name })
    if (engine === null) {
      console.warn(`Not tested here: determinism of the ${name} kernels, which this machine cannot run.`)
      continue
    }
    test(
      `${name}: ${RUNS} runs with 1, 2 and 4 threads each have the same bits`,
      { timeout: PATIENCE_MS },
      async () => {
        const hashes = new Set<string>()
        for (let run = 0; run < RUNS; run++) {
          for (const threads of [1, 2, 4]) hashes.add(await hashOfRun(engine, threads))
        }
        expect([...hashes]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
      }
    )
  }
})
