import { LaminaError } from '../../shared/errors'
import type { Port } from '../../shared/port'
import { webPaths } from '../../shared/web-host'

/**
 * Open a WebSocket to the host that served the page; a message is one JSON text frame.
 * @throws LaminaError `disconnected` when it cannot be opened
 */
export function openWebSocket(url: string): Promise<Port> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    const refuse = (): void =>
      reject(
        new LaminaError(
          'disconnected',
          'Lamina’s server does not answer. If it was started again, open the address it printed; otherwise this page connects by itself.'
        )
      )
    socket.addEventListener('close', refuse)
    socket.addEventListener('open', () => {
      socket.removeEventListener('close', refuse)
      resolve(socketPort(socket))
    })
  })
}

export function socketUrl(location: Location): string {
  return `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}${webPaths.socket}`
}

/** An open WebSocket as the contract's `Port`. */
export function socketPort(socket: WebSocket): Port {
  let listener: ((message: unknown) => void) | null = null
  const waiting: unknown[] = []
  socket.addEventListener('message', (event: MessageEvent<unknown>) => {
    const message = decoded(event.data)
    if (listener === null) waiting.push(message)
    else listener(message)
  })
  return {
    post(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
    },
    onMessage(next) {
      listener = next
      for (const message of waiting.splice(0)) next(message)
    },
    onClose: (closed) => socket.addEventListener('close', closed),
    close: () => socket.close()
  }
}

/** What is not JSON goes on as it is: the RPC layer reports it as a broken message. */
function decoded(data: unknown): unknown {
  if (typeof data !== 'string') return data
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}
