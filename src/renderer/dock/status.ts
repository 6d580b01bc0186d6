import type { RunState } from '../../shared/training-run'

export type ShownState = RunState | 'idle'

export const stateWords: Readonly<Record<ShownState, string>> = {
  idle: 'Not trained',
  loading: 'Preparing',
  running: 'Training',
  paused: 'Paused',
  finished: 'Finished',
  stopped: 'Stopped',
  failed: 'Failed'
}

/** The state in a word or two; a run that early stopping finished has its own. */
export function stateWord(state: ShownState, stoppedEarly: boolean): string {
  return stoppedEarly ? 'Stopped early' : stateWords[state]
}

/** What the main button does. A paused run of an older design is not gone on with: training starts anew. */
export type MainAction = 'train' | 'pause' | 'resume'
export function mainAction(state: ShownState, stale: boolean): MainAction {
  if (state === 'running') return 'pause'
  return state === 'paused' && !stale ? 'resume' : 'train'
}

/** Share of the planned steps that is done, 0 … 1. */
export function shareDone(progress: { step: number; epochs: number; stepsPerEpoch: number } | null): number {
  if (progress === null) return 0
  const planned = progress.epochs * progress.stepsPerEpoch
  return planned === 0 ? 0 : Math.min(1, progress.step / planned)
}
