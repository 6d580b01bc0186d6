import type { Run } from '../../src/shared/contract'
import type { MetricsFrame, Progress, RunState } from '../../src/shared/training-run'

/** How far a run of 100 epochs with eight steps each has come. */
export function progressAt(state: RunState, step: number): Progress {
  return {
    state,
    step,
    epoch: Math.floor(step / 8),
    epochs: 100,
    stepsPerEpoch: 8,
    learningRate: 0.01,
    scheduledRate: 0.01,
    bestEpoch: null,
    stoppedEarly: false,
    stepsPerSecond: 0,
    seconds: 0
  }
}

/** A run of a network with one layer, before its first step. */
export const run: Run = {
  id: 'run',
  name: 'Iris',
  description: {
    engine: 'reference',
    layers: [{ id: 'dense-1', inputs: 1, units: 3 }],
    metric: 'accuracy',
    parameters: 6,
    memoryBytes: 24,
    trainRows: 120,
    validationRows: 30,
    classWeights: null
  },
  progress: progressAt('paused', 0),
  error: null,
  recovery: null,
  sequence: 0
}

/** A frame whose one bucket holds the steps after `from`. */
export function frame(sequence: number, progress: Progress, from: number, rewind?: number): MetricsFrame {
  const measured = { mean: [0.5], min: [0.5], max: [0.5] }
  const steps = { last: [progress.step], count: [progress.step - from] }
  return {
    sequence,
    progress,
    ...(rewind === undefined ? {} : { rewind }),
    steps: { ...steps, loss: measured, gradientNorms: [measured], updateRatios: [measured] },
    epochs: [],
    marks: []
  }
}
