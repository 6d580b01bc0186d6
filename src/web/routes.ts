import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, join } from 'node:path'
import { filePurposeSchema, type FilePurpose, type FileRef } from '../shared/contract'
import { LaminaError, toErrorData } from '../shared/errors'
import { pageFileOf } from '../shared/page'
import { webPaths } from '../shared/web-host'
import type { Access } from './access'
import type { Budgets } from './limits'
import { attachment, type Downloads } from './downloads'
import {
  refuseBody,
  sendFile,
  sendJson,
  sendNotice,
  sendOnward,
  sendText,
  setPagePolicy,
  setProtectiveHeaders
} from './responses'
import { UploadTooLarge, type Uploads } from './uploads'

export interface RouteOptions {
  readonly access: Access
  readonly uploads: Uploads
  readonly downloads: Downloads
  /** The built page. */
  readonly pageFolder: string
  /** Approve an uploaded file; its name tells the purpose when it is left out. */
  grant(path: string, purpose?: FilePurpose): Promise<FileRef>
  log(level: 'info' | 'warning' | 'error', message: string): void
}

/**
 * Answer a request over HTTP.
 * @param port the port listened on, which names the session cookie
 */
export async function answer(
  options: RouteOptions,
  budgets: Budgets,
  port: number,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  setProtectiveHeaders(response)
  const stranger = options.access.refuseStranger(request, port)
  const wait = (stranger === null ? budgets.requests : budgets.strangers).take()
  const writes = request.method !== 'GET' && request.method !== 'HEAD'
  const foreign = options.access.refuseForeign(request, writes)
  if (foreign !== null) return refuse(request, response, foreign.status, foreign.reason)

  const { path, query } = addressOf(request)
  const token = path === '/' && !writes ? query.get('token') : null
  // Whoever holds the key comes in, however many others are at the door.
  if (token !== null) return admit(options, budgets, port, token, response)
  if (wait !== null) return refuseForNow(request, response, wait, 'That were too many requests.')
  if (stranger !== null) return refuse(request, response, stranger.status, stranger.reason)

  if (path === webPaths.upload) return upload(options, budgets, query, request, response)
  if (writes) {
    response.setHeader('allow', 'GET, HEAD')
    return refuse(request, response, 405, `${request.method ?? 'This'} is not possible here.`)
  }
  if (path.startsWith(webPaths.download))
    return download(options, path.slice(webPaths.download.length), request, response)
  return page(options, path, request, response)
}

/** A token from the address bar becomes a cookie, and the address is left behind. */
function admit(options: RouteOptions, budgets: Budgets, port: number, token: string, response: ServerResponse): void {
  const cookie = options.access.redeem(token, port)
  if (cookie === null) {
    const wait = budgets.wrongTokens.take()
    if (wait !== null) {
      response.setHeader('retry-after', wait)
      return sendNotice(response, 429, `That were too many wrong addresses. Try again in ${wait} s.`)
    }
    sendNotice(
      response,
      403,
      'This address is from an earlier start of Lamina, or it was used up. Open the one that Lamina printed last.'
    )
    return
  }
  response.setHeader('set-cookie', cookie)
  sendOnward(response, '/')
}

async function page(
  options: RouteOptions,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const file = pageFileOf(pathname)
  if (file !== null) {
    response.setHeader('cache-control', file.immutable ? 'private, max-age=31536000, immutable' : 'no-cache')
    setPagePolicy(request, response)
    if (await sendFile(request, response, join(options.pageFolder, file.path), file.mediaType)) return
  }
  response.setHeader('cache-control', 'no-store')
  sendText(response, 404, 'There is nothing under this address.')
}

async function download(
  options: RouteOptions,
  id: string,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const path = options.downloads.find(id)
  if (path !== null) {
    response.setHeader('content-disposition', attachment(basename(path)))
    if (await sendFile(request, response, path, 'application/octet-stream')) return
    response.removeHeader('content-disposition')
  }
  sendText(response, 404, 'This download is not there any more. Save it again in Lamina.')
}

async function upload(
  options: RouteOptions,
  budgets: Budgets,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST')
    return refuse(request, response, 405, 'Files are sent with POST.')
  }
  const end = budgets.beginUpload()
  if (end === null) return refuseForNow(request, response, 1, 'Enough files are on their way already.')
  try {
    const name = query.get('name')
    if (name === null || name === '')
      throw new LaminaError('invalidArgument', 'An upload needs the name of its file: /upload?name=table.csv')
    const purpose = purposeFrom(query.get('purpose'))
    const announced = Number(request.headers['content-length'] ?? 0)
    options.uploads.checkSize(name, announced)
    const path = await options.uploads.store(name, request)
    sendJson(response, 200, await options.grant(path, purpose))
  } catch (error) {
    const data = toErrorData(error)
    if (data.code !== 'invalidArgument') options.log('warning', data.message)
    refuseBody(request, response, statusOf(error, data.code), data)
  } finally {
    end()
  }
}

function purposeFrom(text: string | null): FilePurpose | undefined {
  if (text === null) return undefined
  const purpose = filePurposeSchema.safeParse(text)
  if (purpose.success) return purpose.data
  throw new LaminaError('invalidArgument', `"${text}" is not a purpose of a file: expected design, dataset or weights.`)
}

function statusOf(error: unknown, code: string): number {
  if (error instanceof UploadTooLarge) return 413
  if (code === 'invalidArgument' || code === 'cancelled') return 400
  return code === 'writeFailed' ? 507 : 500
}

function refuseForNow(request: IncomingMessage, response: ServerResponse, seconds: number, reason: string): void {
  response.setHeader('retry-after', seconds)
  refuse(request, response, 429, `${reason} Try again in ${seconds} s.`)
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number, reason: string): void {
  const wantsDocument = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
  if (wantsDocument) return sendNotice(response, status, reason)
  const code = status === 429 ? 'busy' : status === 401 || status === 403 ? 'permissionDenied' : 'invalidArgument'
  refuseBody(request, response, status, new LaminaError(code, reason).toData())
}

/** The path is taken as it was sent: parsing a URL resolves `..`, and a path with that in it is refused, not guessed at. */
export function addressOf(request: IncomingMessage): { path: string; query: URLSearchParams } {
  const url = request.url ?? '/'
  const at = url.indexOf('?')
  return at < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, at), query: new URLSearchParams(url.slice(at + 1)) }
}
