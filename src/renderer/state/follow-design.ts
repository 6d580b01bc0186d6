import type { TrainingSettings } from '../../shared/design/schema'
import { doc, type ChangeCause } from './document.svelte'
import { run } from './run.svelte'

/** A scrub changes the value many times a second; the run hears of it this often. */
const SEND_MS = 120

/**
 * Let the run go on with the design's learning rate and epochs when those are edited, undone or redone; every other
 * setting is for the next run. @returns a function that stops
 */
export function followDesign(): () => void {
  let before = doc.design.training
  let timer = 0
  const stop = doc.onChange((cause) => {
    const after = doc.design.training
    if (movesRate(before, after, cause)) {
      window.clearTimeout(timer)
      timer = window.setTimeout(sendRate, SEND_MS)
    }
    // While epochs are typed, "2" of "200" would end the run: the field sends them when it is left.
    if ((cause === 'undo' || cause === 'redo') && before.epochs !== after.epochs) sendEpochs()
    before = after
  })
  return () => {
    stop()
    window.clearTimeout(timer)
  }
}

/** Plan as many epochs for the run as the design says, if it can still do so. */
export function sendEpochs(): void {
  const progress = run.progress
  const { epochs } = doc.design.training
  const extendable = run.isActive || run.state === 'finished' || run.state === 'stopped'
  if (progress === null || !extendable || run.staleReason !== null) return
  if (progress.epochs !== epochs) void run.setEpochs(epochs)
}

function sendRate(): void {
  const { learningRate } = doc.design.training.optimizer
  // Also when it is the rate that is shown: what is shown is a moment old, and the change that is undone may be on its way.
  if (run.isActive && !run.starting) void run.setLearningRate(learningRate)
}

/** Another optimizer's rate means nothing to the one that is running. */
function movesRate(before: TrainingSettings, after: TrainingSettings, cause: ChangeCause): boolean {
  const running = run.source?.design.training.optimizer.type ?? before.optimizer.type
  return (
    cause !== 'other' &&
    run.isActive &&
    before.optimizer.type === after.optimizer.type &&
    after.optimizer.type === running &&
    before.optimizer.learningRate !== after.optimizer.learningRate
  )
}
