/** A small setting of the window that survives a restart; private browsing merely forgets it. */
export function remembered<T extends string | number | boolean>(key: string, initial: T): { value: T } {
  const name = `lamina.${key}`
  let value = read(name, initial)
  return {
    get value() {
      return value
    },
    set value(next: T) {
      value = next
      try {
        localStorage.setItem(name, JSON.stringify(next))
      } catch {
        // Storage is full or forbidden: the setting lasts as long as the window.
      }
    }
  }
}

function read<T>(name: string, initial: T): T {
  try {
    const text = localStorage.getItem(name)
    const value: unknown = text === null ? initial : JSON.parse(text)
    return typeof value === typeof initial ? (value as T) : initial
  } catch {
    return initial
  }
}
