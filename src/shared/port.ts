/**
 * The smallest thing two sides can talk through. MessagePort, WebSocket, utilityProcess and child_process each get
 * an adapter; nothing above this interface knows which one it is.
 */
export interface Port {
  /** Send a message. Silently dropped when the port is closed: the other side's `onClose` tells the story. */
  post(message: unknown): void
  /** Only one listener: the RPC layer. Messages that arrive before it is set are kept. */
  onMessage(listener: (message: unknown) => void): void
  onClose(listener: () => void): void
  close(): void
}

interface MessageEventLike {
  data: unknown
}

/** What Electron's `process.parentPort` and Node's `process` offer a worker process. */
export interface WorkerProcessLike {
  parentPort?:
    | { on(event: 'message', listener: (event: MessageEventLike) => void): void; postMessage(message: unknown): void }
    | undefined
  send?:
    | ((message: unknown, handle: undefined, options: undefined, sent: (error: Error | null) => void) => unknown)
    | undefined
  connected?: boolean | undefined
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'disconnect', listener: () => void): unknown
  exit(code?: number): never
}

/** The port of a worker process to whoever started it: Electron's utilityProcess or Node's child_process. */
export function parentPortOf(process: WorkerProcessLike): Port {
  const parent = process.parentPort
  if (parent !== undefined) {
    return {
      post: (message) => parent.postMessage(message),
      onMessage: (listener) => parent.on('message', (event) => listener(event.data)),
      // A utility process is ended by Electron together with its parent.
      onClose: () => undefined,
      close: () => process.exit(0)
    }
  }
  const send = process.send
  if (send === undefined) throw new Error('This file is a worker: it is started by Lamina, not by hand.')
  return {
    post: (message) => {
      // Without a callback a parent that is just going would be an `error` event that nobody hears: a crash.
      if (process.connected !== false) send.call(process, message, undefined, undefined, () => undefined)
    },
    onMessage: (listener) => process.on('message', listener),
    onClose: (listener) => process.on('disconnect', listener),
    close: () => process.exit(0)
  }
}

/** Two ports joined in memory: what tests and the command line use instead of a transport. */
export function portPair(): [Port, Port] {
  const a = new LocalPort()
  const b = new LocalPort()
  a.peer = b
  b.peer = a
  return [a, b]
}

class LocalPort implements Port {
  peer: LocalPort | null = null
  private listener: ((message: unknown) => void) | null = null
  private closeListeners: (() => void)[] = []
  private waiting: unknown[] = []

  post(message: unknown): void {
    const peer = this.peer
    if (peer === null) return
    // A clone, because a real transport would not share objects either.
    const copy = structuredClone(message)
    queueMicrotask(() => peer.receive(copy))
  }
  onMessage(listener: (message: unknown) => void): void {
    this.listener = listener
    for (const message of this.waiting.splice(0)) listener(message)
  }
  onClose(listener: () => void): void {
    this.closeListeners.push(listener)
  }
  close(): void {
    const peer = this.peer
    this.peer = null
    if (peer === null) return
    peer.peer = null
    for (const listener of [...this.closeListeners, ...peer.closeListeners]) listener()
  }
  private receive(message: unknown): void {
    if (this.listener === null) this.waiting.push(message)
    else this.listener(message)
  }
}
