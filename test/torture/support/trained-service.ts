import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startNodeWorker, type WorkerKind, type WorkerProcess } from '../../../src/service'
import { contract, type LaminaContract, type Run } from '../../../src/shared/contract'
import { LaminaError } from '../../../src/shared/errors'
import { portPair } from '../../../src/shared/port'
import { createClient, type Client } from '../../../src/shared/rpc'
import type { MetricsFrame } from '../../../src/shared/training-run'
import { builtWorkers } from '../../support/processes'
import { createTestService, type TestService } from '../../support/test-service'

/** Several seconds of training on the example: the first checkpoint comes after one. */
const EPOCHS = 300_000
const LOOK_AGAIN_MS = 20
/** Nothing that is waited for here takes this long. */
const PATIENCE_MS = 120_000

export interface Watched {
  readonly run: Run
  /** All steps of the run. */
  readonly steps: number
  /** The first frame for which something holds, and when it came. */
  until(what: string, holds: (frame: MetricsFrame) => boolean): Promise<number>
}

/** A whole service with workers of the built program, and a client that trains the example on it. */
export class TrainedService {
  readonly client: Client<LaminaContract>
  private readonly workers: Record<WorkerKind, WorkerProcess[]> = { data: [], training: [] }
  private readonly host: TestService
  private readonly folder = mkdtempSync(join(tmpdir(), 'lamina-torture-'))
  /** What broke a contract or was logged as a defect: failures of the program itself. */
  readonly defects: string[] = []

  /** @param start starts a worker; one of the built program when left out */
  constructor(start: (kind: WorkerKind) => WorkerProcess = (kind) => startNodeWorker(kind, builtWorkers())) {
    this.host = createTestService(this.folder, (kind) => {
      const worker = start(kind)
      this.workers[kind].push(worker)
      return worker
    })
    const [ours, theirs] = portPair()
    this.host.service.connect(theirs)
    this.client = createClient(contract, ours, (error) => this.defects.push(error.message))
  }

  /** The process that trains at the moment. */
  get trainingPid(): number {
    const pid = this.workers.training.at(-1)?.pid
    if (pid === undefined) throw new LaminaError('internal', 'No training worker was started.')
    return pid
  }

  async start(seed: number): Promise<Watched> {
    const { design, dataset } = await this.client.request('design.openExample', { example: 'iris' })
    const { id } = await this.client.request('dataset.open', { file: dataset?.id ?? '', overrides: {} })
    const run = await this.client.request('training.start', {
      design: { ...design, training: { ...design.training, epochs: EPOCHS } },
      dataset: id,
      initialWeights: null,
      paused: true,
      everyEpoch: false,
      seed,
      threads: 1
    })
    const listeners = new Set<(frame: MetricsFrame) => void>()
    this.client.on('training.frame', ({ run: id_, frame }) => {
      if (id_ !== run.id) return
      this.client.request('training.acknowledge', { run: run.id, sequence: frame.sequence }).catch(() => undefined)
      for (const listener of listeners) listener(frame)
    })
    return {
      run,
      steps: run.progress.epochs * run.progress.stepsPerEpoch,
      until: (what, holds) =>
        inTime(
          what,
          new Promise((resolve) => {
            const listener = (frame: MetricsFrame): void => {
              if (!holds(frame)) return
              listeners.delete(listener)
              resolve(performance.now())
            }
            listeners.add(listener)
          })
        )
    }
  }

  resume(run: Run): Promise<unknown> {
    return this.client.request('training.resume', { run: run.id })
  }

  /** The run has a checkpoint to go on from. */
  checkpointed(run: Run): Promise<void> {
    const look = async (): Promise<void> => {
      const { runs } = await this.client.request('runs.list', {})
      if ((runs.find(({ id }) => id === run.id)?.resumesAt ?? null) !== null) return
      await delay(LOOK_AGAIN_MS)
      await look()
    }
    return inTime('the run has a checkpoint', look())
  }

  /** The next time the training process ends, as a window hears of it. */
  nextEnd(): Promise<{ reason: string; at: number }> {
    return inTime(
      'a window hears that the process ended',
      new Promise((resolve) => {
        const stop = this.client.on('worker.ended', ({ worker, reason }) => {
          if (worker !== 'training') return
          stop()
          resolve({ reason, at: performance.now() })
        })
      })
    )
  }

  /** The weights of the run as a document: byte for byte the same for the same training. */
  async weights(run: Run): Promise<string> {
    this.host.answers.save = join(this.folder, 'weights.json')
    await this.client.request('weights.export', { run: run.id, file: null })
    return readFileSync(this.host.answers.save, 'utf8')
  }

  async close(): Promise<void> {
    await this.host.service.close()
    this.defects.push(...this.host.logged.filter((line) => line.startsWith('error')))
    await rm(this.folder, { recursive: true, force: true })
  }
}

export function inTime<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LaminaError('internal', `It never happened: ${what}.`)), PATIENCE_MS)
  })
  const first = Promise.race([work, late]).finally(() => clearTimeout(timer))
  // It may come too late for whoever gave up waiting after an earlier failure.
  first.catch(() => undefined)
  return first
}
