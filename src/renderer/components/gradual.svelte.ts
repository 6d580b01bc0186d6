import { afterPaint } from './after-paint'

/**
 * Draws a long list over several frames, so that the window goes on answering meanwhile. Made while a component is.
 * @param length of the list
 * @param subject another value is another list, which begins anew
 * @param step items that are drawn at once
 */
export function gradual(
  length: () => number,
  subject: () => unknown,
  step: number
): {
  /** How many of the list are drawn by now; may be more than there are. */
  readonly shown: number
} {
  let grown = $state.raw<{ subject: unknown; by: number }>({ subject: null, by: 0 })
  const shown = $derived(step + (grown.subject === subject() ? grown.by : 0))
  $effect(() => {
    if (shown >= length()) return undefined
    const next = { subject: subject(), by: shown }
    return afterPaint(() => (grown = next))
  })
  return {
    get shown() {
      return shown
    }
  }
}
