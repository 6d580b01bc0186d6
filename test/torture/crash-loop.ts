import { messageOf } from '../../src/shared/errors'
import type { Outcome, Scenario } from './scenario'
import { wholeRun } from './support/interruptions'
import { inTime, TrainedService } from './support/trained-service'

export const crashLoop: Scenario = {
  name: 'crash-loop',
  claim:
    'the training process ends three times within five minutes: a person is asked, and resuming ends with the weights of a run that was never interrupted',
  rounds: 5,
  async run({ seed, rounds, progress }): Promise<Outcome> {
    const service = new TrainedService()
    const failures: string[] = []
    try {
      const reference = await wholeRun(service, seed)
      for (let round = 1; round <= rounds; round++) {
        try {
          const asked = await loop(service, seed)
          if (!asked.message.includes('3 times within five minutes')) failures.push(`round ${round}: ${asked.message}`)
          else if (asked.weights !== reference) failures.push(`round ${round}: other weights`)
        } catch (error) {
          failures.push(`round ${round}: ${messageOf(error)}`)
        }
        progress(`${round} of ${rounds}`)
      }
    } finally {
      await service.close()
    }
    return { survived: rounds - failures.length, rounds, figures: {}, failures: [...failures, ...service.defects] }
  }
}

/** @returns what the person is told, and the weights after they said Resume */
async function loop(service: TrainedService, seed: number): Promise<{ message: string; weights: string }> {
  const { client } = service
  const { run, until } = await service.start(seed)
  const asking = inTime(
    'a person is asked',
    new Promise<string>((resolve) => {
      const stop = client.on('training.failed', ({ run: id, error }) => {
        if (id !== run.id) return
        stop()
        resolve(error.message)
      })
    })
  )
  const trains = (): Promise<number> =>
    until('training', (frame) => frame.progress.state === 'running' && frame.steps.last.length > 0)
  let training = trains()
  await service.resume(run)
  for (let kills = 0; kills < 3; kills++) {
    await training
    const ended = service.nextEnd()
    training = trains()
    process.kill(service.trainingPid, 'SIGKILL')
    await ended
  }
  const message = await asking
  const finished = until('the run finishes', (frame) => frame.progress.state === 'finished')
  await service.resume(run)
  await finished
  return { message, weights: await service.weights(run) }
}
