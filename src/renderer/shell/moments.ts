import type { LostWork } from '../../shared/contract'

/** A moment as people say it: "today at 14:03", "yesterday at 9:10", "on 3 March at 17:45". */
export function momentInWords(at: number, now: Date = new Date()): string {
  const then = new Date(at)
  const time = then.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
  const days = Math.round((midnight(now) - midnight(then)) / (24 * 60 * 60 * 1000))
  if (days === 0) return `today at ${time}`
  if (days === 1) return `yesterday at ${time}`
  const sameYear = then.getFullYear() === now.getFullYear()
  const date = then.toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' })
  })
  return `on ${date} at ${time}`
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

/** How unsaved work came to be: "as it was today at 14:03". */
export function lossInWords({ closed, at }: Pick<LostWork, 'closed' | 'at'>): string {
  const moment = momentInWords(at)
  return closed ? `closed without saving, last changed ${moment}` : `as it was ${moment}`
}
