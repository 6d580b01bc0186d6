import { startNodeWorker, type WorkerProcess } from '../../../src/service'
import { messageOf } from '../../../src/shared/errors'
import { createClient, type Client } from '../../../src/shared/rpc'
import { dataWorkerContract, type DataWorkerContract } from '../../../src/shared/workers/data'
import { builtWorkers } from '../../support/processes'

/** A data process of the built program, and what broke its contract. */
export class DataProcess {
  readonly defects: string[] = []
  readonly client: Client<DataWorkerContract>
  private readonly worker: WorkerProcess

  constructor() {
    this.worker = startNodeWorker('data', builtWorkers())
    this.client = createClient(dataWorkerContract, this.worker.port, (error) => this.defects.push(messageOf(error)))
  }

  async end(): Promise<void> {
    this.worker.kill()
    await this.worker.exited
  }
}
