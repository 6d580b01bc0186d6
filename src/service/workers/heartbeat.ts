import { url as debuggerAddress } from 'node:inspector'

/** What a process says of itself when it is asked whether it is there. */
export interface Pulse {
  /** How long the computation under way has shown no progress, and how long it may at most; null while there is none. */
  readonly computing: { readonly milliseconds: number; readonly limit: number } | null
}

const BEAT_MS = 500
/** No answer for this long is a hang. */
const SILENCE_MS = 5000
/** A process that never answered is still starting: a cold disk, a virus scanner. */
const STARTING_MS = 30_000
export interface HeartbeatOptions {
  ping(): Promise<Pulse>
  /** The process hangs; called once, with the reason in words that follow "the training worker …". */
  hung(reason: string): void
}

/**
 * Asks a process again and again whether it is there. Time counts as this process lived it: while it was suspended,
 * stopped or blocked itself, nobody else is to blame, and under a debugger nobody hangs.
 */
export class Heartbeat {
  private readonly timer: NodeJS.Timeout
  private beatAt = performance.now()
  private waitedMs = 0
  private answered = false
  private asking = false

  constructor(private readonly options: HeartbeatOptions) {
    this.timer = setInterval(() => this.beat(), BEAT_MS)
    // The process that is watched keeps this one going, not the watching.
    this.timer.unref()
    this.ask()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private beat(): void {
    const now = performance.now()
    const lived = Math.min(now - this.beatAt, 2 * BEAT_MS)
    this.beatAt = now
    if (!this.asking) {
      this.ask()
      return
    }
    this.waitedMs += lived
    if (this.waitedMs < (this.answered ? SILENCE_MS : STARTING_MS)) return
    const seconds = Math.round((this.answered ? SILENCE_MS : STARTING_MS) / 1000)
    this.tell(this.answered ? `hung: it gave no sign of life for ${seconds} s` : `did not come up within ${seconds} s`)
  }

  private ask(): void {
    this.asking = true
    this.waitedMs = 0
    this.options.ping().then(
      (pulse) => {
        this.asking = false
        this.answered = true
        this.judge(pulse)
      },
      // It is gone, or going; its end tells the story.
      () => undefined
    )
  }

  private judge({ computing }: Pulse): void {
    if (computing === null || computing.milliseconds <= computing.limit) return
    this.tell(`hung: a computation had made no progress for ${Math.round(computing.milliseconds / 1000)} s`)
  }

  private tell(reason: string): void {
    if (debuggerAddress() !== undefined) return
    this.stop()
    this.options.hung(reason)
  }
}
