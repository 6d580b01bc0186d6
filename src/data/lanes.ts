/** Things that are done side by side; each keeps a thread busy. */
const LANES = 2

/**
 * Do something with each item, a few at a time. Where that fails nothing else is begun, and what is under way comes to its
 * end first.
 */
export async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (;;) {
      const item = items[next]
      if (item === undefined) return
      next += 1
      try {
        await work(item)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: LANES }, lane))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}
