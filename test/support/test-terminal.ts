import type { Terminal } from '../../src/cli/terminal'

/** A terminal that remembers what was written and lets a test press Ctrl+C. */
export class TestTerminal implements Terminal {
  stdout = ''
  stderr = ''
  private readonly listeners = new Set<() => void>()
  /** Called after every message, so that a test can react to what a person would see. */
  onMessage: () => void = () => undefined

  constructor(
    readonly folder: string,
    readonly interactive = false,
    readonly columns = 80
  ) {}

  result(text: string): Promise<void> {
    this.stdout += text
    return Promise.resolve()
  }
  message(text: string): void {
    this.stderr += text
    this.onMessage()
  }
  /** Called when a command begins to listen for Ctrl+C. */
  onListening: () => void = () => undefined

  onInterrupt(listener: () => void): () => void {
    this.listeners.add(listener)
    this.onListening()
    return () => this.listeners.delete(listener)
  }

  pressInterrupt(): void {
    for (const listener of this.listeners) listener()
  }
}
