/** Frames on their way that were not acknowledged yet, at most. */
const MOST_IN_FLIGHT = 2
/** As often as a window shows something new. */
const FRAME_MILLISECONDS = 50

/**
 * Decides when frames are sent: no faster than a screen shows them and no faster than the other side takes them in.
 * What happens meanwhile is merged by whoever makes the frames, so nothing queues up and nothing is lost.
 */
export class FramePacer {
  private sent = 0
  private acknowledged = 0
  /** When the next frame may go out. */
  private due = Number.NEGATIVE_INFINITY
  /** A frame that must go out as soon as there is room, and who waits for that. */
  private urgent: (() => void)[] | null = null
  private waitingForRoom: (() => void)[] = []
  private waitingForArrival: { readonly sequence: number; readonly resolve: () => void }[] = []
  private closed = false

  /**
   * @param send makes frame `sequence` (counted from 1) of everything so far and posts it
   * @param now milliseconds of a monotonic clock
   */
  constructor(
    private readonly send: (sequence: number) => void,
    private readonly now: () => number = () => performance.now()
  ) {}

  get hasRoom(): boolean {
    return this.sent - this.acknowledged < MOST_IN_FLIGHT
  }

  /** There is something new: send it if a frame is due. */
  offer(): void {
    if (this.hasRoom && this.now() >= this.due) this.sendNow()
  }

  /** Send what there is as soon as possible, whatever the pace. @param afterwards called when it was sent */
  flush(afterwards?: () => void): void {
    this.urgent ??= []
    if (afterwards !== undefined) this.urgent.push(afterwards)
    if (this.hasRoom) this.sendNow()
  }

  /** The other side took in everything up to frame `sequence`. */
  acknowledge(sequence: number): void {
    this.acknowledged = Math.max(this.acknowledged, Math.min(sequence, this.sent))
    this.tellArrived()
    if (!this.hasRoom) return
    this.stopWaiting()
    if (this.urgent !== null) this.sendNow()
  }

  /** Sends what there is, and settles when it has arrived or nothing is sent any more. */
  delivered(): Promise<void> {
    if (this.closed) return Promise.resolve()
    return new Promise((resolve) => {
      // Which frame that will be is known when there is room for it.
      const waiter = { sequence: Number.POSITIVE_INFINITY, resolve }
      this.waitingForArrival.push(waiter)
      this.flush(() => {
        waiter.sequence = this.sent
      })
    })
  }

  /** Settles when a frame may be sent, or when `stopWaiting` is called. */
  whenRoom(): Promise<void> {
    if (this.hasRoom || this.closed) return Promise.resolve()
    return new Promise((resolve) => this.waitingForRoom.push(resolve))
  }
  stopWaiting(): void {
    for (const resolve of this.waitingForRoom.splice(0)) resolve()
  }

  /** Nothing is sent from now on. */
  close(): void {
    this.closed = true
    this.stopWaiting()
    this.tellArrived()
  }

  private tellArrived(): void {
    const arrived = this.waitingForArrival.filter(({ sequence }) => this.closed || sequence <= this.acknowledged)
    this.waitingForArrival = this.waitingForArrival.filter((waiter) => !arrived.includes(waiter))
    for (const { resolve } of arrived) resolve()
  }

  private sendNow(): void {
    if (this.closed) return
    const afterwards = this.urgent ?? []
    this.urgent = null
    this.sent += 1
    const now = this.now()
    const late = now - this.due
    // A little late is made up for by the next frame, so that chunks of any length give 20 frames a second.
    this.due = (late >= 0 && late < FRAME_MILLISECONDS ? this.due : now) + FRAME_MILLISECONDS
    this.send(this.sent)
    for (const call of afterwards) call()
  }
}
