import type { PowerSaveBlocker } from 'electron'
import type { RunState } from '../shared/training-run'

/** A training run lasts minutes or hours; half of one of these more or less costs nothing. */
const LOOK_MS = 5000

/** Keeps the computer from falling asleep over a training run (its screen may), and no longer. */
export class Wakefulness {
  private readonly timer: NodeJS.Timeout
  private blocker: number | null = null

  /** @param training the state of the current run; null before the first */
  constructor(
    private readonly system: Pick<PowerSaveBlocker, 'start' | 'stop'>,
    private readonly training: () => RunState | null
  ) {
    this.timer = setInterval(() => this.look(), LOOK_MS)
    this.timer.unref()
  }

  end(): void {
    clearInterval(this.timer)
    this.allowSleep()
  }

  private look(): void {
    const state = this.training()
    if (state !== 'running' && state !== 'loading') this.allowSleep()
    else this.blocker ??= this.system.start('prevent-app-suspension')
  }

  private allowSleep(): void {
    if (this.blocker !== null) this.system.stop(this.blocker)
    this.blocker = null
  }
}
