/** Shortest time between two publications: 30 a second. */
const INTERVAL_MS = 33

/**
 * Runs `publish` soon after it was asked for, at most 30 times a second and together with painting; in a hidden page,
 * where nothing is painted, by a timer.
 */
export class Publisher {
  #last = -Infinity
  #cancel: (() => void) | null = null

  constructor(private readonly publish: () => void) {}

  request(): void {
    if (this.#cancel !== null) return
    if (document.hidden) {
      const timer = setTimeout(() => this.now(), INTERVAL_MS)
      this.#cancel = () => clearTimeout(timer)
      return
    }
    const frame = requestAnimationFrame((time) => {
      this.#cancel = null
      if (time - this.#last < INTERVAL_MS - 1) this.request()
      else this.now()
    })
    this.#cancel = () => cancelAnimationFrame(frame)
  }

  now(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#last = performance.now()
    this.publish()
  }
}
