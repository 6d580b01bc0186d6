import { WebSocket } from 'ws'
import { contract } from '../../../src/shared/contract'
import { createClient, type Client } from '../../../src/shared/rpc'
import type { EpochRecord, MetricsFrame, Progress } from '../../../src/shared/training-run'
import { socketLimits, socketPort } from '../../../src/web/socket-port'

/** A second client of the same run, which keeps up: what a window has to have shown in the end, and when it was true. */
export class Witness {
  progress: Progress | null = null
  lastEpoch: EpochRecord | null = null
  /** Steps in all buckets that arrived. */
  steps = 0

  private constructor(
    private readonly client: Client<typeof contract>,
    private readonly report: (problem: unknown) => void
  ) {
    client.on('training.frame', ({ run, frame }) => {
      this.take(frame)
      client.request('training.acknowledge', { run, sequence: frame.sequence }).catch(report)
    })
  }

  /**
   * @param address of the browser host
   * @param cookie that the page was let in with
   * @param report hears of what should not happen
   */
  static async arrive(address: string, cookie: string, report: (problem: unknown) => void): Promise<Witness> {
    const { host, origin } = new URL(address)
    const socket = new WebSocket(`ws://${host}/socket`, { headers: { cookie }, origin })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const client = createClient(
      contract,
      socketPort(socket, { mostBuffered: socketLimits.mostBuffered, report }),
      report
    )
    await client.request('app.hello', {})
    return new Witness(client, report)
  }

  get step(): number {
    return this.progress?.step ?? 0
  }

  leave(): void {
    this.client.close()
  }

  private take({ progress, steps, epochs }: MetricsFrame): void {
    this.progress = progress
    this.lastEpoch = epochs.at(-1) ?? this.lastEpoch
    this.steps += steps.count.reduce((sum, count) => sum + count, 0)
    if (this.steps !== progress.step) this.report(`Buckets cover ${this.steps} of ${progress.step} steps.`)
  }
}
