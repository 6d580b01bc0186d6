import type { ClientJournalHead, JournalChange, RestoredWork } from '../../shared/contract'
import { LaminaError, messageOf } from '../../shared/errors'
import { statesOf } from '../../shared/journal/content'
import { dataset } from './dataset.svelte'
import { doc, type DocumentState } from './document.svelte'
import { journalSteps, placeOf, timelineDelta, timelineOf, type Timeline } from './journal-steps'
import { session } from './session.svelte'

/** An edit is on its way to the journal this soon; what happens meanwhile goes along. */
const WITHIN_MS = 250
/** After a failure. */
const RETRY_MS = 2000
/** Which journal is this window's, also after it is loaded again. */
const HERE = 'lamina.journal'

/** What the service has of the document, or is about to have. */
interface Sent {
  readonly sequence: number
  readonly timeline: Timeline
  readonly saved: DocumentState | null
  readonly facts: string
}
interface Snapshot extends Omit<Sent, 'sequence'> {
  readonly head: ClientJournalHead
}

/**
 * Backs the document up in the service's journal: first whole, then what changed. Histories are compared by reference, so
 * that an edit of a large design costs what it touched.
 */
class Journal {
  /** Why edits are not being backed up, in words; null while they are. */
  failing = $state<string | null>(null)
  #id: string | null = null
  #acknowledged: Sent | null = null
  #underWay: Sent | null = null
  #timer: number | null = null
  #wanted = false

  /** Back up from now on. @returns a function that stops */
  start(): () => void {
    const stops = [
      doc.onChange(() => this.#schedule(WITHIN_MS)),
      session.onReady(() => {
        this.#acknowledged = null
        this.#schedule(0)
      })
    ]
    window.addEventListener('pagehide', this.#leave)
    return () => {
      for (const stop of stops) stop()
      window.removeEventListener('pagehide', this.#leave)
      this.#cancel()
    }
  }

  /**
   * Bring back what this window was about before it was loaded again.
   * @returns null when there is nothing, or another window has it
   */
  async resume(): Promise<RestoredWork | null> {
    const id = sessionStorage.getItem(HERE)
    if (id === null) return null
    try {
      return await this.restore(id)
    } catch (error) {
      sessionStorage.removeItem(HERE)
      // This window may be another one's copy, and that one goes on with it.
      if (error instanceof LaminaError && error.code === 'notFound') return null
      throw error
    }
  }

  /** Put a document from its journal in place of the present one. @throws LaminaError as `journal.take` */
  async restore(id: string): Promise<RestoredWork> {
    const work = await session.request('journal.take', { journal: id })
    const { base, steps, head } = work.content
    // The service has checked every state.
    const states = statesOf(base, steps) as unknown as DocumentState[]
    const saved = typeof head.saved === 'number' ? (states[head.saved] ?? null) : (head.saved as DocumentState | null)
    dataset.closeAllBut(null)
    dataset.problem = null
    dataset.expect(
      work.tables.map(({ key, file }) => ({
        key,
        file,
        overrides: head.tables.find((table) => table.key === key)?.overrides ?? {}
      }))
    )
    this.#keep(work.journal)
    this.#acknowledged = null
    const labels = steps.map(({ label }) => label)
    doc.restore({ states, labels, cursor: head.cursor, saved }, work.file)
    return work
  }

  #schedule(milliseconds: number): void {
    if (this.#underWay !== null) this.#wanted = true
    else this.#timer ??= window.setTimeout(() => void this.#send(), milliseconds)
  }

  async #send(): Promise<void> {
    this.#timer = null
    if (session.status !== 'ready') return
    const snapshot = this.#snapshot()
    const change = this.#changeTo(snapshot, this.#acknowledged)
    if (change === null) return
    this.#wanted = false
    this.#underWay = { ...snapshot, sequence: (this.#acknowledged?.sequence ?? 0) + 1 }
    let again: number | null = null
    try {
      const { journal, sequence } = await session.request('journal.write', { journal: this.#id, change })
      this.#keep(journal)
      this.#acknowledged = sequence === null ? null : { ...snapshot, sequence }
      if (sequence === null) again = 0
      else this.failing = null
    } catch (error) {
      // A lost connection is told elsewhere; with the next one everything is sent.
      if (!(error instanceof LaminaError && error.code === 'disconnected')) {
        this.failing = messageOf(error)
        again = RETRY_MS
      }
      if (!(error instanceof LaminaError && ['writeFailed', 'permissionDenied'].includes(error.code)))
        this.#acknowledged = null
    }
    this.#underWay = null
    if (again !== null) this.#schedule(again)
    else if (this.#wanted) this.#schedule(WITHIN_MS)
  }

  #snapshot(): Snapshot {
    const timeline = timelineOf(doc.state, doc.history)
    const { saved } = doc
    const place = saved === null ? -1 : placeOf(saved, timeline)
    const head: ClientJournalHead = {
      title: doc.title,
      cursor: timeline.cursor,
      saved: place >= 0 ? place : (saved as ClientJournalHead['saved']),
      modified: doc.modified,
      file: doc.file?.id ?? null,
      tables: dataset.known()
    }
    const { saved: _saved, ...rest } = head
    return { timeline, saved, head, facts: JSON.stringify(rest) }
  }

  /** @returns null when there is nothing new, or nothing yet that anybody would miss */
  #changeTo(snapshot: Snapshot, from: Sent | null): JournalChange | null {
    const { timeline, head, saved, facts } = snapshot
    const delta = from === null ? null : timelineDelta(from.timeline, timeline)
    if (from === null || delta === null) {
      const pristine =
        !head.modified && head.file === null && timeline.base.table === null && timeline.steps.length === 0
      if (this.#id === null && pristine) return null
      const base = timeline.base as unknown as { design: Record<string, unknown>; table: number | null }
      return { kind: 'whole', content: { base, steps: journalSteps(timeline.steps), head } }
    }
    const same = delta.forget === 0 && delta.steps.length === 0 && delta.keep === from.timeline.steps.length
    if (same && saved === from.saved && facts === from.facts) return null
    const savedUnchanged = saved === from.saved && typeof head.saved === 'object' && head.saved !== null
    return {
      kind: 'delta',
      after: from.sequence,
      delta: { ...delta, savedUnchanged, head: savedUnchanged ? { ...head, saved: null } : head }
    }
  }

  #keep(id: string): void {
    this.#id = id
    try {
      sessionStorage.setItem(HERE, id)
    } catch {
      // Forbidden in some private windows: after loading again the work is offered, like that of any window that went.
    }
  }

  #cancel(): void {
    if (this.#timer !== null) window.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** The last edits go out before the page does; nobody is there to hear the answer. */
  readonly #leave = (): void => {
    if (session.status !== 'ready') return
    this.#cancel()
    const change = this.#changeTo(this.#snapshot(), this.#underWay ?? this.#acknowledged)
    const ignore = (): void => undefined
    if (change !== null) session.request('journal.write', { journal: this.#id, change }).catch(ignore)
    session.request('journal.leave', {}).catch(ignore)
  }
}

export const journal = new Journal()
