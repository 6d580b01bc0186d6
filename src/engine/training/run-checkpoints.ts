import type { LaminaError } from '../../shared/errors'
import type { WrittenCheckpoint } from '../../shared/workers/training'
import type { Checkpoint } from '../checkpoints/checkpoint'
import type { CheckpointKeeper } from '../checkpoints/keeper'

/** A state that was copied, on its way to the disk. In an object, because promises cannot hold promises. */
export interface Kept {
  readonly written: Promise<WrittenCheckpoint>
}

/** When a run's state is copied: where trainer and records are at the same step. */
export class RunCheckpoints {
  /** Who waits for training under way to come to such a place. */
  private waiters: ((kept: Kept | Promise<Kept>) => void)[] = []
  /** Whether something changed while a checkpoint was being written, that will not be in it. */
  private unkept = false
  private closed = false

  /**
   * @param capture copies the run's state
   * @param isResting whether nothing is being trained
   */
  constructor(
    private readonly keeper: CheckpointKeeper,
    private readonly capture: () => Checkpoint,
    private readonly isResting: () => boolean
  ) {}

  /** Training goes on. */
  begin(): void {
    this.keeper.begin()
  }

  /** A person changed what is trained: that is kept at once, and not repeated by a run that goes on from before it. */
  keepChange(): void {
    if (this.isResting()) this.keepAtRest()
    else this.keeper.hurry()
  }

  /** Whether training should stop for a moment. */
  get isDue(): boolean {
    return this.waiters.length > 0 || this.keeper.isDue
  }
  get isAwaited(): boolean {
    return this.waiters.length > 0
  }

  /** Copies the state as it is now, which then is written. */
  keep(): Kept {
    const written = this.keeper.keep(this.capture)
    // Failures are told by the keeper; whoever waits for this one hears of it as well.
    written.catch(() => undefined)
    for (const resolve of this.waiters.splice(0)) resolve({ written })
    return { written }
  }

  /** When training comes to a place for it. */
  keepSoon(): Promise<Kept> {
    return new Promise((resolve) => this.waiters.push(resolve))
  }

  /** Training ended in a way that leaves nothing to keep. */
  refuse(error: LaminaError): void {
    for (const resolve of this.waiters.splice(0)) resolve(Promise.reject(error))
  }

  /** Keeps the state of a run that rests, unless one is being written: then it follows. */
  keepAtRest(): void {
    if (!this.isResting()) return
    if (this.keeper.isBusy) {
      this.unkept = true
      return
    }
    this.unkept = false
    const followUp = (): void => {
      if (this.unkept && !this.closed) this.keepAtRest()
    }
    this.keep().written.then(followUp, followUp)
  }

  /** Settles when the last state is on the disk, and nothing is written any more. */
  async close(): Promise<void> {
    this.closed = true
    await this.keeper.settled()
    if (this.unkept) this.keepAtRest()
    await this.keeper.settled()
  }
}
