import type { Terminal } from './terminal'
import { formatShare } from '../shared/figures'
import { count, duration, measure, plural, shortened } from './text'

/** Where training is, for people. */
export interface TrainingStatus {
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly steps: number
  readonly stepsPerSecond: number
  readonly trainLoss: number | null
  readonly validationLoss: number | null
}

const REDRAW_MS = 100
const BAR_WIDTH = 24
/** Lines a log gets from one training, however long. */
const LOG_LINES = 10

/** Shows training on the way: a bar that is drawn over on a screen, a few lines in a log. */
export class ProgressLine {
  private drawnAt = Number.NEGATIVE_INFINITY
  private drawn = false
  private nextLogged = 0
  /** Which of several trainings is shown; null when there is only one. */
  private name: string | null = null

  constructor(
    private readonly terminal: Terminal,
    private readonly now: () => number = () => performance.now()
  ) {}

  /** From here on it is one of several trainings that is shown; a log gets one line of each. */
  begin(name: string): void {
    this.name = name
    this.nextLogged = 1
  }

  /** A stage without a known end. */
  stage(text: string, fraction: number | null): void {
    if (!this.terminal.interactive) return
    const shown = fraction === null ? `${text} …` : `${text}  ${bar(fraction)}  ${formatShare(fraction)}`
    this.draw(this.named(shown, '  '), false)
  }

  show(status: TrainingStatus, final: boolean): void {
    const share = status.steps === 0 ? 0 : status.step / status.steps
    if (this.terminal.interactive) {
      this.draw(this.named(screenLine(status, share), '  '), final)
    } else if ((share >= this.nextLogged && share < 1) || final) {
      // All steps may be shown twice: while the last epoch is measured, and when the run is finished.
      this.nextLogged = Math.min(1, (Math.floor(share * LOG_LINES) + 1) / LOG_LINES)
      if (status.step > 0) this.terminal.message(`${this.named(logLine(status), ', ')}\n`)
    }
  }

  /** A line of its own about something that happened. */
  note(text: string): void {
    this.clear()
    this.terminal.message(`${this.named(text, ': ')}\n`)
  }

  /** Take the bar off the screen. */
  clear(): void {
    if (this.drawn) this.terminal.message('\r\x1b[2K')
    this.drawn = false
  }

  private named(text: string, separator: string): string {
    return this.name === null ? text : `${this.name}${separator}${text}`
  }

  private draw(text: string, must: boolean): void {
    const now = this.now()
    if (!must && now - this.drawnAt < REDRAW_MS) return
    this.drawnAt = now
    this.drawn = true
    this.terminal.message(`\r\x1b[2K${shortened(text, this.terminal.columns - 1)}`)
  }
}

function screenLine(status: TrainingStatus, share: number): string {
  const left = status.stepsPerSecond > 0 ? (status.steps - status.step) / status.stepsPerSecond : null
  const parts = [
    `Epoch ${status.epoch}/${status.epochs}`,
    bar(share),
    formatShare(share),
    `${count(status.stepsPerSecond)} steps/s`,
    left === null ? null : `${duration(left)} left`,
    ...losses(status)
  ]
  return parts.filter((part) => part !== null).join('  ')
}

function logLine(status: TrainingStatus): string {
  const parts = [
    `Epoch ${status.epoch}/${status.epochs}`,
    plural(status.step, 'step'),
    ...losses(status),
    `${count(status.stepsPerSecond)} steps/s`
  ]
  return parts.join(', ')
}

function losses({ trainLoss, validationLoss }: TrainingStatus): string[] {
  const train = trainLoss === null ? [] : [`loss ${measure(trainLoss)}`]
  return validationLoss === null ? train : [...train, `validation ${measure(validationLoss)}`]
}

function bar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`
}
