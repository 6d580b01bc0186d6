/** Work done one after the other, in the order it was asked for. */
export class Mutex {
  private last: Promise<unknown> = Promise.resolve()

  /** @returns what `work` gives, or rejects with what it throws; neither holds up the work after it */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.last.then(work)
    const settled = (): void => undefined
    // The caller gets the error; here it only matters that the work is over.
    this.last = result.then(settled, settled)
    return result
  }
}
