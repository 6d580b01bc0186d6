import type { Progress } from '../../shared/training-run'
import { notices } from '../state/notices.svelte'
import { session } from '../state/session.svelte'
import { whenText } from './words'
import { addMarks, emptyRunData, type RunData } from '../training/run-data'

/** A run of the history whose curves are drawn beside those of the present one. */
export interface ComparedRun {
  readonly id: string
  readonly name: string
  readonly data: RunData
  readonly progress: Progress
}
/** More lines than this cannot be told apart. */
export const MOST_COMPARED = 4

/** Which runs of the history the charts show as well. */
class Comparison {
  runs = $state.raw<readonly ComparedRun[]>([])

  has(id: string): boolean {
    return this.runs.some((compared) => compared.id === id)
  }

  remove(id: string): void {
    this.runs = this.runs.filter((compared) => compared.id !== id)
  }

  async toggle(id: string): Promise<void> {
    if (this.has(id)) {
      this.remove(id)
      return
    }
    try {
      const { summary, description, progress, past } = await session.request('runs.open', { run: id })
      if (past === null) {
        notices.warn(`The curves of “${summary.name}” were not kept.`)
        return
      }
      const data = emptyRunData(description, progress.learningRate)
      data.steps.append(past.steps, past.progress.seconds)
      data.epochs.append(past.epochs)
      addMarks(data, past.marks)
      this.runs = [
        ...this.runs.filter((compared) => compared.id !== id),
        { id, name: `${summary.name}, ${whenText(summary.startedAt, Date.now())}`, data, progress }
      ].slice(-MOST_COMPARED)
    } catch (error) {
      notices.error(error)
    }
  }
}

export const comparison = new Comparison()
