/** Shortest time between two publications: curves that grow 20 times a second look as if they grew all the time. */
const SHORTEST_MS = 50
const LONGEST_MS = 125
/** Of its one thread the page may spend this on showing what is published; the engine wants the same few processors. */
const SHARE = 1 / 3

/**
 * Runs `publish` soon after it was asked for: at most 20 times a second, and less often where showing it takes so long
 * that it would keep the page or the processor busy.
 */
export class Publisher {
  #last = -Infinity
  #timer: ReturnType<typeof setTimeout> | null = null

  /** @param cost milliseconds the page spends on showing one publication */
  constructor(
    private readonly publish: () => void,
    private readonly cost: () => number
  ) {}

  request(): void {
    if (this.#timer !== null) return
    // By a timer, not by an animation frame: a frame asked for only to find that it is too early costs a pass of layout
    // and layers all the same, sixty times a second.
    const due = this.#last + Math.min(LONGEST_MS, Math.max(SHORTEST_MS, this.cost() / SHARE))
    this.#timer = setTimeout(() => this.now(), Math.max(0, due - performance.now()))
  }

  now(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#last = performance.now()
    this.publish()
  }
}
