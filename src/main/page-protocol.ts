import type { CustomScheme, Protocol } from 'electron'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { contentSecurityPolicy, pageFileOf, protectiveHeaders } from '../shared/page'
import { SCHEME, builtPage, isOfPage } from './page-address'

/** To be registered before the app is ready. The policy is never bypassed, and no service worker may take over. */
export const pageScheme: CustomScheme = {
  scheme: SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true }
}

/** Serve the built page, and nothing else of the file system, under the page's scheme. */
export function servePage(protocol: Pick<Protocol, 'handle'>, folder: string): void {
  protocol.handle(SCHEME, (request) => answerPageRequest(request, folder))
}

/** @param folder of the bundle; may lie in an asar archive */
export async function answerPageRequest(request: Pick<Request, 'method' | 'url'>, folder: string): Promise<Response> {
  if (request.method !== 'GET') return refusal(405)
  if (!isOfPage(builtPage, request.url)) return refusal(404)
  const pathname = request.url.slice(builtPage.origin.length).split(/[?#]/, 1)[0] ?? ''
  const file = pageFileOf(pathname)
  if (file === null) return refusal(404)
  let bytes: Uint8Array<ArrayBuffer>
  try {
    bytes = new Uint8Array(await readFile(join(folder, file.path)))
  } catch {
    // Whatever the reason, for the page it is not there; a broken bundle shows as a page that failed to load.
    return refusal(404)
  }
  return new Response(bytes, {
    headers: {
      ...protectiveHeaders,
      'content-type': file.mediaType,
      'content-security-policy': contentSecurityPolicy()
    }
  })
}

function refusal(status: number): Response {
  return new Response(null, { status, headers: { ...protectiveHeaders } })
}
