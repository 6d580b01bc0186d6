/** Training time the rate is taken over. */
const WINDOW_SECONDS = 1

/** Steps per second over the last second of training. */
export class RateMeter {
  private readonly chunks: { steps: number; seconds: number }[] = []
  private steps = 0
  private seconds = 0

  add(steps: number, seconds: number): void {
    this.chunks.push({ steps, seconds })
    this.steps += steps
    this.seconds += seconds
    for (let oldest = this.chunks[0]; oldest !== undefined; oldest = this.chunks[0]) {
      if (this.seconds - oldest.seconds < WINDOW_SECONDS) return
      this.steps -= oldest.steps
      this.seconds -= oldest.seconds
      this.chunks.shift()
    }
  }

  get perSecond(): number {
    return this.seconds > 0 ? this.steps / this.seconds : 0
  }
}
