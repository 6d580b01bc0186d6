import { LaminaError, type ErrorData } from '../../src/shared/errors'
import { portPair, type Port } from '../../src/shared/port'
import { createClient, type Client, type Params } from '../../src/shared/rpc'
import type { EpochRecord, MetricsFrame } from '../../src/shared/training-run'
import {
  trainingWorkerContract,
  type TrainingWorkerContract,
  type WrittenCheckpoint
} from '../../src/shared/workers/training'
import type { NetworkPlan } from '../../src/shared/network/plan'
import type { Engine } from '../../src/engine/engine'
import { serveTraining } from '../../src/engine/worker'
import { optimizers } from './networks'

export type LoadParams = Params<TrainingWorkerContract, 'load'>

/** What `load` is asked for where a test does not care. */
export function loadParams(manifestPath: string, network: NetworkPlan, changes: Partial<LoadParams> = {}): LoadParams {
  return {
    manifestPath,
    network,
    optimizer: optimizers.adam,
    epochs: 5,
    batchSize: 8,
    classWeights: 'none',
    schedule: null,
    earlyStopping: null,
    seed: 1,
    shuffle: true,
    gradientClipNorm: null,
    threads: null,
    initialWeights: null,
    checkpoints: null,
    everyEpoch: false,
    ...changes
  }
}

/** The other side of a training worker in this process: keeps what arrives and lets tests wait for it. */
export class Session {
  readonly checkpoints: WrittenCheckpoint[] = []
  readonly checkpointFailures: ErrorData[] = []
  readonly frames: MetricsFrame[] = []
  readonly failures: LaminaError[] = []
  /** Defects either side reported; tests expect none. */
  readonly reported: LaminaError[] = []
  acknowledging = true
  private readonly client: Client<TrainingWorkerContract>
  private readonly port: Port
  private waiting: (() => void)[] = []

  constructor(engine: Engine) {
    const [here, there] = portPair()
    this.port = here
    const report = (error: LaminaError): void => void this.reported.push(error)
    serveTraining(there, report, { engine, fallbackReason: null })
    this.client = createClient(trainingWorkerContract, here, report)
    this.client.on('frame', (frame) => {
      this.frames.push(frame)
      if (this.acknowledging) void this.request('acknowledge', { sequence: frame.sequence })
      this.wake()
    })
    this.client.on('checkpointed', (written) => void this.checkpoints.push(written))
    this.client.on('checkpointFailed', (error) => void this.checkpointFailures.push(error))
    this.client.on('failed', (error) => {
      this.failures.push(LaminaError.fromData(error))
      this.wake()
    })
  }

  get request(): Client<TrainingWorkerContract>['request'] {
    return this.client.request
  }
  get lastFrame(): MetricsFrame | undefined {
    return this.frames.at(-1)
  }
  /** Steps in all buckets that arrived. */
  get stepsReceived(): number {
    return this.frames.reduce((sum, frame) => sum + frame.steps.count.reduce((a, b) => a + b, 0), 0)
  }
  get epochs(): EpochRecord[] {
    return this.frames.flatMap((frame) => frame.epochs)
  }

  /** Waits for a frame or a failure that makes something true. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.waiting.push(resolve))
  }
  async finish(): Promise<void> {
    await this.request('resume', {})
    await this.until(() => this.lastFrame?.progress.state === 'finished')
  }
  close(): void {
    this.port.close()
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }
}
