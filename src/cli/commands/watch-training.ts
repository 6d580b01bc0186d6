import type { Run } from '../../shared/contract'
import { LaminaError } from '../../shared/errors'
import type { EpochRecord, MetricsFrame, Progress } from '../../shared/training-run'
import { metricsLine, type MetricsFile } from '../metrics-file'
import type { ProgressLine } from '../progress-line'
import type { Session } from '../session'

export interface TrainingOutcome {
  readonly progress: Progress
  /** The epoch whose weights the run has to show for: the best or the last whole one; null when there was none. */
  readonly keptEpoch: EpochRecord | null
}

/**
 * Let a paused run go and follow it to its end; Ctrl+C stops it in good order.
 * @throws LaminaError when training failed or its worker died
 */
export async function watchTraining(
  session: Session,
  run: Run,
  line: ProgressLine,
  metrics: MetricsFile | null
): Promise<TrainingOutcome> {
  const { client } = session
  const listening: (() => void)[] = []
  const outcome = new Promise<TrainingOutcome>((resolve, reject) => {
    let lastEpoch: EpochRecord | null = null
    let bestEpoch: EpochRecord | null = null
    let written = run.progress.epoch
    let over = false
    let work: Promise<unknown> = Promise.resolve()
    /** One after the other, so that lines keep their order and a frame is acknowledged when it is on its way to disk. */
    const then = (next: () => Promise<void>): void => {
      work = work.then(next).catch(reject)
    }

    const take = async (frame: MetricsFrame): Promise<void> => {
      const { progress } = frame
      lastEpoch = frame.epochs.at(-1) ?? lastEpoch
      bestEpoch = frame.epochs.find(({ epoch }) => epoch === progress.bestEpoch) ?? bestEpoch
      // A run that went back to its checkpoint comes by the same epochs again.
      const fresh = frame.epochs.filter(({ epoch }) => epoch > written)
      written = fresh.at(-1)?.epoch ?? written
      const lines = fresh.map((record) => metricsLine(record, run.description)).join('')
      if (lines !== '') await metrics?.add(lines)
      await client.request('training.acknowledge', { run: run.id, sequence: frame.sequence })
      // A run at rest may tell once more where it is, when the next one has begun already.
      if (over) return
      over = progress.state === 'finished' || progress.state === 'stopped'
      line.show(statusOf(progress, lastEpoch), over)
      if (over) resolve({ progress, keptEpoch: progress.state === 'finished' ? (bestEpoch ?? lastEpoch) : lastEpoch })
    }

    listening.push(
      client.on('training.frame', ({ run: id, frame }) => {
        if (id === run.id) then(() => take(frame))
      }),
      client.on('training.recovery', ({ run: id, recovery: { phase, reason, step } }) => {
        if (id === run.id && phase === 'resumed')
          line.note(`The training process ${reason}; training went on from step ${step}.`)
      }),
      client.on('training.failed', ({ run: id, error }) => {
        if (id === run.id) then(() => Promise.reject(LaminaError.fromData(error)))
      })
    )
    client.request('training.resume', { run: run.id }).catch(reject)
    session.onInterrupt(() => {
      client.request('training.stop', { run: run.id }).catch(reject)
    })
  })
  try {
    return await outcome
  } finally {
    for (const stop of listening) stop()
  }
}

function statusOf(progress: Progress, lastEpoch: EpochRecord | null): Parameters<ProgressLine['show']>[0] {
  const { epoch, epochs, step, stepsPerEpoch, stepsPerSecond } = progress
  return {
    epoch,
    epochs,
    step,
    steps: epochs * stepsPerEpoch,
    stepsPerSecond,
    trainLoss: lastEpoch?.trainLoss ?? null,
    validationLoss: lastEpoch?.validationLoss ?? null
  }
}
