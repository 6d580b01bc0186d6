import {
  benchmarkTrainer,
  randomSamples,
  timeTraining,
  type BenchmarkCase,
  type Timing
} from '../../src/engine/benchmark'
import type { Engine, FloatArray, Trainer } from '../../src/engine'
import type { Duration, Participant, Work } from './participant'

/** The engine, called as the training worker calls it. It trains on a thread of its own while this one waits. */
export class LaminaParticipant implements Participant {
  readonly threadChoices: readonly (number | null)[]
  private prepared: { readonly key: string; readonly trainer: Trainer; readonly features: FloatArray } | null = null

  /** @param threads null: the engine decides */
  constructor(
    private readonly engine: Engine,
    threads: number | null,
    readonly name = 'Lamina'
  ) {
    this.threadChoices = [threads]
  }

  accepts(): boolean {
    return true
  }

  async measure(
    work: Work,
    threads: number | null,
    { warmUpMilliseconds, milliseconds }: Duration
  ): Promise<Timing & { threads: number }> {
    const { trainer, features } = this.prepare(work, threads)
    const time = (duration: number): Promise<Timing> =>
      work.do === 'train' ? timeTraining(trainer, duration) : timePrediction(trainer, features, work.samples, duration)
    await time(warmUpMilliseconds)
    return { ...(await time(milliseconds)), threads: trainer.threads }
  }

  close(): Promise<void> {
    this.prepared?.trainer.dispose()
    this.prepared = null
    return Promise.resolve()
  }

  /** A network is kept from round to round, until another one is asked for. */
  private prepare(work: Work, threads: number | null): { trainer: Trainer; features: FloatArray } {
    const key = JSON.stringify([work, threads])
    if (this.prepared?.key === key) return this.prepared
    this.prepared?.trainer.dispose()
    this.prepared = null
    const optimizer = work.do === 'train' ? work.optimizer : 'sgd'
    this.prepared = {
      key,
      trainer: benchmarkTrainer(this.engine, work.case, { optimizer, ...(threads === null ? {} : { threads }) }),
      features: work.do === 'train' ? new Float32Array() : featuresOf(work.case, work.samples)
    }
    return this.prepared
  }
}

function featuresOf({ sizes }: BenchmarkCase, samples: number): FloatArray {
  return randomSamples({ inputs: sizes[0] ?? 0, outputs: sizes.at(-1) ?? 0 }, samples).features
}

/** Predict all samples in one call, and again for so long. */
async function timePrediction(
  trainer: Trainer,
  features: FloatArray,
  samples: number,
  milliseconds: number
): Promise<Timing> {
  const start = performance.now()
  for (let count = 1; ; count++) {
    await trainer.predict(features, samples)
    const elapsed = performance.now() - start
    if (elapsed >= milliseconds) return { count, seconds: elapsed / 1000 }
  }
}
