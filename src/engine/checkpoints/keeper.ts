import { writeFileAtomically } from '../../files/atomic-write'
import { LaminaError, messageOf, toErrorData, type ErrorData } from '../../shared/errors'
import type { DenseOperation } from '../../shared/network/plan'
import type { WrittenCheckpoint } from '../../shared/workers/training'
import type { Checkpoint } from './checkpoint'
import { encode } from './format'

/** The first one comes soon, so that even a short run has something to go on from. */
const FIRST_MS = 1000
/** Training time between two of them, at least: more often would save nobody anything. */
export const LEAST_INTERVAL_MS = 5000
/** Time between two of them, in the time one takes: 1/60 is less than 2 %. */
export const INTERVAL_COSTS = 60
/** How long a checkpoint waits for its frames to have arrived. */
const PATIENCE_MS = 5000

/** Where a keeper tells what became of checkpoints. */
export interface CheckpointListener {
  checkpointed(written: WrittenCheckpoint): void
  checkpointFailed(error: ErrorData): void
}

/**
 * Decides when a run's state is written to the disk, and writes it while training goes on: one file, the newest state
 * in place of the one before, wholly or not at all.
 */
export class CheckpointKeeper {
  /** Milliseconds of `now`, from which on a checkpoint is due; null before training began. */
  private dueAt: number | null = null
  private writing: Promise<unknown> = Promise.resolve()
  private waiting = 0
  /** Something changed that no later step would bring again. */
  private hurried = false
  /** Whether the last write failed, which was told then. */
  private failing = false

  /**
   * @param path of the file, which nobody else writes
   * @param layers of the network
   * @param delivered settles when everything reported so far has arrived
   * @param now milliseconds of a monotonic clock
   */
  constructor(
    private readonly path: string,
    private readonly layers: readonly DenseOperation[],
    private readonly listener: CheckpointListener,
    private readonly delivered: () => Promise<void>,
    private readonly now: () => number = () => performance.now()
  ) {}

  /** Training goes on. */
  begin(): void {
    this.dueAt ??= this.now() + FIRST_MS
  }

  /** Whether one is being written, or waits for that. */
  get isBusy(): boolean {
    return this.waiting > 0
  }

  /** Whether it is time for one. Never while one is being written. */
  get isDue(): boolean {
    return !this.isBusy && (this.hurried || (this.dueAt !== null && this.now() >= this.dueAt))
  }

  /** The next one is due as soon as none is being written. */
  hurry(): void {
    this.hurried = true
  }

  /**
   * Writes a run's state.
   * @param capture copies it; called at once
   * @returns when it is on the disk
   * @throws LaminaError `writeFailed` or `permissionDenied`, which the listener has heard of
   */
  keep(capture: () => Checkpoint): Promise<WrittenCheckpoint> {
    const started = this.now()
    this.hurried = false
    let checkpoint
    try {
      checkpoint = capture()
    } catch (error) {
      const reason = `the state of the run cannot be copied (${messageOf(error)})`
      const { path } = this
      return Promise.reject(
        this.failed(new LaminaError('writeFailed', `Cannot write ${path}: ${reason}.`, { path }, error), started)
      )
    }
    const capturing = this.now() - started
    const delivered = this.delivered()
    this.waiting += 1
    const written = this.writing.then(() => this.write(checkpoint, delivered, capturing))
    this.writing = written.then(
      () => undefined,
      () => undefined
    )
    return written.finally(() => {
      this.waiting -= 1
    })
  }

  /** Settles when nothing is being written. */
  async settled(): Promise<void> {
    await this.writing
  }

  private async write(checkpoint: Checkpoint, delivered: Promise<void>, capturing: number): Promise<WrittenCheckpoint> {
    await patiently(delivered)
    const started = this.now()
    try {
      let bytes = 0
      const counted = async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
        for await (const piece of pieces) {
          bytes += piece.length
          yield piece
        }
      }
      await writeFileAtomically(this.path, counted(encode(checkpoint, this.layers)), { soleWriter: true })
      this.failing = false
      const { step, epoch } = checkpoint.trainer
      this.listener.checkpointed({ step, epoch, bytes })
      return { step, epoch, bytes }
    } catch (error) {
      throw this.failed(error, started)
    } finally {
      this.waitSince(started - capturing)
    }
  }

  /** Tells of the first of several failures. @returns the error */
  private failed(error: unknown, started: number): unknown {
    if (!this.failing) this.listener.checkpointFailed(toErrorData(error))
    this.failing = true
    this.waitSince(started)
    return error
  }

  private waitSince(started: number): void {
    const cost = this.now() - started
    this.dueAt = this.now() + Math.max(LEAST_INTERVAL_MS, INTERVAL_COSTS * cost)
  }
}

/** Waits, but not for ever: work that is lost is worse than a gap in a curve. */
async function patiently(delivered: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS)
  })
  await Promise.race([delivered, late])
  clearTimeout(timer)
}
