import type { App, Dialog } from 'electron'
import { messageOf } from '../shared/errors'

/** A defect that repeats itself must not bury the window under boxes. */
const QUIET_MS = 60_000

interface Defective {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (reason: unknown) => void): unknown
}

/**
 * What becomes of errors nobody caught. Electron itself shows a box and goes on, which at the start leaves a program
 * without a window that nobody can end, and of refused promises it only tells the terminal.
 */
export class Defects {
  private started = false
  private quietUntil = -Infinity

  constructor(
    private readonly app: Pick<App, 'exit'>,
    private readonly dialog: Pick<Dialog, 'showErrorBox'>,
    private readonly log: (level: 'error', message: string) => void,
    private readonly now: () => number = () => performance.now()
  ) {}

  watch(process: Defective): void {
    process.on('uncaughtException', (error) => this.report(error))
    process.on('unhandledRejection', (reason) => this.report(reason))
  }

  /** There is a window: from now on the program goes on after a defect, with what it has. */
  noteStarted(): void {
    this.started = true
  }

  /** Before there is a window this ends the program. */
  report(error: unknown): void {
    if (!this.started) {
      this.fail(error)
      return
    }
    this.log('error', stackOf(error))
    if (this.now() < this.quietUntil) return
    // Meanwhile others may come: the box waits for the person.
    this.quietUntil = Infinity
    this.dialog.showErrorBox('Lamina ran into a defect', `${messageOf(error)}\n\nSave your work and start Lamina anew.`)
    this.quietUntil = this.now() + QUIET_MS
  }

  /** Say why Lamina cannot go on, and end. */
  fail(error: unknown): void {
    this.log('error', stackOf(error))
    this.dialog.showErrorBox(this.started ? 'Lamina cannot go on' : 'Lamina cannot start', messageOf(error))
    this.app.exit(1)
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
}
