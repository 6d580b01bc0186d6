import { LaminaError } from '../shared/errors'
import type { EpochRecord, RunDescription } from '../shared/training-run'
import { writeFileAtomically } from '../service'

/** One line of a metrics file, its end included. */
export function metricsLine(record: EpochRecord, description: RunDescription): string {
  const metric = description.metric === 'accuracy' ? 'Accuracy' : 'Error'
  const gradientNorms = Object.fromEntries(
    description.layers.map((layer, index) => [layer.id, record.gradientNorms[index] ?? null])
  )
  return `${JSON.stringify({
    epoch: record.epoch,
    step: record.step,
    trainLoss: record.trainLoss,
    validationLoss: record.validationLoss,
    [`train${metric}`]: record.trainMetric,
    [`validation${metric}`]: record.validationMetric,
    gradientNorms,
    learningRate: record.learningRate,
    seconds: record.seconds
  })}\n`
}

/**
 * A file that grows while training goes on and appears under its name only when it is complete. Nothing piles up in
 * memory: a line is taken when the one before is on its way to the disk.
 */
export class MetricsFile {
  private next: { text: string; taken: () => void; refused: (error: unknown) => void } | null = null
  private failed = false
  private ended: 'complete' | 'discarded' | null = null
  private wake: () => void = () => undefined
  private readonly written: Promise<void>

  constructor(path: string) {
    this.written = writeFileAtomically(path, this.content())
    this.written.catch((error: unknown) => {
      this.failed = true
      this.next?.refused(error)
    })
  }

  /** @throws LaminaError when the file cannot be written */
  async add(text: string): Promise<void> {
    if (this.failed) return this.written
    await new Promise<void>((taken, refused) => {
      this.next = { text, taken, refused }
      this.wake()
    })
  }

  /** The file is there, whole, when this resolves. */
  async complete(): Promise<void> {
    this.end('complete')
    await this.written
  }

  /** No file is left behind; one that was there before stays as it was. */
  async discard(): Promise<void> {
    this.end('discarded')
    await this.written.catch(() => undefined)
  }

  private end(how: 'complete' | 'discarded'): void {
    this.ended ??= how
    this.wake()
  }

  private async *content(): AsyncGenerator<string> {
    for (;;) {
      if (this.next !== null) {
        const { text, taken } = this.next
        yield text
        // Only now: should the disk refuse the text, whoever added it is told.
        this.next = null
        taken()
      } else if (this.ended === 'complete') {
        return
      } else if (this.ended === 'discarded') {
        throw new LaminaError('cancelled', 'The metrics were discarded.')
      } else {
        await new Promise<void>((resolve) => {
          this.wake = resolve
        })
      }
    }
  }
}
