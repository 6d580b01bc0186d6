import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  contract,
  type FilePurpose,
  type FileRef,
  type LaminaContract,
  type OpenDataset,
  type Run
} from '../../../src/shared/contract'
import type { Design } from '../../../src/shared/design/schema'
import type { LaminaError } from '../../../src/shared/errors'
import type { Port } from '../../../src/shared/port'
import { createClient, type Client } from '../../../src/shared/rpc'
import type { MetricsFrame, RunState } from '../../../src/shared/training-run'
import { LocalWorkers } from '../../support/local-workers'
import { createTestService, resources, type TestService } from '../../support/test-service'

/** Two ports joined by the transport under test. */
export interface Link {
  /** Where a page would be. */
  readonly client: Port
  /** Where the service is connected. */
  readonly service: Port
}

/** One service and one client over the transport under test, with what most cases begin with. */
export class Harness {
  readonly workers = new LocalWorkers()
  private readonly reports: LaminaError[] = []
  private connected: { host: TestService; client: Client<LaminaContract> } | null = null
  private folders = 0

  /** @param link makes a fresh pair of joined ports */
  constructor(
    readonly root: string,
    readonly link: () => Promise<Link>
  ) {}

  async open(): Promise<void> {
    const host = createTestService(this.root, this.workers.start)
    this.connected = { host, client: await this.connect(host) }
  }

  /** Ends everything, and sees that no message broke the contract and no defect was logged. */
  async close(): Promise<void> {
    await this.host.service.close()
    await this.workers.disposed()
    expect(this.reports).toEqual([])
    expect(this.workers.reports).toEqual([])
    expect(this.host.logged.filter((line) => line.startsWith('error'))).toEqual([])
  }

  get host(): TestService {
    return this.required().host
  }
  get client(): Client<LaminaContract> {
    return this.required().client
  }

  async connect(to: TestService): Promise<Client<LaminaContract>> {
    const ports = await this.link()
    to.service.connect(ports.service)
    return createClient(contract, ports.client, (error) => this.reports.push(error))
  }

  newFolder(): string {
    const folder = join(this.root, `case-${this.folders++}`)
    mkdirSync(folder)
    return folder
  }
  write(folder: string, file: string, text: string): string {
    const path = join(folder, file)
    writeFileSync(path, text)
    return path
  }
  grant(path: string, purpose: FilePurpose): Promise<FileRef> {
    return this.host.service.grantFile(path, purpose)
  }

  /** The example with five epochs instead of a hundred. */
  async irisDesign(): Promise<Design> {
    const { design } = await this.client.request('design.openExample', { example: 'iris' })
    return { ...design, training: { ...design.training, epochs: 5 } }
  }
  async openIris(): Promise<OpenDataset> {
    const file = await this.grant(join(resources, 'examples', 'iris.csv'), 'dataset')
    return this.client.request('dataset.open', { file: file.id, overrides: {} })
  }

  async train(
    design: Design,
    options: { paused?: boolean; initialWeights?: string; seed?: number; threads?: number } = {}
  ): Promise<Run> {
    const { id: dataset } = await this.openIris()
    return this.client.request('training.start', {
      design,
      dataset,
      initialWeights: options.initialWeights ?? null,
      paused: options.paused ?? false,
      everyEpoch: true,
      seed: options.seed ?? null,
      threads: options.threads ?? null
    })
  }
  /** Take in every frame until this state, and return them all. */
  untilState(run: string, wanted: RunState): Promise<MetricsFrame[]> {
    return new Promise((resolve) => {
      const frames: MetricsFrame[] = []
      const stop = this.client.on('training.frame', ({ run: id, frame }) => {
        if (id !== run) return
        frames.push(frame)
        void this.client.request('training.acknowledge', { run, sequence: frame.sequence })
        if (frame.progress.state !== wanted) return
        stop()
        resolve(frames)
      })
    })
  }
  async trained(options: { seed?: number } = {}): Promise<Run> {
    const run = await this.train(await this.irisDesign(), { paused: true, ...options })
    const finished = this.untilState(run.id, 'finished')
    await this.client.request('training.resume', { run: run.id })
    await finished
    return run
  }
  /** @returns the path of the weights of a fresh training */
  async exported(folder: string, file = 'iris.weights.json'): Promise<string> {
    const run = await this.trained()
    this.host.answers.save = join(folder, file)
    await this.client.request('weights.export', { run: run.id, file: null })
    return join(folder, file)
  }
  /** @returns the id of imported weights of a fresh training */
  async imported(): Promise<string> {
    const file = await this.grant(await this.exported(this.newFolder()), 'weights')
    return (await this.client.request('weights.import', { file: file.id })).id
  }

  private required(): { host: TestService; client: Client<LaminaContract> } {
    if (this.connected === null) throw new Error('The harness is not open.')
    return this.connected
  }
}
