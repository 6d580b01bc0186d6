import type { Progress, RunState } from '../../src/shared/training-run'

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
