import { LaminaError, messageOf } from '../../shared/errors'

export type NoticeKind = 'info' | 'warning' | 'error'
export interface NoticeAction {
  readonly label: string
  readonly run: () => void
}
export interface Notice {
  readonly id: number
  readonly kind: NoticeKind
  readonly text: string
  readonly action: NoticeAction | null
  /** What it is about: of one topic, only the latest stands. */
  readonly topic: string | null
}

/** Milliseconds a notice stays when nobody touches it. Errors stay until dismissed. */
const STAYS: Readonly<Record<NoticeKind, number | null>> = { info: 6000, warning: 10_000, error: null }
const AT_MOST = 5

/** Short messages to the person, shown as toasts and announced once. */
class Notices {
  list = $state.raw<readonly Notice[]>([])
  #nextId = 1
  readonly #timers = new Map<number, number>()

  info(text: string, action: NoticeAction | null = null, topic: string | null = null): number {
    return this.#add('info', text, action, topic)
  }
  warn(text: string, action: NoticeAction | null = null, topic: string | null = null): number {
    return this.#add('warning', text, action, topic)
  }
  /** Whatever was thrown, in words. A person's own cancelling is not an error. */
  error(thrown: unknown, action: NoticeAction | null = null): number | null {
    if (thrown instanceof LaminaError && thrown.code === 'cancelled') return null
    if (!(thrown instanceof LaminaError)) console.error(thrown)
    return this.#add('error', messageOf(thrown), action)
  }
  dismiss(id: number): void {
    this.#release(id)
    this.list = this.list.filter((notice) => notice.id !== id)
  }
  /** What was said about a topic is not true any more. */
  withdraw(topic: string): void {
    for (const notice of this.list.filter((entry) => entry.topic === topic)) this.dismiss(notice.id)
  }
  /** Stop the clock while the pointer or focus is on a notice. */
  hold(id: number): void {
    this.#release(id)
  }
  resume(id: number): void {
    const notice = this.list.find((entry) => entry.id === id)
    if (notice !== undefined) this.#startClock(notice)
  }

  #add(kind: NoticeKind, text: string, action: NoticeAction | null, topic: string | null = null): number {
    // The same words again are one notice, not a pile of them.
    for (const same of this.list.filter(
      (notice) => (notice.kind === kind && notice.text === text) || (topic !== null && notice.topic === topic)
    ))
      this.dismiss(same.id)
    const notice: Notice = { id: this.#nextId++, kind, text, action, topic }
    const dropped =
      this.list.length >= AT_MOST ? (this.list.find((entry) => entry.kind !== 'error') ?? this.list[0]) : undefined
    if (dropped !== undefined) this.dismiss(dropped.id)
    this.list = [...this.list, notice]
    this.#startClock(notice)
    return notice.id
  }
  #startClock(notice: Notice): void {
    const stays = STAYS[notice.kind]
    if (stays === null || this.#timers.has(notice.id)) return
    this.#timers.set(
      notice.id,
      window.setTimeout(() => this.dismiss(notice.id), stays)
    )
  }
  #release(id: number): void {
    const timer = this.#timers.get(id)
    if (timer !== undefined) window.clearTimeout(timer)
    this.#timers.delete(id)
  }
}

export const notices = new Notices()
