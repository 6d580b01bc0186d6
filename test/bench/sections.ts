import {
  benchmarkCases,
  benchmarkOptimizers,
  type BenchmarkCase,
  type BenchmarkOptimizer
} from '../../src/engine/benchmark'
import type { Engine } from '../../src/engine'
import { compare, type Entry } from './compare'
import { LaminaParticipant } from './lamina'
import type { Participant, Work } from './participant'

/** What to measure, and who waits to read about it. */
export interface Plan {
  readonly cases: readonly BenchmarkCase[]
  readonly rounds: number
  progress(text: string): void
}

interface CaseResult {
  readonly case: BenchmarkCase['name']
  readonly sizes: readonly number[]
  readonly entries: readonly Entry[]
}

export interface TrainingResult extends CaseResult {
  readonly batchSize: number
  readonly optimizer: BenchmarkOptimizer
  /** How many times PyTorch's time Lamina wants to be below. */
  readonly goal: number
}

export interface InferenceResult extends CaseResult {
  /** Predicted in one call. */
  readonly samples: number
}

export interface ScalingResult extends CaseResult {
  readonly batchSize: number
  readonly optimizer: BenchmarkOptimizer
}

const goals: Readonly<Record<BenchmarkCase['name'], Readonly<Record<BenchmarkOptimizer, number>>>> = {
  S: { sgd: 60, adam: 60 },
  M: { sgd: 6, adam: 6 },
  L: { sgd: 1.5, adam: 2.5 },
  XL: { sgd: 1.25, adam: 1.8 }
}

const inferenceSamples: Readonly<Record<BenchmarkCase['name'], number>> = { S: 10_000, M: 10_000, L: 10_000, XL: 2_048 }

/** Cases large enough for threads to pay. */
const scalingCases: readonly BenchmarkCase['name'][] = ['L', 'XL']

export const casesNamed = (name: BenchmarkCase['name'] | undefined): readonly BenchmarkCase[] =>
  benchmarkCases.filter((chosen) => name === undefined || chosen.name === name)

/** A training step of every case with every optimizer. */
export async function measureTraining(participants: readonly Participant[], plan: Plan): Promise<TrainingResult[]> {
  const results: TrainingResult[] = []
  for (const chosen of plan.cases) {
    for (const optimizer of benchmarkOptimizers) {
      plan.progress(`Training ${chosen.name} with ${optimizer}`)
      const entries = await compare(participants, { do: 'train', case: chosen, optimizer }, plan.rounds)
      results.push({ ...about(chosen), optimizer, goal: goals[chosen.name][optimizer], entries })
    }
  }
  return results
}

/** Predictions of many samples in one call. */
export async function measureInference(participants: readonly Participant[], plan: Plan): Promise<InferenceResult[]> {
  const results: InferenceResult[] = []
  for (const chosen of plan.cases) {
    const samples = inferenceSamples[chosen.name]
    plan.progress(`Predicting ${samples} samples with ${chosen.name}`)
    const entries = await compare(participants, { do: 'infer', case: chosen, samples }, plan.rounds)
    results.push({ case: chosen.name, sizes: chosen.sizes, samples, entries })
  }
  return results
}

/** The engine's training step on one thread and on two. */
export async function measureScaling(engine: Engine, plan: Plan): Promise<ScalingResult[]> {
  const results: ScalingResult[] = []
  for (const chosen of plan.cases.filter(({ name }) => scalingCases.includes(name))) {
    for (const optimizer of benchmarkOptimizers) {
      plan.progress(`Training ${chosen.name} with ${optimizer} on one thread and two`)
      const work: Work = { do: 'train', case: chosen, optimizer }
      const participants = [new LaminaParticipant(engine, 2, '2 threads'), new LaminaParticipant(engine, 1, '1 thread')]
      try {
        results.push({ ...about(chosen), optimizer, entries: await compare(participants, work, plan.rounds) })
      } finally {
        for (const participant of participants) await participant.close()
      }
    }
  }
  return results
}

function about({ name, sizes, batchSize }: BenchmarkCase): {
  case: BenchmarkCase['name']
  sizes: readonly number[]
  batchSize: number
} {
  return { case: name, sizes, batchSize }
}
