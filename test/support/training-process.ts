import { existsSync } from 'node:fs'
import { startNodeWorker, type WorkerProcess } from '../../src/service'
import { LaminaError, type ErrorData } from '../../src/shared/errors'
import { createClient, type Client, type Params, type Result } from '../../src/shared/rpc'
import type { Progress } from '../../src/shared/training-run'
import { trainingWorkerContract, type TrainingWorkerContract } from '../../src/shared/workers/training'
import { builtWorkers } from './processes'

export type Load = Params<TrainingWorkerContract, 'load'>

/** The built training worker in a process of its own, and whoever reads its frames. */
export class TrainingProcess {
  progress: Progress | null = null
  failure: ErrorData | null = null
  checkpoints = 0
  private readonly worker: WorkerProcess
  private readonly client: Client<TrainingWorkerContract>
  private waiting: (() => void)[] = []

  constructor() {
    this.worker = startNodeWorker('training', builtWorkers())
    this.client = createClient(trainingWorkerContract, this.worker.port, (error) => {
      throw error
    })
    this.client.on('frame', ({ sequence, progress }) => {
      this.progress = progress
      this.request('acknowledge', { sequence }).catch(() => undefined)
      this.wake()
    })
    this.client.on('failed', (error) => {
      this.failure = error
      this.wake()
    })
    this.client.on('checkpointed', () => {
      this.checkpoints += 1
      this.wake()
    })
    this.client.on('checkpointFailed', ({ message }) => {
      throw new Error(message)
    })
  }

  get request(): Client<TrainingWorkerContract>['request'] {
    return this.client.request
  }

  /** Loads a run, and goes on from its checkpoint where there is one. */
  load(params: Load): Promise<Result<TrainingWorkerContract, 'load'>> {
    const { checkpoints } = params
    if (checkpoints === null) return this.request('load', params)
    return this.request('load', { ...params, checkpoints: { ...checkpoints, resume: existsSync(checkpoints.path) } })
  }

  /** Waits for a frame, a failure or a checkpoint that makes something true. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.waiting.push(resolve))
  }

  /** Trains to the end, or to a failure. */
  async finish(): Promise<void> {
    await this.request('resume', {})
    await this.until(() => this.failure !== null || this.progress?.state === 'finished')
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }

  /** kill -9 */
  async kill(): Promise<void> {
    if (this.worker.pid !== undefined) process.kill(this.worker.pid, 'SIGKILL')
    await this.worker.exited
  }
}

/** What `work` is refused with. @throws Error when it is not */
export async function refusalOf(work: Promise<unknown>): Promise<LaminaError> {
  try {
    await work
  } catch (error) {
    if (error instanceof LaminaError) return error
    throw error
  }
  throw new Error('It was not refused.')
}
