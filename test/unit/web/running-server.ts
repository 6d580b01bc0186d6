import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { WebSocket, type ClientOptions } from 'ws'
import type { Port } from '../../../src/shared/port'
import { Access } from '../../../src/web/access'
import { Downloads } from '../../../src/web/downloads'
import { createWebServer } from '../../../src/web/server'
import type { WebLimits } from '../../../src/web/limits'
import { Uploads } from '../../../src/web/uploads'

export const PAGE = '<!doctype html><title>Lamina</title>'
export const SCRIPT = 'export {}\n'
export const UPLOAD_LIMIT = 1000

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}
export interface Ask {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Buffer
  /** Leave the body without its announced end. */
  readonly unfinished?: boolean
}

/** A server over folders of its own, with a stand-in for the service that only records. */
export async function startServer(limits: Partial<WebLimits> = {}) {
  const root = await mkdtemp(join(tmpdir(), 'lamina-web-'))
  const pageFolder = join(root, 'page')
  await mkdir(join(pageFolder, 'assets'), { recursive: true })
  await writeFile(join(pageFolder, 'index.html'), PAGE)
  await writeFile(join(pageFolder, 'assets', 'index-abc123.js'), SCRIPT)
  await writeFile(join(pageFolder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await writeFile(join(pageFolder, '.secret.js'), 'hidden')
  await writeFile(join(root, 'outside.js'), 'outside')

  const access = new Access()
  const downloads = new Downloads(join(root, 'downloads'))
  const uploads = new Uploads({ folder: join(root, 'uploads'), mostBytes: UPLOAD_LIMIT })
  const log: string[] = []
  const granted: { path: string; purpose: string | undefined }[] = []
  const ports: Port[] = []
  let connected: (port: Port) => void = () => undefined
  const server = createWebServer({
    access,
    uploads,
    downloads,
    pageFolder,
    limits,
    grant: (path, purpose) => {
      granted.push({ path, purpose })
      return Promise.resolve({ id: `grant-${granted.length}`, name: basename(path), location: '' })
    },
    connect(port) {
      ports.push(port)
      connected(port)
    },
    log: (_level, message) => log.push(message)
  })
  const port = await server.listen(0)
  const host = `127.0.0.1:${port}`
  const cookie = access.redeem(access.token, port)?.split(';', 1)[0] ?? ''

  /** A request exactly as given: no cookie, no origin, no normalisation of the path. */
  const askRaw = (
    path: string,
    { method = 'GET', headers = {}, body, unfinished = false }: Ask = {}
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
        response.on('error', reject)
      })
      sent.on('error', reject)
      if (body !== undefined) sent.write(body)
      if (unfinished) sent.destroy()
      else sent.end()
    })
  /** As the page itself would ask. */
  const ask = (path: string, { headers = {}, ...rest }: Ask = {}): Promise<Answer> =>
    askRaw(path, { ...rest, headers: { cookie, origin: `http://${host}`, ...headers } })

  const socket = (options: ClientOptions = {}, path = '/socket'): WebSocket =>
    new WebSocket(`ws://${host}${path}`, { headers: { cookie }, origin: `http://${host}`, ...options })

  return {
    root,
    port,
    host,
    cookie,
    access,
    downloads,
    granted,
    log,
    ports,
    ask,
    askRaw,
    socket,
    nextPort: () => new Promise<Port>((resolve) => (connected = resolve)),
    close: () => server.close(),
    async dispose() {
      await server.close()
      await rm(root, { recursive: true, force: true })
    }
  }
}

export type RunningServer = Awaited<ReturnType<typeof startServer>>

/** How an attempt to open a socket ended: `open`, or the status it was refused with. */
export function outcomeOf(socket: WebSocket): Promise<number | 'open'> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve('open'))
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0)
      response.resume()
      socket.terminate()
    })
    socket.on('error', (error) => reject(error))
  })
}

export function closeCodeOf(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.once('close', (code) => resolve(code))
  })
}
