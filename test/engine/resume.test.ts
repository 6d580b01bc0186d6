import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ScheduleSettings } from '../../src/shared/catalogue/schedules'
import type { NetworkPlan } from '../../src/shared/network/plan'
import type { EpochResult, Trainer, TrainerOptions, TrainerSnapshot } from '../../src/engine/engine'
import { describeEngines } from './engines'
import { chain, optimizers, randomSamples, trainerOptions, withTrainer } from './networks'

const schedules: readonly (ScheduleSettings | null)[] = [
  null,
  { type: 'step', warmupEpochs: 1.5, factor: 0.5, everyEpochs: 1 },
  { type: 'exponential', warmupEpochs: 0, factor: 0.9 },
  { type: 'cosine', warmupEpochs: 0.7, endShare: 0.1 },
  { type: 'reduceOnPlateau', warmupEpochs: 0, factor: 0.5, patience: 0, endShare: 0.01 }
]
function networks(units: number): NetworkPlan[] {
  const dense = chain([3, units, 2], ['tanh', 'softmax'], 'crossEntropy')
  const dropout = { type: 'dropout' as const, id: 'dropout-1', input: 2, units, rate: 0.3 }
  const rest = dense.operations.slice(2).map((operation) => ({ ...operation, input: operation.input + 1 }))
  return [dense, { ...dense, operations: [...dense.operations.slice(0, 2), dropout, ...rest] }]
}

/** @param evaluated samples that the engine evaluates at a time, at most: more, so that this can be cut off */
const settingsFor = (units: number, evaluated: number) =>
  fc.record({
    optimizer: fc.constantFrom(
      ...Object.values(optimizers),
      { ...optimizers.sgd, momentum: 0.9 },
      { ...optimizers.sgd, momentum: 0.9, nesterov: true, l2: 0.01 }
    ),
    schedule: fc.constantFrom(...schedules),
    earlyStopping: fc.constantFrom(
      null,
      { patience: 1, minimumImprovement: 0 },
      { patience: 2, minimumImprovement: 0.1 }
    ),
    network: fc.constantFrom(...networks(units)),
    shuffle: fc.boolean(),
    gradientClipNorm: fc.constantFrom(null, 0.05),
    batchSize: fc.integer({ min: 1, max: 12 }),
    rows: fc.integer({ min: 5, max: 30 }),
    validationRows: fc.constantFrom(0, 9, evaluated + 9),
    weighted: fc.boolean(),
    seed: fc.integer({ min: 0, max: 0xffffffff })
  })
type Settings = ReturnType<typeof settingsFor> extends fc.Arbitrary<infer S> ? S : never

function optionsOf({ rows, validationRows, weighted, ...rest }: Settings): TrainerOptions {
  const weights = Float32Array.from({ length: rows }, (_, i) => (i % 3) / 2)
  const train = { ...randomSamples(rest.network, rows, 1), ...(weighted ? { weights } : {}) }
  const validation = validationRows === 0 ? null : randomSamples(rest.network, validationRows, 2)
  return trainerOptions(rest.network, train, { ...rest, validation, epochs: 6 })
}

interface Trained {
  readonly losses: number[]
  readonly norms: number[]
  readonly ratios: number[]
  readonly epochs: EpochResult[]
}
const nothing = (): Trained => ({ losses: [], norms: [], ratios: [], epochs: [] })

/** Trains up to a step, through every early stop on the way. */
async function trainTo(trainer: Trainer, last: number, into: Trained): Promise<void> {
  while (trainer.step < last || trainer.snapshot().validation !== null) {
    const chunk = await trainer.run({ steps: last - trainer.step, milliseconds: 10_000 })
    into.losses.push(...chunk.loss)
    into.norms.push(...chunk.gradientNorms)
    into.ratios.push(...chunk.updateRatios)
    into.epochs.push(...chunk.epochs)
  }
}

/** Trains to a step and no further, so that an evaluation due there may not even have begun. */
async function interruptAt(trainer: Trainer, step: number, cutsEvaluation: boolean, into: Trained): Promise<void> {
  await trainTo(trainer, Math.max(0, step - 1), into)
  if (step === 0) return
  const running = trainer.run({ steps: 1, milliseconds: cutsEvaluation ? 0 : 10_000 })
  if (cutsEvaluation) trainer.interrupt()
  const chunk = await running
  into.losses.push(...chunk.loss)
  into.norms.push(...chunk.gradientNorms)
  into.ratios.push(...chunk.updateRatios)
  into.epochs.push(...chunk.epochs)
}

function bytesOf({ weights, moments, bestWeights }: TrainerSnapshot): Buffer[] {
  return [...weights, ...moments.flat(), ...(bestWeights ?? [])].map((array) =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength)
  )
}

describeEngines('a trainer given the snapshot of another', (engine) => {
  const settings = engine.name === 'native' ? settingsFor(70, 1024) : settingsFor(5, 64)
  it('goes on bit for bit as if it had never been interrupted', async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        fc.constantFrom(1, 2),
        async (drawn, interruption, more, cutsEvaluation, threads) => {
          const options = optionsOf(drawn)
          const stop = interruption + more
          const change = (trainer: Trainer): void => {
            trainer.setLearningRate(0.02)
            trainer.setEpochs(9)
          }
          const whole = nothing()
          const expected = await withTrainer(engine, options, async (trainer) => {
            await trainTo(trainer, Math.floor(interruption / 2), whole)
            change(trainer)
            await trainTo(trainer, stop, whole)
            return trainer.snapshot()
          })
          const parts = nothing()
          const snapshot = await withTrainer(engine, options, async (trainer) => {
            await trainTo(trainer, Math.floor(interruption / 2), parts)
            change(trainer)
            if (trainer.step < interruption) await interruptAt(trainer, interruption, cutsEvaluation, parts)
            const kept = trainer.snapshot()
            // What the first one does from here on must not show in its snapshot.
            await trainer.run({ steps: 3, milliseconds: 10_000 })
            return kept
          })
          await withTrainer(engine, { ...options, seed: options.seed, threads }, async (trainer) => {
            trainer.restore(snapshot)
            await trainTo(trainer, stop, parts)
            const found = trainer.snapshot()
            expect(bytesOf(found)).toEqual(bytesOf(expected))
            expect({ ...found, weights: 0, moments: 0, bestWeights: 0 }).toEqual({
              ...expected,
              weights: 0,
              moments: 0,
              bestWeights: 0
            })
            expect(trainer.scheduledRate).toBe(options.schedule === null ? 0.02 : trainer.scheduledRate)
          })
          expect(parts).toEqual(whole)
        }
      ),
      { numRuns: 50, seed: 5 }
    )
  })
})
