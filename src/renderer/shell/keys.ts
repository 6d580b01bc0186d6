/** A key combination as text: "Mod+Shift+Z", "Delete", "?". `Mod` is Ctrl, or ⌘ on a Mac. */
export type Keys = string

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/u.test(navigator.platform)

/** The combination a key press stands for, in the notation of `Keys`. */
export function keysOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
  mac = isMac
): Keys {
  const parts: string[] = []
  if (mac ? event.metaKey : event.ctrlKey) parts.push('Mod')
  if (event.altKey) parts.push('Alt')
  const single = event.key.length === 1
  const letter = /^\p{L}$/u.test(event.key)
  // The shift of a symbol ("?") is in the symbol already; that of a letter or a named key is not.
  if (event.shiftKey && (!single || letter)) parts.push('Shift')
  parts.push(letter ? event.key.toUpperCase() : event.key === ' ' ? 'Space' : event.key)
  return parts.join('+')
}

const shown: Readonly<Record<string, string>> = {
  Mod: 'Ctrl',
  Escape: 'Esc',
  Delete: 'Del',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Enter: 'Enter'
}
const shownOnMac: Readonly<Record<string, string>> = {
  ...shown,
  Mod: '⌘',
  Shift: '⇧',
  Alt: '⌥',
  Delete: '⌦',
  Backspace: '⌫',
  Enter: '↩'
}

/** The keys of a combination as they are printed on the keyboard. */
export function showKeys(keys: Keys, mac = isMac): string[] {
  const names = mac ? shownOnMac : shown
  // "+" itself is a key: split only where something stands before the plus.
  return keys.split(/(?<=.)\+/u).map((part) => names[part] ?? part)
}
/** The same in the notation of `aria-keyshortcuts`. */
export function ariaKeys(keys: readonly Keys[], mac = isMac): string {
  return keys.map((combination) => combination.replace('Mod', mac ? 'Meta' : 'Control')).join(' ')
}

/** Whether keys pressed here are text being written. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement)
    return !['button', 'checkbox', 'radio', 'range', 'submit', 'reset'].includes(target.type)
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}

/** Whether a control takes single keys for itself: a closed choice jumps to what is typed, a slider moves. */
export function takesKeys(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('[role="combobox"], [aria-haspopup="listbox"], [role="slider"], input[type="range"]') !== null
  )
}

/** Whether an open menu, listbox or dialog owns the keyboard. */
export function isInOverlay(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('[role="menu"], [role="listbox"], [role="dialog"], [role="alertdialog"]') !== null
  )
}
