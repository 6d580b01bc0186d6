const WINDOW_MS = 5 * 60_000
const MOST_FAILURES = 3
/** Before the first and the second restart: a process that fails again at once is given more time. */
const PAUSES_MS = [0, 1000] as const

/** How often a run is started again by itself: not when its process ended three times within five minutes. */
export class RestartPolicy {
  private failures: number[] = []

  /** @param now milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The process ended. @returns milliseconds to wait before starting again; null when a person is to be asked */
  failed(): number | null {
    const now = this.now()
    this.failures = [...this.failures.filter((at) => now - at < WINDOW_MS), now]
    return PAUSES_MS[this.failures.length - 1] ?? null
  }

  /** A person decided: what happened before does not count any more. */
  forgive(): void {
    this.failures = []
  }

  static readonly words = `${MOST_FAILURES} times within five minutes`
}
