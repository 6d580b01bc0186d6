import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { LaminaError, messageOf } from '../shared/errors'
import type { Port } from '../shared/port'
import { webPaths } from '../shared/web-host'
import { Budgets, webLimits, type WebLimits } from './limits'
import { addressOf, answer, type RouteOptions } from './routes'
import { Heartbeat, socketPort } from './socket-port'

export interface WebServerOptions extends RouteOptions {
  /** A page connected. */
  connect(port: Port): void
  readonly limits?: Partial<WebLimits>
}

export interface WebServer {
  /** @returns the port: the asked one, or the one the system chose for 0 */
  listen(port: number): Promise<number>
  /** Ends every connection; resolves when the port is free again. */
  close(): Promise<void>
}

/** Answers on the loopback address only: HTTP for the page and its files, a WebSocket for the contract. */
export function createWebServer(options: WebServerOptions): WebServer {
  const limits = { ...webLimits, ...options.limits }
  const budgets = new Budgets(limits)
  let port = 0
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.mostReceived, perMessageDeflate: false })
  const heartbeat = new Heartbeat(() => sockets.clients, limits.heartbeatMilliseconds)

  // Connections are looked over so often that a slow sender is not late by more than its own time.
  const overlook = Math.min(5000, limits.headersMilliseconds)
  const http = createHttpServer({ connectionsCheckingInterval: overlook }, (request, response) => {
    answer(options, budgets, port, request, response).catch((error: unknown) => {
      // A person who closes the page in the middle of a transfer is no defect.
      if (!request.destroyed && !response.destroyed)
        options.log('error', `${request.method ?? ''} failed: ${messageOf(error)}`)
      response.destroy()
    })
  })
  // A large upload through a slow tunnel may take its time, as long as something comes.
  http.requestTimeout = 0
  http.timeout = limits.silenceMilliseconds
  http.headersTimeout = limits.headersMilliseconds
  http.maxConnections = limits.connections
  http.on('upgrade', (request, socket, head) => {
    const refusal = refuseUpgrade(options, port, request) ?? refuseCrowd(sockets.clients.size, limits.sockets)
    if (refusal !== null) {
      refuseSocket(socket, refusal.status, refusal.reason)
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      heartbeat.watch(webSocket)
      options.connect(
        socketPort(webSocket, {
          mostBuffered: limits.mostBuffered,
          mostNews: limits.mostNews,
          report: (problem) => options.log('warning', problem)
        })
      )
    })
  })

  return {
    async listen(wanted) {
      port = await listening(http, wanted)
      return port
    },
    async close() {
      heartbeat.stop()
      const closed = http.listening ? new Promise<void>((resolve) => http.close(() => resolve())) : Promise.resolve()
      for (const socket of sockets.clients) {
        socket.close(1001, 'Lamina ends.')
        // Whatever is still to be sent goes out with the close frame; nobody is waited for.
        setImmediate(() => socket.terminate())
      }
      http.closeIdleConnections()
      setImmediate(() => http.closeAllConnections())
      await closed
    }
  }
}

function refuseUpgrade(
  options: RouteOptions,
  port: number,
  request: IncomingMessage
): { status: number; reason: string } | null {
  if (addressOf(request).path !== webPaths.socket)
    return { status: 404, reason: `Pages connect to ${webPaths.socket}.` }
  return options.access.refuseForeign(request, true) ?? options.access.refuseStranger(request, port)
}

function refuseCrowd(connected: number, most: number): { status: number; reason: string } | null {
  return connected < most ? null : { status: 429, reason: `${most} pages are connected already. Close one of them.` }
}

function refuseSocket(socket: Duplex, status: number, reason: string): void {
  const names: Readonly<Record<number, string>> = {
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'Not Found',
    429: 'Too Many Requests'
  }
  const body = `${reason}\n`
  socket.on('error', () => socket.destroy())
  socket.end(
    [
      `HTTP/1.1 ${status} ${names[status] ?? 'Refused'}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body
    ].join('\r\n')
  )
}

function listening(http: HttpServer, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, wanted)))
    http.listen(wanted, '127.0.0.1', () => resolve(portOf(http.address())))
  })
}

function portOf(address: string | AddressInfo | null): number {
  if (address !== null && typeof address !== 'string') return address.port
  throw new LaminaError('internal', 'The server has no port.')
}

function listenError(error: NodeJS.ErrnoException, port: number): LaminaError {
  if (error.code === 'EADDRINUSE') {
    return new LaminaError(
      'invalidArgument',
      `Port ${port} is taken by another program. Choose another one with --port, or leave it out.`,
      { port }
    )
  }
  if (error.code === 'EACCES') {
    return new LaminaError(
      'permissionDenied',
      `Port ${port} needs administrator rights. Choose one above 1023 with --port.`,
      { port }
    )
  }
  return new LaminaError('internal', `Lamina cannot listen on 127.0.0.1: ${error.message}`, { port }, error)
}
