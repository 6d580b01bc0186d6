/** Where the command line reads and writes: the process's own streams, or a test's. */
export interface Terminal {
  /** Relative paths are meant from here. */
  readonly folder: string
  /** Results. Resolves when the text was taken, so that a slow reader is waited for. */
  result(text: string): Promise<void>
  /** Progress and messages. */
  message(text: string): void
  /** Messages go to a person's screen, where a line can be drawn over. */
  readonly interactive: boolean
  /** Width of that screen in characters. */
  readonly columns: number
  /** Ctrl+C, a request to end, or a terminal that was closed. @returns a function that stops listening */
  onInterrupt(listener: () => void): () => void
}

/** The terminal this process was started from. */
export function processTerminal(): Terminal {
  return {
    folder: process.cwd(),
    result: (text) =>
      new Promise((resolve, reject) => {
        process.stdout.write(text, (error) => {
          if (error === null || error === undefined || isBrokenPipe(error)) resolve()
          else reject(error)
        })
      }),
    message: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY && process.env['TERM'] !== 'dumb',
    get columns() {
      return process.stderr.columns ?? 80
    },
    onInterrupt(listener) {
      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
      for (const signal of signals) process.on(signal, listener)
      return () => {
        for (const signal of signals) process.off(signal, listener)
      }
    }
  }
}

/** A reader that has seen enough (`| head`) is no failure. */
export function isBrokenPipe(error: Error): boolean {
  return 'code' in error && error.code === 'EPIPE'
}
