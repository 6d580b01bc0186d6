import type { MessagePortMain } from 'electron'
import type { Port } from '../shared/port'

/** Electron's end of a message channel as the contract's `Port`. */
export function messagePort(port: Pick<MessagePortMain, 'on' | 'start' | 'close' | 'postMessage'>): Port {
  let closed = false
  const closeListeners: (() => void)[] = []
  const ended = (): void => {
    if (closed) return
    closed = true
    for (const listener of closeListeners) listener()
  }
  port.on('close', ended)
  return {
    post(message) {
      if (!closed) port.postMessage(message)
    },
    onMessage(listener) {
      port.on('message', ({ data }) => listener(data))
      // Messages queue up in the port until it is started.
      port.start()
    },
    onClose: (listener) => void closeListeners.push(listener),
    close() {
      port.close()
      // The end that closes hears no event of its own.
      ended()
    }
  }
}
