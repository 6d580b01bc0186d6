import { RandomWords } from '../../../src/engine/random'
import { messageOf } from '../../../src/shared/errors'
import type { Ordeal, Outcome } from '../scenario'
import { TrainedService } from './trained-service'

export interface Interruption {
  /** What is done to the process that trains. */
  readonly harm: (pid: number) => void
  /** A part of the reason that a person is told. */
  readonly reason: string
  /** Milliseconds until a window hears of it, at most. */
  readonly noticeWithin: number
  /** Milliseconds from then until steps come again, at most. */
  readonly againWithin: number
  readonly service?: () => TrainedService
}

/** One round in so many comes before there is a checkpoint, so that the run begins anew. */
const EARLY_EVERY = 10

/**
 * Interrupt runs at a step that is drawn by chance: each has to be noticed in time, go on by itself in time, from its
 * checkpoint, and end with the weights of a run that was never interrupted.
 */
export async function interrupted({ seed, rounds, progress }: Ordeal, interruption: Interruption): Promise<Outcome> {
  const { harm, reason, noticeWithin, againWithin } = interruption
  const random = new RandomWords(seed, 0, 0, 0)
  const service = interruption.service?.() ?? new TrainedService()
  const failures: string[] = []
  let [longestNotice, longestAgain, fromCheckpoint, midEpoch] = [0, 0, 0, 0]
  try {
    const reference = await wholeRun(service, seed)
    for (let round = 1; round <= rounds; round++) {
      try {
        const { run, steps, until } = await service.start(seed)
        const early = round % EARLY_EVERY === 0
        const drawn = random.next() / 2 ** 32
        // Not so late that the run may be over before the harm is done: frames tell what was.
        const at = Math.ceil(steps * (early ? 0.05 + 0.05 * drawn : 0.2 + 0.5 * drawn))
        const there = until(`step ${at}`, (frame) => frame.progress.step >= at)
        await service.resume(run)
        await there
        if (!early) await service.checkpointed(run)
        const ended = service.nextEnd()
        let back = -1
        const again = until('training goes on', (frame) => {
          if (frame.rewind !== undefined) back = frame.rewind
          return back >= 0 && frame.steps.last.length > 0
        })
        const finished = until('the run finishes', (frame) => frame.progress.state === 'finished')
        const harmed = performance.now()
        harm(service.trainingPid)
        const end = await ended
        const notice = end.at - harmed
        const resumed = (await again) - end.at
        await finished
        longestNotice = Math.max(longestNotice, notice)
        longestAgain = Math.max(longestAgain, resumed)
        if (back > 0) fromCheckpoint += 1
        if (back % run.progress.stepsPerEpoch > 0) midEpoch += 1
        const wrong = [
          ...(end.reason.includes(reason) ? [] : [`the reason was “${end.reason}”`]),
          ...(notice <= noticeWithin ? [] : [`noticed after ${Math.round(notice)} ms`]),
          ...(resumed <= againWithin ? [] : [`trained again after ${Math.round(resumed)} ms`]),
          ...(early || back > 0 ? [] : ['began anew, though there was a checkpoint']),
          ...((await service.weights(run)) === reference ? [] : [`other weights, after going on from step ${back}`])
        ]
        if (wrong.length > 0) failures.push(`round ${round}, at step ${at}: ${wrong.join('; ')}`)
      } catch (error) {
        failures.push(`round ${round}: ${messageOf(error)}`)
      }
      if (round % 10 === 0) progress(`${round} of ${rounds}`)
    }
  } finally {
    await service.close()
  }
  const survived = rounds - failures.length
  return {
    survived,
    rounds,
    figures: {
      'longest until noticed': `${Math.round(longestNotice)} ms`,
      'longest until training again': `${Math.round(longestAgain)} ms`,
      'gone on from a checkpoint': `${fromCheckpoint} of ${rounds}`,
      'of them in the middle of an epoch': midEpoch
    },
    failures: [...failures, ...service.defects]
  }
}

/** @returns the weights of a run that nothing happens to */
export async function wholeRun(service: TrainedService, seed: number): Promise<string> {
  const { run, until } = await service.start(seed)
  const finished = until('the run finishes', (frame) => frame.progress.state === 'finished')
  await service.resume(run)
  await finished
  return service.weights(run)
}
