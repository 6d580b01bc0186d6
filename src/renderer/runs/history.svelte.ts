import type { RunList, RunSettings } from '../../shared/run-history'
import { messageOf } from '../../shared/errors'
import { openGiven } from '../state/files'
import { notices } from '../state/notices.svelte'
import { run } from '../state/run.svelte'
import { session } from '../state/session.svelte'

/** Changes that come together are one question. */
const SOON_MS = 200

/** The runs that are kept, as this window lists them, and what can be done with them. Nothing here throws. */
class RunHistory {
  list = $state.raw<RunList | null>(null)
  /** Why there is no list, in words. */
  problem = $state<string | null>(null)
  /** Somebody looks at the list: only then it is kept up to date. */
  #watched = false
  #soon: number | null = null
  #listening = false

  listen(): void {
    if (this.#listening) return
    this.#listening = true
    session.on('runs.changed', () => this.#refreshSoon())
    session.onReady(() => void this.#tellInterrupted())
  }

  /** Keep the list up to date from now on. @returns a function that stops it */
  watch(): () => void {
    this.#watched = true
    const stop = session.onReady(() => void this.refresh())
    return () => {
      this.#watched = false
      stop()
    }
  }

  async refresh(): Promise<void> {
    await this.#take(() => session.request('runs.list', {}))
  }

  async changeSettings(change: Partial<RunSettings>): Promise<void> {
    const settings = this.list?.settings
    if (settings !== undefined)
      await this.#take(() => session.request('runs.changeSettings', { ...settings, ...change }))
  }

  async rename(id: string, name: string): Promise<void> {
    await this.#do(() => session.request('runs.rename', { run: id, name }))
  }
  /** @param ids null for all that are not under way */
  async remove(ids: readonly string[] | null): Promise<void> {
    await this.#do(() => session.request('runs.delete', { runs: ids === null ? null : [...ids] }))
  }

  async restoreDesign(id: string): Promise<void> {
    await openGiven('open the design of this run', () => session.request('runs.restoreDesign', { run: id }))
  }

  async exportWeights(id: string): Promise<void> {
    await this.#do(async () => {
      const saved = await session.request('weights.export', { run: id, file: null })
      if (saved === null) return
      session.connection.deliver(saved)
      notices.info(`Weights exported to ${saved.file.name}.`)
    })
  }

  /** Work that was cut off when Lamina ended is offered once, without having to look for it. */
  async #tellInterrupted(): Promise<void> {
    try {
      const { runs } = await session.request('runs.list', {})
      const cut = runs.find(({ state, resumesAt }) => state === 'interrupted' && resumesAt !== null)
      if (cut === undefined || run.isActive || this.#told.has(cut.id)) return
      this.#told.add(cut.id)
      notices.warn(`Training “${cut.name}” was interrupted at epoch ${cut.epoch} of ${cut.epochs}.`, {
        label: 'Resume',
        run: () => void run.takeUp(cut.id, null)
      })
    } catch (error) {
      // The list itself says so to whoever opens it.
      console.warn('Interrupted runs could not be looked for.', error)
    }
  }
  readonly #told = new Set<string>()

  #refreshSoon(): void {
    if (!this.#watched || this.#soon !== null) return
    this.#soon = window.setTimeout(() => {
      this.#soon = null
      void this.refresh()
    }, SOON_MS)
  }

  async #take(request: () => Promise<RunList>): Promise<void> {
    try {
      this.list = await request()
      this.problem = null
    } catch (error) {
      this.problem = messageOf(error)
    }
  }

  async #do(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      notices.error(error)
    }
  }
}

export const history = new RunHistory()
