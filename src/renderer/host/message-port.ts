import { PORT_MESSAGE, type LaminaBridge } from '../../preload/bridge'
import { LaminaError } from '../../shared/errors'
import type { Port } from '../../shared/port'

const PATIENCE_MS = 15_000

/**
 * Ask the preload script for this window's port to the service.
 * @throws LaminaError `disconnected` when none arrives
 */
export function requestMessagePort(bridge: LaminaBridge): Promise<Port> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      window.removeEventListener('message', receive)
    }
    const receive = (event: MessageEvent<unknown>): void => {
      // Only this very window may hand over the port; anything else could be a frame's forgery.
      if (event.source !== window || event.data !== PORT_MESSAGE) return
      const [port] = event.ports
      if (port === undefined) return
      stop()
      resolve(messagePort(port))
    }
    const timer = setTimeout(() => {
      stop()
      reject(
        new LaminaError(
          'disconnected',
          'Lamina’s background service does not answer. Close the window and start Lamina again.'
        )
      )
    }, PATIENCE_MS)
    window.addEventListener('message', receive)
    bridge.requestPort()
  })
}

/** A web MessagePort as the contract's `Port`. */
export function messagePort(port: MessagePort): Port {
  let closed = false
  const closeListeners: (() => void)[] = []
  const close = (): void => {
    if (closed) return
    closed = true
    for (const listener of closeListeners) listener()
  }
  port.addEventListener('close', close)
  return {
    post: (message) => port.postMessage(message),
    onMessage(listener) {
      port.addEventListener('message', (event: MessageEvent<unknown>) => listener(event.data))
      // Messages queue up in the port until it is started.
      port.start()
    },
    onClose: (listener) => closeListeners.push(listener),
    close() {
      port.close()
      // The end that closes hears no event of its own.
      close()
    }
  }
}
