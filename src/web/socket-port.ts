import type { RawData, WebSocket } from 'ws'
import type { Port } from '../shared/port'

/** Close codes of RFC 6455 and, from 4000 on, our own. */
const UNSUPPORTED_DATA = 1003
const INVALID_PAYLOAD = 1007

const MIB = 1024 * 1024

export interface SocketLimits {
  /** Largest message a page may send: ten thousand rows to predict fit well. */
  readonly mostReceived: number
  /** Bytes of answers that may wait to be sent: what a page asked for, and has to be as patient for as its line is slow. */
  readonly mostBuffered: number
  /** Bytes of news that may wait: nobody asked for them, and a window that stopped reading does not acknowledge. */
  readonly mostNews: number
  readonly heartbeatMilliseconds: number
}
export const socketLimits: SocketLimits = {
  mostReceived: 64 * MIB,
  mostBuffered: 64 * MIB,
  mostNews: 8 * MIB,
  heartbeatMilliseconds: 20_000
}

export interface SocketPortOptions {
  /** Bytes that may wait to be sent before the client counts as stuck and is cut off; it connects again when it can. */
  readonly mostBuffered: number
  /** The same of events alone. */
  readonly mostNews?: number
  report(problem: string): void
}

/**
 * A WebSocket as the contract's `Port`: one JSON text frame a message, both ways.
 *
 * A port cannot make its sender wait, so a client that stopped reading must not be allowed to fill the memory. What the
 * service sends much of (training frames) waits for acknowledgements anyway; reaching a bound means a dead client. A message
 * for which nothing else has to wait is sent however long it is: all the curves of a deep network, a page of a wide table.
 */
export function socketPort(socket: WebSocket, options: SocketPortOptions): Port {
  const { mostBuffered, mostNews = socketLimits.mostNews } = options
  let listener: ((message: unknown) => void) | null = null
  /** Bytes of events that wait. */
  let news = 0
  const waiting: unknown[] = []

  socket.on('message', (data, isBinary) => {
    if (isBinary) {
      socket.close(UNSUPPORTED_DATA, 'Messages are JSON text.')
      return
    }
    let message: unknown
    try {
      message = JSON.parse(textOf(data))
    } catch {
      socket.close(INVALID_PAYLOAD, 'The message is not JSON.')
      return
    }
    if (listener === null) waiting.push(message)
    else listener(message)
  })
  // `close` follows every error; without a listener the error would end the process.
  socket.on('error', (error) => options.report(`A page’s connection failed: ${error.message}`))

  return {
    post(message) {
      if (socket.readyState !== socket.OPEN) return
      const text = JSON.stringify(message)
      const bytes = Buffer.byteLength(text)
      const isNews = isEvent(message)
      const waiting = isNews ? news : socket.bufferedAmount
      if (waiting > 0 && waiting + bytes > (isNews ? mostNews : mostBuffered)) {
        options.report('A page stopped reading and was disconnected.')
        socket.terminate()
        return
      }
      if (!isNews) return void socket.send(text)
      news += bytes
      socket.send(text, () => (news -= bytes))
    },
    onMessage(next) {
      listener = next
      for (const message of waiting.splice(0)) next(message)
    },
    onClose: (closed) => void socket.once('close', () => closed()),
    close: () => socket.close()
  }
}

function isEvent(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'event'
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data).toString('utf8')
}

/** Ends connections whose other side vanished without a word (a laptop lid, a broken tunnel). */
export class Heartbeat {
  private readonly silent = new WeakSet<WebSocket>()
  private readonly timer: NodeJS.Timeout

  /** @param sockets the open connections at the time of each beat */
  constructor(sockets: () => Iterable<WebSocket>, everyMilliseconds: number) {
    this.timer = setInterval(() => {
      for (const socket of sockets()) this.beat(socket)
    }, everyMilliseconds)
    this.timer.unref()
  }

  watch(socket: WebSocket): void {
    socket.on('pong', () => this.silent.delete(socket))
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private beat(socket: WebSocket): void {
    if (this.silent.has(socket)) {
      socket.terminate()
      return
    }
    this.silent.add(socket)
    socket.ping()
  }
}
