import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { ErrorData } from '../shared/errors'
import { contentSecurityPolicy, protectiveHeaders } from '../shared/page'

/** A refused upload is still read up to here, so that the browser gets to see the answer. */
const MOST_DRAINED_BYTES = 64 * 1024 * 1024
const COMPRESSIBLE = /^(text\/|application\/(json|manifest\+json|wasm)|image\/svg)/

/** Nothing at all may load: for answers that are not the page. */
const BARE_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export function setProtectiveHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(protectiveHeaders)) response.setHeader(name, value)
  response.setHeader('x-frame-options', 'DENY')
  response.setHeader('content-security-policy', BARE_POLICY)
  response.setHeader('cache-control', 'no-store')
}

/** The page's own policy. Older Safari does not count a WebSocket as 'self', so its address is named. */
export function setPagePolicy(request: IncomingMessage, response: ServerResponse): void {
  const host = request.headers.host
  response.setHeader('content-security-policy', contentSecurityPolicy(host === undefined ? [] : [`ws://${host}`]))
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  send(response, status, 'text/plain; charset=utf-8', `${text}\n`)
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value))
}

/** A small page in words, for people whose browser got an answer that is not Lamina. */
export function sendNotice(response: ServerResponse, status: number, text: string): void {
  send(response, status, 'text/html; charset=utf-8', notice('Lamina', '', `<p>${escapeHtml(text)}</p>`))
}

/**
 * Go on to the page. A document that moves on by itself, because a redirect would count as part of the navigation that
 * led here: coming from another site, the browser would withhold the new SameSite cookie from its target.
 */
export function sendOnward(response: ServerResponse, address: string): void {
  const target = escapeHtml(address)
  const refresh = `<meta http-equiv="refresh" content="0; url=${target}">`
  send(
    response,
    200,
    'text/html; charset=utf-8',
    notice('Lamina', refresh, `<p><a href="${target}">Open Lamina</a></p>`)
  )
}

/** Refuse a request whose body may not have been read. */
export function refuseBody(request: IncomingMessage, response: ServerResponse, status: number, error: ErrorData): void {
  response.setHeader('connection', 'close')
  sendJson(response, status, error)
  if (request.complete) return
  let drained = 0
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length
    if (drained > MOST_DRAINED_BYTES) request.destroy()
  })
}

/** Send a file. @returns false, having sent nothing, when it is not there */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  mediaType: string
): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  if (found === null || !found.isFile()) return false
  const accepted = request.headers['accept-encoding']
  const compress = COMPRESSIBLE.test(mediaType) && /\bgzip\b/.test(accepted?.toString() ?? '')
  response.setHeader('content-type', mediaType)
  response.setHeader('vary', 'accept-encoding')
  if (compress) response.setHeader('content-encoding', 'gzip')
  else response.setHeader('content-length', found.size)
  response.writeHead(200)
  if (request.method === 'HEAD') response.end()
  else if (compress) await pipeline(createReadStream(path), createGzip(), response)
  else await pipeline(createReadStream(path), response)
  return true
}

function send(response: ServerResponse, status: number, mediaType: string, body: string): void {
  const bytes = Buffer.from(body)
  response.writeHead(status, { 'content-type': mediaType, 'content-length': bytes.length })
  response.end(response.req.method === 'HEAD' ? undefined : bytes)
}

function notice(title: string, head: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}</head><body>${body}</body></html>\n`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
