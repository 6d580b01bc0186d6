import type { Progress } from '../../shared/training-run'

/** All planned epochs are done. */
export function isComplete(progress: Progress | null): boolean {
  return progress !== null && progress.epoch >= progress.epochs
}

/** Seconds until the last planned epoch at the present pace; null when that cannot be said. */
export function remainingSeconds(progress: Progress | null): number | null {
  if (progress === null || progress.state !== 'running' || progress.stepsPerSecond <= 0) return null
  return Math.max(0, progress.epochs * progress.stepsPerEpoch - progress.step) / progress.stepsPerSecond
}

/** As it is when the run went back to `step`. */
export function backAt(progress: Progress, step: number): Progress {
  return { ...progress, step, epoch: Math.floor(step / Math.max(1, progress.stepsPerEpoch)) }
}
